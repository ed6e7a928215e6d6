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

// What a paused node answers to a former life of n1 is no answer to this one's questions.
bool late_answers_do_not_count(Bug bug) {
  Cluster t({.bug = bug});
  std::string asked = t.key_with_homes({0, 1, 2});
  std::string asked_before = t.key_with_homes({1, 0, 2});
  EXPECT_EQ(t.set(1, asked, "own", {"W", "3"}), "OK");
  EXPECT_EQ(t.set(2, asked_before, "of another key", {"W", "3"}), "OK");
  t.become_whole();
  for (const std::string& key : {asked_before, asked}) {
    t.crash(0);
    t.restart(0);
    t.pause(1);
    t.submit(0, {"GET", key, "MODE", "strict"});
    t.run_for(20ms);
  }
  t.resume(1);
  t.run_for(1s);
  return t.get(2, asked, {"R", "3"}) == "own";
}

// Who has read a value finds it again, though all disks stand still and all nodes are killed.
bool what_was_read_is_on_disk(Bug bug) {
  Cluster t({.bug = bug});
  std::string key = t.key_with_homes({0, 1, 2});
  EXPECT_EQ(t.set(0, key, "old", {"W", "3"}), "OK");
  t.hold_disk(0);
  t.submit(0, {"SET", key, "new"});
  t.run_for(10ms);
  const std::string seen = t.get(0, key, {"R", "1"}).text;
  t.crash_all();
  t.restart_all();
  return t.get(0, key, {"R", "3"}) == seen;
}

bool hints_reach_their_home(Bug bug) {
  Cluster t({.replicas = 1, .read_quorum = 1, .write_quorum = 1, .bug = bug});
  std::string key = t.key_with_homes({2});
  t.isolate(2);
  t.let_suspect();
  EXPECT_EQ(t.set(0, key, "v"), "OK");
  t.heal();
  t.run_for(3s);
  return t.held(2, key).siblings == 1;
}

// A home that missed a deletion gets it from one that did not.
bool deleted_stays_deleted(Bug bug) {
  Cluster t({.hints = false, .bug = bug});
  std::string key = t.key_with_homes({0, 1, 2});
  EXPECT_EQ(t.set(0, key, "v", {"W", "3"}), "OK");
  t.isolate(2);
  t.let_suspect();
  EXPECT_EQ(t.del(0, key), 1);
  t.run_for(10s);  // a look at all slots
  t.heal();
  t.run_for(5s);
  return t.held(0, key).siblings == 0;
}

bool replicas_compare_all_slots(Bug bug) {
  Cluster t({.nodes = 3, .hints = false, .bug = bug});
  t.isolate(0);
  t.let_suspect();
  constexpr int kKeys = 20;
  for (int i = 0; i < kKeys; ++i) EXPECT_EQ(t.set(1, "k" + std::to_string(i), "v"), "OK");
  t.heal();
  t.run_for(30s);
  return t.differences().empty();
}

// A write that was built on another supersedes it, whatever the clocks say.
bool clocks_decide_nothing(Bug bug) {
  Cluster t({.bug = bug});
  std::string key = t.key_with_homes({0, 1, 2});
  EXPECT_TRUE(t.vput(1, key, "before", "", {"W", "3"}).ok());
  t.set_wall_skew(0, -60s);
  EXPECT_TRUE(t.vput(0, key, "after", t.vget(0, key).context, {"W", "3"}).ok());
  return t.vget(1, key, {"R", "3"}).values == Values{"after"};
}

Setup where_nothing_repairs(Bug bug, int spares) {
  Setup setup;
  setup.mode = Mode::kStrict;
  setup.hints = setup.anti_entropy = false;
  setup.transfer_bytes_per_second = 100'000;
  setup.spares = spares;
  setup.bug = bug;
  return setup;
}

// An acknowledged write stays on W of its homes while the homes change: here the two that held it first are not those
// that are left.
bool two_joins_lose_nothing(Bug bug) {
  Cluster t(where_nothing_repairs(bug, 2));
  t.isolate(0);
  t.let_suspect();
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) {
    keys.push_back("key" + std::to_string(i));
    EXPECT_EQ(t.set(1 + i % 4, keys.back(), std::string(2000, 'v')), "OK");
  }
  t.run_for(2s);  // no request is left that would still reach it
  t.heal();
  t.join_through(5, 1);
  t.join_through(6, 1);
  EXPECT_TRUE(t.await([&] { return t.stat(1, "epoch") == 5 && t.stat(1, "slots_to_drop") == 0; }, 30s));
  t.run_for(2s);
  return std::all_of(keys.begin(), keys.end(), [&](const std::string& key) {
    const Nodes homes = t.homes(key);
    return std::count_if(homes.begin(), homes.end(), [&](int home) { return !t.held(home, key).versions.empty(); }) >=
           2;
  });
}

// A node that was cut off while the owners of a key changed coordinates a write of it; a strict read that asks the
// others must see it.
bool stale_tables_are_refused(Bug bug) {
  Cluster t(where_nothing_repairs(bug, 1));
  std::map<std::string, Nodes> before;
  for (int i = 0; i < 300; ++i) before["key" + std::to_string(i)] = t.homes("key" + std::to_string(i));
  t.isolate(4);
  t.let_suspect();
  t.join_through(5, 0);
  EXPECT_TRUE(t.await([&] { return t.stat(0, "epoch") == 3; }, 30s));
  t.heal();
  t.let_meet();
  const auto contains = [](const Nodes& nodes, int node) {
    return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
  };
  for (const auto& [key, old_homes] : before) {
    const Nodes homes = t.homes(key);
    if (!contains(old_homes, 4) || !contains(homes, 4) || !contains(homes, 5)) continue;
    for (int stays : homes) {
      if (stays != 4 && stays != 5) t.partition({4}, {stays});
    }
    if (!t.set(4, key, "new").ok()) return false;
    t.heal();
    t.isolate(4);
    const int reader = contains(homes, 0) ? 1 : 0;
    return t.get(reader, key) == "new";
  }
  ADD_FAILURE() << "no key whose owners changed in the way that the scenario needs";
  return false;
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

// Row X1: each anomaly, made on purpose, is seen.
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
    {Bug::kReuseRequestIds, late_answers_do_not_count},
    {Bug::kShowEarly, what_was_read_is_on_disk},
    {Bug::kMisdeliverHints, hints_reach_their_home},
    {Bug::kReapEarly, deleted_stays_deleted},
    {Bug::kSkipRange, replicas_compare_all_slots},
    {Bug::kClockDecides, clocks_decide_nothing},
    {Bug::kStaleTable, stale_tables_are_refused},
    {Bug::kJoinLosesRange, two_joins_lose_nothing},
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
