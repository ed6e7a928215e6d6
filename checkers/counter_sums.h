// The interval that a read of a counter must lie in, swept along with the operations: a few sums, no history.
//
//   what had to count when it began, and every decrement that may have counted when it returned
//     <= value <=
//   every increment that may have counted when it returned, and what had to count when it began of the decrements
//
// Without decrements this is the rule of Jepsen's counter.
#pragma once

#include <cstdint>

namespace checkers {

struct CounterSums {
  int64_t up = 0;
  int64_t down = 0;

  void add(int64_t delta) { (delta > 0 ? up : down) += delta; }
  void take_back(int64_t delta) { (delta > 0 ? up : down) -= delta; }
  int64_t total() const { return up + down; }
};

struct CounterInterval {
  int64_t low = 0;
  int64_t high = 0;

  bool contains(int64_t value) const { return low <= value && value <= high; }
};

// `must`: sums of what had to count when the read began. `attempted`: of all that was begun by its return and did not
// fail.
inline CounterInterval interval_of(const CounterSums& must, const CounterSums& attempted) {
  return {must.up + attempted.down, attempted.up + must.down};
}

}  // namespace checkers
