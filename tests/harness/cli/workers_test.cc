#include "harness/cli/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace harness {
namespace {

TEST(Workers, EveryPieceOfWorkIsDoneOnce) {
  Workers workers(4);
  std::vector<std::atomic<int>> done(1'000);
  workers.for_each(done.size(), [&done](size_t i) { ++done[i]; });
  for (const auto& times : done) EXPECT_EQ(times, 1);
  workers.for_each(0, [](size_t) { FAIL(); });
}

// Work that waits for all others can only end if all run at the same time.
TEST(Workers, WorkAtTheSameTimeAsManyAsThereAre) {
  Workers workers(3);
  std::atomic<int> arrived = 0;
  workers.for_each(3, [&arrived](size_t) {
    ++arrived;
    while (arrived < 3) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 3);
}

TEST(Workers, NeverMoreThanThereAreHoweverDeepTheyAsk) {
  Workers workers(3);
  std::atomic<int> running = 0, most = 0;
  workers.for_each(6, [&](size_t) {
    workers.for_each(6, [&](size_t) {
      const int now = ++running;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
      std::this_thread::yield();
      --running;
    });
  });
  EXPECT_LE(most, 3);
}

TEST(Workers, OneIsTheCallerItself) {
  Workers workers(1);
  workers.for_each(5, [caller = std::this_thread::get_id()](size_t) { EXPECT_EQ(std::this_thread::get_id(), caller); });
}

TEST(Workers, WhatWorkThrowsIsThrownToTheCaller) {
  Workers workers(2);
  std::atomic<int> done = 0;
  EXPECT_THROW(workers.for_each(100,
                                [&done](size_t i) {
                                  if (i == 3) throw std::runtime_error("three");
                                  ++done;
                                }),
               std::runtime_error);
  EXPECT_LT(done, 100);
  workers.for_each(10, [&done](size_t) { done = 0; });  // and goes on working
  EXPECT_EQ(done, 0);
}

}  // namespace
}  // namespace harness
