// How values are spread, in little memory: log-linear buckets, 16 to a power of two, so that a quantile is told at most
// 1/16 too high, whatever the range.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace node {

class Histogram {
 public:
  void add(uint64_t value);
  uint64_t count() const { return count_; }
  uint64_t sum() const { return sum_; }
  // The least value that no less than `share` (0 to 1) of those added do not exceed, rounded up to the end of its
  // bucket; 0 if there are none.
  uint64_t quantile(double share) const;

  static size_t bucket_of(uint64_t value);
  static uint64_t largest_in(size_t bucket);

 private:
  static constexpr size_t kBits = 36;  // larger values count as the largest
  std::array<uint64_t, 16 * (kBits - 3)> buckets_{};
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
};

}  // namespace node
