// Is a history of one register linearizable (Herlihy, Wing 1990)? Brute force, for histories of some dozens of
// operations; shares nothing with the judge's checker, or with the node.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace node::sim {

struct RegisterOperation {
  bool write = false;
  std::string value;  // written, or read; "" is nothing: deleted, or never written
  uint64_t began = 0;
  uint64_t ended = UINT64_MAX;  // a write without an answer may take effect at any later time, or never
};

// In this order of time: `began` and `ended` of all operations are distinct.
bool linearizable(const std::vector<RegisterOperation>& history);

}  // namespace node::sim
