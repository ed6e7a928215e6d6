#include "node/base/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace node {

// Below 32 each value has a bucket of its own. From there on a value's first five bits name the bucket within its power
// of two; the first of them is always set.
size_t Histogram::bucket_of(uint64_t value) {
  value = std::min(value, (uint64_t{1} << kBits) - 1);
  if (value < 32) return static_cast<size_t>(value);
  const auto shift = static_cast<size_t>(std::bit_width(value)) - 5;
  return 16 * shift + static_cast<size_t>(value >> shift);
}

uint64_t Histogram::largest_in(size_t bucket) {
  if (bucket < 32) return bucket;
  const size_t shift = bucket / 16 - 1;
  return ((uint64_t{bucket % 16} + 16 + 1) << shift) - 1;
}

void Histogram::add(uint64_t value) {
  ++buckets_[bucket_of(value)];
  ++count_;
  sum_ += value;
}

uint64_t Histogram::quantile(double share) const {
  const double rank = std::max(1.0, std::ceil(share * static_cast<double>(count_)));
  double below = 0;
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    below += static_cast<double>(buckets_[bucket]);
    if (count_ > 0 && below >= rank) return largest_in(bucket);
  }
  return 0;
}

}  // namespace node
