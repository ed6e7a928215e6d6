#include "harness/run/pacing.h"

#include <gtest/gtest.h>

namespace harness {
namespace {

using namespace std::chrono_literals;

TEST(Pacing, GapsHaveTheMeanThatTheRateAsksFor) {
  workloads::Random random(1);
  Pacer pacer(200, 10);  // each of ten clients: every 50 ms
  SteadyClock::time_point start{};
  auto due = start;
  constexpr int kOperations = 20'000;
  for (int i = 0; i < kOperations; ++i) due = pacer.next(due, due, random);
  double mean = std::chrono::duration<double, std::milli>(due - start).count() / kOperations;
  EXPECT_NEAR(mean, 50, 1.5);
}

TEST(Pacing, WithoutARateTheNextOperationIsDueNow) {
  workloads::Random random(1);
  SteadyClock::time_point now{5s};
  EXPECT_EQ(Pacer(0, 10).next(SteadyClock::time_point{1s}, now, random), now);
}

TEST(Pacing, AnOutageIsNotFollowedByAFlood) {
  workloads::Random random(1);
  Pacer pacer(1'000, 1);
  SteadyClock::time_point now{100s};
  auto due = SteadyClock::time_point{1s};  // was due long ago
  int at_once = 0;
  while ((due = pacer.next(due, now, random)) <= now) ++at_once;
  EXPECT_LT(at_once, 200);  // the last 100 ms, not 99 s
}

}  // namespace
}  // namespace harness
