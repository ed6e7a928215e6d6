// One counter as its clients saw it, and the bounds that its increments put on what a read may return. Shared by the
// counter checker and by quorum-reads.
//
// An add counts from its invocation on for what a read may show, and from its return on for what a strict read must
// show. Ups and downs are summed apart, because a read may have missed all of the one and seen all of the other.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "checkers/operations.h"

namespace checkers {

// Sum of increments at each of some moments, by prefix sums; asked by binary search.
class RunningTotal {
 public:
  void add(int64_t when, int64_t delta);  // in any order
  void finish();                          // before the first question
  int64_t before(int64_t when) const;     // sum of what was added at indices < when
  bool empty() const { return points_.empty(); }

 private:
  std::vector<std::pair<int64_t, int64_t>> points_;  // index, sum up to and including it
};

struct Bounds {
  int64_t low = 0;
  int64_t high = 0;
};

class CounterHistory {
 public:
  // `identified`: a retry counts once. Else an add may count once for each attempt that did not surely fail.
  CounterHistory(const KeyOperations& key, bool identified);

  const std::vector<const Operation*>& adds() const { return adds_; }    // ok and info, in order of invocation
  const std::vector<const Operation*>& reads() const { return reads_; }  // answered ones
  // What the add may have counted at most, in its own direction.
  int64_t most(const Operation& add) const;

  // What any read may return at all: nothing beyond what was attempted before it returned.
  Bounds attempted(const Operation& read) const;

 private:
  bool identified_;
  std::vector<const Operation*> adds_;
  std::vector<const Operation*> reads_;
  RunningTotal attempted_up_, attempted_down_;
};

}  // namespace checkers
