// How many of the things seen so far lie at a position or beyond it, where both things and questions come one by one
// (Fenwick 1994): O(log n) each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace checkers {

class RunningCounts {
 public:
  explicit RunningCounts(size_t positions) : sums_(positions + 1, 0) {}
  void add(size_t position) {
    for (size_t i = position + 1; i < sums_.size(); i += i & (~i + 1)) ++sums_[i];
    ++all_;
  }
  int64_t from(size_t position) const {  // at this position or later
    int64_t before = 0;
    for (size_t i = position; i > 0; i -= i & (~i + 1)) before += sums_[i];
    return all_ - before;
  }

 private:
  std::vector<int64_t> sums_;
  int64_t all_ = 0;
};

}  // namespace checkers
