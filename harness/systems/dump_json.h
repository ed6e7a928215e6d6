// The elements of DEBUG DUMP: JSON objects as docs/history.md describes them.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <unordered_map>

#include "checkers/history.h"

namespace harness {

// Most replicas hold of a key what others hold, and what they held a moment ago. What has the same text is the same
// record, read once.
class DumpReader {
 public:
  // Nodes are dumped again: what the last dumps did not hold is forgotten.
  void begin();
  // Adds a record, a hint (then `home` is not empty), or how many writes are not on disk yet. The error names what is
  // missing and shows the start of the text.
  tl::expected<void, std::string> add(const std::string& json, checkers::Dump& dump);

 private:
  std::unordered_map<std::string, checkers::Record> known_, known_before_;  // by text
};

}  // namespace harness
