// A history in a string: read as a file would be, and what is said where it cannot be.
#pragma once

#include <sstream>
#include <string>

#include "checkers/history_file.h"

namespace checkers {

inline tl::expected<History, ReadError> read(const std::string& text) {
  std::istringstream in(text);
  return read_history(in);
}

inline std::string error_of(const std::string& text) {
  const auto history = read(text);
  return history ? "no error" : to_string(history.error(), "h");
}

}  // namespace checkers
