// Drives a workload the way a run does, against a store that is always right: several processes in turn, a share of
// operations refused, a share left unknown, whose processes are then replaced.
#pragma once

#include <string_view>
#include <vector>

#include "workloads/workload.h"

namespace workloads {

struct Step {
  int64_t process = 0;
  Operation operation;
  checkers::EventType outcome = checkers::EventType::kOk;
};

struct Drive {
  std::string_view workload = "cart";
  uint64_t seed = 1;
  int operations = 20'000;
  int keys_at_once = 10;
  int processes = 5;
  int fail_percent = 10;
  int info_percent = 2;
  Registers registers = Registers::kSiblings;
  CartLayout layout = CartLayout::kObject;
};

struct Driven {
  std::vector<Step> steps;
  std::vector<std::string> written_keys;
};
Driven drive(const Drive& options);

// Did the operation look at its key, itself or through the node?
bool reads(const Operation& operation);
// Everything of an operation, to compare two.
std::string to_text(const Operation& operation);

}  // namespace workloads
