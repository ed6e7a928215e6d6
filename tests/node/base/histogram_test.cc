#include "node/base/histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace node {
namespace {

TEST(Histogram, BucketsFollowEachOtherWithoutGaps) {
  uint64_t next = 0;
  for (size_t bucket = 0; next < uint64_t{1} << 36; ++bucket) {
    ASSERT_EQ(Histogram::bucket_of(next), bucket);
    ASSERT_EQ(Histogram::bucket_of(Histogram::largest_in(bucket)), bucket);
    next = Histogram::largest_in(bucket) + 1;
  }
  EXPECT_EQ(Histogram::bucket_of(~uint64_t{0}), Histogram::bucket_of((uint64_t{1} << 36) - 1));
}

TEST(Histogram, AnEmptyOneHasNoQuantiles) { EXPECT_EQ(Histogram().quantile(0.5), 0u); }

RC_GTEST_PROP(HistogramProperty, QuantilesAreAtMostASixteenthTooHigh, ()) {
  const auto value = rc::gen::mapcat(rc::gen::inRange(0, 36),
                                     [](int bits) { return rc::gen::inRange<uint64_t>(0, uint64_t{1} << bits); });
  std::vector<uint64_t> values = *rc::gen::nonEmpty(rc::gen::container<std::vector<uint64_t>>(value));
  Histogram histogram;
  for (uint64_t v : values) histogram.add(v);
  std::sort(values.begin(), values.end());
  for (const size_t percent : {1u, 50u, 99u, 100u}) {
    const uint64_t exact = values[(values.size() * percent + 99) / 100 - 1];
    const uint64_t told = histogram.quantile(static_cast<double>(percent) / 100);
    RC_ASSERT(told >= exact);
    RC_ASSERT(told <= exact + exact / 16);
  }
  RC_ASSERT(histogram.count() == values.size());
}

}  // namespace
}  // namespace node
