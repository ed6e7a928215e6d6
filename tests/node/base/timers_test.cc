#include "node/base/timers.h"

#include <gtest/gtest.h>

#include <map>

#include "harness/sim/random.h"

namespace node {
namespace {

TEST(Timers, ComeInTheOrderOfTimeAndThenInTheOrderOfAsking) {
  harness::sim::Random random(1);
  Timers timers;
  std::multimap<Instant, uint64_t> expected;  // equal times stay in the order of insertion
  for (uint64_t request = 1; request <= 2000; ++request) {
    Instant at{static_cast<int64_t>(random.below(300))};
    timers.add(at, {static_cast<Timer::Kind>(random.below(Timer::kKinds)), request});
    expected.emplace(at, request);
    while (random.chance(40) && !expected.empty()) {
      ASSERT_EQ(timers.next(), expected.begin()->first);
      ASSERT_EQ(timers.pop().request, expected.begin()->second);
      expected.erase(expected.begin());
    }
  }
  for (const auto& [at, request] : expected) {
    ASSERT_EQ(timers.next(), at);
    ASSERT_EQ(timers.pop().request, request);
  }
  EXPECT_TRUE(timers.empty());
}

}  // namespace
}  // namespace node
