// Rare paths made common break no promise, and are common.
#include "node/rare_paths.h"

#include <set>

#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

Options ordinary() {
  Options options;
  options.peers = {{"n1", "10.0.0.1:7000"}, {"n2", "10.0.0.2:7000"}, {"n3", "10.0.0.3:7000"}};
  return options;
}

constexpr uint64_t kNumbers = 200;

TEST(RarePaths, AreOffWithoutANumber) {
  const Options options = with_rare_paths(ordinary());
  EXPECT_EQ(options.limits.leaf_items, Limits{}.leaf_items);
  EXPECT_EQ(options.hint_timeout, Options{}.hint_timeout);
  for (uint64_t occasion = 0; occasion < kNumbers; ++occasion) EXPECT_FALSE(RarePaths(0).happen("any", occasion));
}

TEST(RarePaths, MakeSettingsThatAreValidUnderEveryNumber) {
  size_t split_early = 0;
  size_t patient = 0;
  for (uint64_t number = 1; number <= kNumbers; ++number) {
    Options options = ordinary();
    options.rare_paths = number;
    options = with_rare_paths(options);
    const auto valid = validate(options);
    EXPECT_TRUE(valid) << number << ": " << valid.error();
    split_early += options.limits.leaf_items == 2;
    patient += options.hint_timeout > Options{}.hint_timeout;
  }
  EXPECT_GT(split_early, kNumbers / 6);
  EXPECT_GT(patient, kNumbers / 12);
}

TEST(RarePaths, EachPointIsAliveUnderSomeNumbersAndThenHappensNowAndThen) {
  for (const char* point : {"no-patience", "late-answer", "show-late", "deliver-again"}) {
    std::set<size_t> times;
    for (uint64_t number = 1; number <= kNumbers; ++number) {
      size_t happened = 0;
      for (uint64_t occasion = 0; occasion < 100; ++occasion) happened += RarePaths(number).happen(point, occasion);
      EXPECT_LT(happened, 50u) << point;
      times.insert(happened);
    }
    EXPECT_EQ(times.count(0), 1u) << point << " is dead under some";
    EXPECT_GT(times.size(), 2u) << point << " is alive under some";
  }
}

// How long a write to three homes takes, over all numbers: later than under none, where it waits for the disk alone.
TEST(RarePaths, SomeWritesAreAcknowledgedLate) {
  const auto slowest = [](uint64_t number) {
    Cluster t({.rare_paths = number});
    Duration longest{0};
    for (int i = 0; i < 10; ++i) {
      const Instant began = t.now();
      EXPECT_EQ(t.set(0, "k" + std::to_string(i), "v", {"W", "3"}), "OK");
      longest = std::max(longest, t.now() - began);
    }
    return longest;
  };
  EXPECT_LT(slowest(0), RarePaths::kWhile);
  Duration longest{0};
  for (uint64_t number = 1; number <= 5; ++number) longest = std::max(longest, slowest(number));
  EXPECT_GE(longest, RarePaths::kWhile);
}

TEST(RarePaths, NothingIsLostByThem) {
  for (uint64_t number = 1; number <= 10; ++number) {
    Cluster t({.rare_paths = number});
    t.isolate(2);
    t.let_suspect();
    std::vector<std::string> acknowledged;
    for (int i = 0; i < 40; ++i) {
      // In one slot: trees split, and answers are cut short.
      const std::string key = "{one}" + std::to_string(i);
      if (t.set(i % 2, key, "v").ok()) acknowledged.push_back(key);
    }
    EXPECT_GT(acknowledged.size(), 20u) << number;
    t.crash(0);
    t.restart(0);
    t.heal();
    EXPECT_TRUE(t.settle()) << number;
    for (const std::string& key : acknowledged) EXPECT_EQ(t.get(2, key, {"R", "3"}), "v") << key << ", " << number;
  }
}

}  // namespace
}  // namespace node::sim
