// What an operation of Jepsen's consists of, whichever way it is written down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "checkers/history.h"

namespace checkers {

// `:process` as it is in an Event: an integer from 0, or :nemesis.
tl::expected<int64_t, std::string> jepsen_process(const Value& written);

// `:type`.
tl::expected<EventType, std::string> jepsen_type(const Value& written);

// `:f`: a keyword mostly; whatever it is, as text.
std::string jepsen_f(const Value& written);

}  // namespace checkers
