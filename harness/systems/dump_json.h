// One element of DEBUG DUMP: a JSON object as docs/history.md describes it.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "checkers/history.h"

namespace harness {

// Adds a record, a hint (then `home` is not empty), or how many writes are not on disk yet. The error names what is
// missing and shows the start of the text.
tl::expected<void, std::string> add_to_dump(const std::string& json, checkers::Dump& dump);

}  // namespace harness
