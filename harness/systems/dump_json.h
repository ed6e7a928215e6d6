// One element of DEBUG DUMP: a JSON object as docs/history.md describes it.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "checkers/history.h"

namespace harness {

// A record, or a hint (then `home` is not empty). The error names what is missing and shows the start of the text.
tl::expected<checkers::Record, std::string> parse_record(const std::string& json);

}  // namespace harness
