// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace checkers {

// Length of the well-formed sequence of several bytes at the start of `text`, or 0 if there is none (ASCII included).
size_t utf8_sequence(std::string_view text);

// Where the first byte stands that belongs to no character; npos if there is none.
size_t find_no_utf8(std::string_view text);

void append_utf8(std::string& out, uint32_t code_point);

}  // namespace checkers
