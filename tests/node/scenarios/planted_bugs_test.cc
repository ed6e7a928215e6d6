// Each planted bug breaks its promise where the clean node, on the same events, keeps it.
#include <algorithm>

#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

using Values = std::vector<std::string>;

// What was acknowledged in strict mode is read in strict mode, also without the node that acknowledged it.
bool acknowledged_is_read(Bug bug) {
  Cluster t({.mode = Mode::kStrict, .bug = bug});
  std::string key = t.key_with_homes({0, 1, 2});
  t.set(1, key, "old", {"W", "3"});
  t.isolate(0);
  std::string promised = t.set(0, key, "new").ok() ? "new" : "old";
  t.crash(0);
  t.heal();
  t.let_suspect();
  return t.get(1, key) == promised;
}

// Reading loses nothing.
bool reading_keeps_the_newest(Bug bug) {
  Cluster t({.hints = false, .anti_entropy = false, .bug = bug});
  std::string key = t.key_with_homes({0, 1, 2});
  t.set(0, key, "old", {"W", "3"});
  t.isolate(0);
  t.let_suspect();
  EXPECT_EQ(t.set(1, key, "new"), "OK");
  t.heal();
  t.let_suspect();
  EXPECT_EQ(t.get(0, key, {"R", "3"}), "new");  // the first reply is the old one, n1's own
  t.run_for(1s);
  return t.get(1, key, {"R", "3"}) == "new";
}

// A replica that missed a write gets it, though nobody reads and nobody keeps hints.
bool cold_replicas_catch_up(Bug bug) {
  Cluster t({.hints = false, .bug = bug});
  std::string key = t.key_with_homes({0, 1, 2});
  t.isolate(0);
  t.let_suspect();
  EXPECT_EQ(t.set(1, key, "v"), "OK");
  t.heal();
  t.run_for(30s);
  return t.homes_equal(key);
}

bool retries_count_once(Bug bug) {
  Cluster t({.bug = bug});
  EXPECT_TRUE(t.add_as(0, "n", 5, {"ann", 1}, 5, 0).ok());
  EXPECT_TRUE(t.add_as(1, "n", 5, {"ann", 1}, 5, 0).ok());
  EXPECT_TRUE(t.settle());
  return t.count(2, "n") == 5;
}

// All homes are cut off; the fallbacks that took the write are killed and come back.
bool hints_survive(Bug bug) {
  Cluster t({.bug = bug});
  std::string key = t.key_with_homes({0, 1, 2});
  t.partition({0, 1, 2}, {3, 4});
  t.let_suspect();
  EXPECT_EQ(t.set(3, key, "v"), "OK");
  for (int fallback : {3, 4}) {
    t.crash(fallback);
    t.restart(fallback);
  }
  t.heal();
  EXPECT_TRUE(t.settle());
  return t.get(0, key) == "v";
}

bool acknowledged_is_on_disk(Bug bug) {
  Cluster t({.bug = bug});
  EXPECT_EQ(t.set(0, "k", "v", {"W", "3"}), "OK");
  t.crash_all();
  t.restart_all();
  return t.get(1, "k") == "v";
}

bool a_lost_disk_loses_no_write(Bug bug) {
  Cluster t({.anti_entropy = false, .bug = bug});  // so that it writes before anybody could tell it of its past
  std::string key = t.key_with_homes({0, 1, 2});
  EXPECT_TRUE(t.vput(0, key, "before", "", {"W", "3"}).ok());
  t.crash(0);
  t.lose_disk(0);
  t.restart(0);
  EXPECT_TRUE(t.vput(0, key, "after", "", {"W", "3"}).ok());
  return t.vget(1, key, {"R", "3"}).values == Values{"after", "before"};
}

std::string name_of(Bug wanted) {
  for (const BugName& bug : all_bugs()) {
    if (bug.bug == wanted) return std::string(bug.name);
  }
  return "none";
}

struct Shown {
  Bug bug;
  bool (*promise)(Bug);
};

void PrintTo(const Shown& shown, std::ostream* out) { *out << name_of(shown.bug); }

class PlantedBugs : public testing::TestWithParam<Shown> {};

TEST_P(PlantedBugs, ThePromiseIsKeptByTheCleanNodeAndBrokenByTheBug) {
  EXPECT_TRUE(GetParam().promise(Bug::kNone));
  EXPECT_FALSE(GetParam().promise(GetParam().bug));
}

const std::vector<Shown> kShown = {
    {Bug::kAcknowledgeEarly, acknowledged_is_read},
    {Bug::kRepairWithFirstReply, reading_keeps_the_newest},
    {Bug::kNoAntiEntropy, cold_replicas_catch_up},
    {Bug::kDoubleIncrement, retries_count_once},
    {Bug::kForgetHints, hints_survive},
    {Bug::kPersistLate, acknowledged_is_on_disk},
    {Bug::kReuseActor, a_lost_disk_loses_no_write},
};

std::string test_name(const testing::TestParamInfo<Shown>& info) {
  std::string name = name_of(info.param.bug);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Each, PlantedBugs, testing::ValuesIn(kShown), test_name);

TEST(PlantedBugsTable, EveryBugHasAScenarioThatShowsIt) { EXPECT_EQ(kShown.size(), all_bugs().size()); }

}  // namespace
}  // namespace node::sim
