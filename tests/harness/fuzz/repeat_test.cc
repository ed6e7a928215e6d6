#include "harness/fuzz/repeat.h"

#include <gtest/gtest.h>

#include <set>

#include "harness/fuzz/shrink.h"

namespace harness {
namespace {

using namespace std::chrono_literals;

const FailureClass kLost{"cart", "lost addition"};
const FailureClass kOther{"convergence", "replicas differ"};

// A world where a run shows the bug in each third play, if it has these two lines.
struct FlakyWorld {
  std::vector<FailureClass> play(const RunSettings& run) {
    ++plays;
    std::set<std::string> items;
    for (const auto& operation : run.schedule->operations) items.insert(operation.operation.value["item"].string());
    std::vector<FailureClass> failures = {kOther};  // whatever it is, that is not what we look for
    if (items.count("item3") > 0 && items.count("item17") > 0 && plays % 3 == 0) failures.push_back(kLost);
    return failures;
  }
  int plays = 0;
};

RunSettings twenty_lines() {
  RunSettings settings;
  settings.time_limit = 10s;
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += "@" + std::to_string(i / 3) + ".000s p0 cart.add cart:1 item" + std::to_string(i) + " 1 via n1\n";
  }
  settings.schedule = *nemesis::parse_schedule(text);
  return settings;
}

TEST(Repeated, AScheduleThatFailsInOnePlayOfThreeIsShrunkToWhatItNeeds) {
  FlakyWorld world;
  Repeated repeated(kLost, 3, [&](const RunSettings& run) { return world.play(run); });
  const Shrunk shrunk = shrink(
      twenty_lines(), [&](const RunSettings& candidate) { return repeated.fails(candidate); }, {}, nullptr);
  ASSERT_EQ(shrunk.lines_after, 2u) << nemesis::to_text(*shrunk.settings.schedule);
  EXPECT_EQ(shrunk.settings.schedule->operations[0].operation.value["item"].string(), "item3");
  EXPECT_EQ(repeated.last().shown, 1);
  EXPECT_EQ(to_text(repeated.rate(shrunk.settings)), "1/3");
  EXPECT_EQ(repeated.plays(), world.plays);
}

TEST(Repeated, EndsWithTheFirstPlayThatFails) {
  FlakyWorld world;
  Repeated repeated(kLost, 10, [&](const RunSettings& run) { return world.play(run); });
  EXPECT_TRUE(repeated.fails(twenty_lines()));
  EXPECT_EQ(world.plays, 3);
  EXPECT_EQ(to_text(repeated.last()), "1/3");
}

TEST(Repeated, AnotherClassIsNoFailure) {
  FlakyWorld world;
  Repeated repeated(kLost, 2, [&](const RunSettings& run) { return world.play(run); });
  EXPECT_FALSE(repeated.fails(twenty_lines()));
  EXPECT_EQ(world.plays, 2);
  EXPECT_EQ(to_text(repeated.last()), "0/0");
}

}  // namespace
}  // namespace harness
