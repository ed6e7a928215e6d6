// Durations as people type them on a command line, and as they read them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace harness {

// "20s", "500ms", "2m", "1h", "1.5s", or plain seconds ("20"); at least a millisecond precise. The error says what is
// wrong.
tl::expected<std::chrono::milliseconds, std::string> parse_duration(std::string_view text);

// The shortest form that parse_duration reads back: "2m", "20s", "500ms".
std::string to_flag(std::chrono::milliseconds duration);

// For people, with three digits that matter: "412 µs", "3.41 ms", "12.0 s", "2 min 05 s".
std::string to_text(std::chrono::nanoseconds duration);

// 1234567 as "1,234,567".
std::string with_commas(int64_t number);
std::string rounded_with_commas(double number);

}  // namespace harness
