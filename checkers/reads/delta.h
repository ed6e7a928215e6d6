// How late a register is as a whole: delta-atomicity (Golab, Li, Shah, "Analyzing consistency properties for fun and
// profit", PODC 2011). A history is delta-atomic if it is linearizable once every read is taken to have begun by delta
// earlier: what it shows need only have been current so long ago.
//
// That is monotone, since a longer interval leaves more orders: the least delta of a key is found by bisection, each
// step of which asks whether there is an order. Times are those of one clock; where they run backwards, they stand
// still.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "checkers/linear/from_operations.h"

namespace checkers {

struct Delta {
  int32_t key = 0;
  bool decided = true;  // false: a search ran out of its budget
  // None: no delay of reads explains what they show. They show what nobody wrote, or not yet.
  std::optional<Nanos> least;
};

// Of the keys named, in ascending order. O(n) a step where values are unique, up to 64 steps a key; keys apart, through
// `judging.run`.
std::vector<Delta> least_deltas(const linear::Translation& translation, const std::vector<int32_t>& keys,
                                const Judging& judging);

}  // namespace checkers
