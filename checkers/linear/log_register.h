// A key whose value is a text that clients replace and append to, as a register with compare-and-set: an append that a
// read has seen replaced the text before it, and every read tells what stood there. What nobody saw appended is like a
// write that nobody read: it lies after the last text that was seen of what it went to.
//
// Sound where a text comes apart in one way only: no two texts that clients wrote are equal, and none is the beginning
// of another.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "checkers/linear/finding.h"
#include "checkers/linear/linearizability.h"

namespace checkers::linear {

struct LogRegister {
  bool applies = false;
  std::optional<Finding> finding;     // already a text that is no sequence of appends; positions in the history
  std::vector<Operation> operations;  // in the order of the positions given
  Value initial = 0;
};

// O(bytes of all texts that reads returned).
LogRegister as_register(const History& history, std::span<const uint32_t> positions);

}  // namespace checkers::linear
