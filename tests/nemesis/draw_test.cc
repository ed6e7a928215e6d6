#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>

#include "nemesis/nemesis.h"

namespace nemesis {
namespace {

using Action = FaultEvent::Action;

constexpr uint64_t kSeeds = 300;

std::vector<std::string> nodes(size_t count) {
  std::vector<std::string> names;
  for (size_t i = 1; i <= count; ++i) names.push_back("n" + std::to_string(i));
  return names;
}

Settings settings_for(std::vector<std::string> nemeses, uint64_t seed, size_t count = 5) {
  Settings settings;
  settings.nemeses = std::move(nemeses);
  settings.nodes = nodes(count);
  settings.seed = seed;
  return settings;
}

std::vector<FaultEvent> drawn(const Settings& settings) {
  auto schedule = draw_schedule(settings);
  if (!schedule) ADD_FAILURE() << schedule.error();
  return schedule ? std::move(schedule->faults) : std::vector<FaultEvent>{};
}

std::string error_of(const Settings& settings) {
  const auto schedule = draw_schedule(settings);
  return schedule ? "no error" : schedule.error();
}

std::string text_of(const std::vector<FaultEvent>& events) {
  std::string text;
  for (const FaultEvent& event : events) text += to_line(event) + "\n";
  return text;
}

std::vector<FaultEvent> only(const std::vector<FaultEvent>& events, std::set<Action> actions) {
  std::vector<FaultEvent> chosen;
  std::copy_if(events.begin(), events.end(), std::back_inserter(chosen),
               [&](const FaultEvent& e) { return actions.count(e.action) > 0; });
  return chosen;
}

// Plays a schedule and asks `look` about the state after every event.
struct Cluster {
  std::set<std::string> dead;
  std::set<std::string> paused;
  std::set<std::string> without_storage;
  std::set<std::string> silenced;
  bool ackers_dead = false;
  bool cut = false;
  bool faultless() const {
    return dead.empty() && paused.empty() && without_storage.empty() && silenced.empty() && !ackers_dead && !cut;
  }
};

Cluster play(const std::vector<FaultEvent>& events,
             const std::function<void(const FaultEvent&, const Cluster&)>& look) {
  Cluster cluster;
  for (const FaultEvent& event : events) {
    for (const std::string& node : event.nodes) {
      if (event.action == Action::kKill || event.action == Action::kLoseDisk) cluster.dead.insert(node);
      if (event.action == Action::kKillStorage || event.action == Action::kLoseStorage) {
        cluster.without_storage.insert(node);
      }
      if (event.action == Action::kRestartStorage) cluster.without_storage.erase(node);
      if (event.action == Action::kDropAcks) cluster.silenced.insert(node);
      if (event.action == Action::kRestart) cluster.dead.erase(node);
      if (event.action == Action::kPause) cluster.paused.insert(node);
      if (event.action == Action::kResume) cluster.paused.erase(node);
    }
    if (event.action == Action::kPassAcks) cluster.silenced.clear();
    if (event.action == Action::kKillAckers) cluster.ackers_dead = true;
    if (event.action == Action::kRestartAckers) cluster.ackers_dead = false;
    if (event.action == Action::kPartition) cluster.cut = true;
    if (event.action == Action::kHeal) cluster.cut = false;
    look(event, cluster);
  }
  return cluster;
}

const std::vector<std::string> kAll = {"partition",  "kill",        "pause",        "lose-disk",
                                       "drop-acks",  "kill-ackers", "kill-storage", "bad-network",
                                       "slow-links", "clock",       "disk"};

TEST(Draw, TheSameSeedDrawsTheSameScheduleAndAnotherSeedAnother) {
  EXPECT_EQ(text_of(drawn(settings_for(kAll, 7))), text_of(drawn(settings_for(kAll, 7))));
  EXPECT_NE(text_of(drawn(settings_for(kAll, 7))), text_of(drawn(settings_for(kAll, 8))));
}

TEST(Draw, EveryFaultIsUndoneBeforeTheTimeLimit) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Settings settings = settings_for(kAll, seed, 3 + seed % 4);
    settings.time_limit = Millis(60'000);
    const Cluster end = play(drawn(settings), [&](const FaultEvent& event, const Cluster&) {
      EXPECT_GE(event.at, Millis(0));
      EXPECT_LT(event.at, settings.time_limit);
    });
    EXPECT_TRUE(end.faultless()) << "seed " << seed;
  }
}

TEST(Draw, EveryNemesisStrikesInTheFirstIntervalAndAgain) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (const auto& [name, action] : std::map<std::string, Action>{{"partition", Action::kPartition},
                                                                    {"kill", Action::kKill},
                                                                    {"pause", Action::kPause},
                                                                    {"drop-acks", Action::kDropAcks},
                                                                    {"kill-ackers", Action::kKillAckers}}) {
      const Settings settings = settings_for({name}, seed);
      const auto starts = only(drawn(settings), {action});
      ASSERT_GE(starts.size(), 3U) << name << ", seed " << seed;
      EXPECT_GE(starts[0].at, settings.interval / 8) << name << ", seed " << seed;
      // Kills come later than the others, so that they meet what those have left half done.
      const bool kills = name.rfind("kill", 0) == 0;
      EXPECT_LE(starts[0].at, kills ? settings.interval : settings.interval / 2) << name << ", seed " << seed;
    }
  }
}

TEST(Draw, BetweenTwoPartitionsTheClusterHasTimeToHeal) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Settings settings = settings_for({"partition"}, seed);
    const auto events = drawn(settings);
    for (size_t i = 1; i < events.size(); ++i) {
      EXPECT_EQ(events[i].action, events[i - 1].action == Action::kHeal ? Action::kPartition : Action::kHeal);
      if (events[i].action == Action::kPartition) {
        EXPECT_GE(events[i].at - events[i - 1].at, settings.interval / 4);
      }
    }
  }
}

TEST(Draw, KillsFallIntoPartitionsInSomeSeed) {
  int inside = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    play(drawn(settings_for({"partition", "kill"}, seed)), [&](const FaultEvent& event, const Cluster& cluster) {
      if (event.action == Action::kKill && cluster.cut) ++inside;
    });
  }
  EXPECT_GT(inside, 0);
}

TEST(Draw, NoNodeIsPausedAndDeadAtOnce) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    play(drawn(settings_for({"kill", "pause"}, seed, 1 + seed % 6)),
         [&](const FaultEvent& event, const Cluster& cluster) {
           for (const std::string& node : cluster.paused)
             EXPECT_EQ(cluster.dead.count(node), 0U) << to_line(event) << ", seed " << seed;
         });
  }
}

TEST(Draw, AddingANemesisLeavesTheKillsAlone) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto alone = drawn(settings_for({"kill"}, seed));
    const auto among = drawn(settings_for({"partition", "kill", "pause"}, seed));
    EXPECT_EQ(text_of(alone), text_of(only(among, {Action::kKill, Action::kRestart})));
  }
}

TEST(Draw, KillsHitOneAMinorityAndAll) {
  std::map<size_t, int> sizes;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (const FaultEvent& kill : only(drawn(settings_for({"kill"}, seed)), {Action::kKill}))
      ++sizes[kill.nodes.size()];
  }
  EXPECT_EQ(sizes.size(), 3U);
  EXPECT_GT(sizes[1], 0);
  EXPECT_GT(sizes[2], 0);
  EXPECT_GT(sizes[5], 0);
}

TEST(Draw, KillTargetsCanBeFixed) {
  for (const auto& [targets, size] : std::map<std::string, size_t>{{"one", 1}, {"minority", 2}, {"all", 5}}) {
    Settings settings = settings_for({"kill"}, 1);
    settings.kill_targets = targets;
    for (const FaultEvent& kill : only(drawn(settings), {Action::kKill})) EXPECT_EQ(kill.nodes.size(), size);
  }
}

TEST(Draw, PartitionsTakeEveryShapeAndAFixedOneAlone) {
  std::set<std::string> shapes;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (const FaultEvent& event : only(drawn(settings_for({"partition"}, seed)), {Action::kPartition}))
      shapes.insert(event.shape);
  }
  EXPECT_EQ(shapes.size(), partition_shapes().size());
  for (const NemesisInfo& shape : partition_shapes()) {
    Settings settings = settings_for({"partition"}, 1);
    settings.partition_shape = shape.name;
    for (const FaultEvent& event : only(drawn(settings), {Action::kPartition})) {
      EXPECT_EQ(event.shape, shape.name);
      EXPECT_FALSE(event.cuts.empty());
    }
  }
}

TEST(Draw, TwoNodesArePartitionedOnlyInShapesThatTheyCanTake) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (const FaultEvent& event : only(drawn(settings_for({"partition"}, seed, 2)), {Action::kPartition})) {
      EXPECT_TRUE(event.shape == "isolate-one" || event.shape == "halves" || event.shape == "one-way") << event.shape;
    }
  }
}

// PROMISES: an acknowledged write survives while at most W-1 disks are lost before repair is complete.
TEST(Draw, LostDisksAreFewAndRepairedInTimeWithoutFaults) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Settings settings = settings_for({"partition", "kill", "pause"}, seed);
    settings.time_limit = Millis(60'000);
    settings.max_lost_disks = 1;
    Millis faultless_until{0};
    int kills = 0;
    play(drawn(settings), [&](const FaultEvent& event, const Cluster& cluster) {
      EXPECT_LE(cluster.dead.size(), 1U);
      EXPECT_GE(event.at, faultless_until) << to_line(event) << ", seed " << seed;
      if (event.action == Action::kKill) ++kills;
      if (event.action == Action::kRestart) {
        EXPECT_TRUE(cluster.faultless()) << to_line(event) << ", seed " << seed;
        faultless_until = event.at + settings.interval;
      }
    });
    EXPECT_GE(kills, 5) << "seed " << seed;
  }
}

// What members agree on must stay on the disks of a majority, however long a wiped one takes to get its vote back.
TEST(Draw, WhereMembersComeAndGoTheDisksOfAMajorityAreNeverWiped) {
  size_t losses = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (const bool in_memory : {false, true}) {
      Settings settings = settings_for({"membership", in_memory ? "kill" : "lose-disk"}, seed, 5);
      settings.spares = {"n6", "n7"};
      settings.least_members = 3 + 2 * (seed % 2);
      settings.write_quorum = 3;
      settings.time_limit = Millis(60'000);
      if (in_memory) settings.max_lost_disks = 1;
      std::set<std::string> wiped;
      for (const FaultEvent& event : drawn(settings)) {
        if (event.action != Action::kLoseDisk && event.action != Action::kKill) continue;
        ++losses;
        wiped.insert(event.nodes.begin(), event.nodes.end());
      }
      EXPECT_LE(wiped.size(), (settings.least_members - 1) / 2) << "seed " << seed;
    }
  }
  EXPECT_GE(losses, 10 * kSeeds);
}

// The same of disks that are lost on purpose, whatever else is asked for.
TEST(Draw, WipedDisksAreFewAndRepairedInTimeWithoutFaults) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Settings settings = settings_for(kAll, seed, 3 + seed % 4);
    settings.time_limit = Millis(60'000);
    settings.write_quorum = 2 + static_cast<int>(seed % 2);
    Millis faultless_until{0};
    std::set<std::string> wiped;
    size_t losses = 0;
    play(drawn(settings), [&](const FaultEvent& event, const Cluster& cluster) {
      EXPECT_GE(event.at, faultless_until) << to_line(event) << ", seed " << seed;
      if (event.action == Action::kLoseDisk) {
        ++losses;
        wiped.insert(event.nodes.begin(), event.nodes.end());
        EXPECT_LT(event.nodes.size(), static_cast<size_t>(settings.write_quorum));
        EXPECT_TRUE(!cluster.ackers_dead && cluster.dead == wiped) << "only these are dead, seed " << seed;
      }
      if (event.action != Action::kRestart || wiped.empty()) return;
      EXPECT_TRUE(cluster.faultless()) << to_line(event) << ", seed " << seed;
      faultless_until = event.at + settings.interval;
      wiped.clear();
    });
    EXPECT_GE(losses, 3U) << "seed " << seed;
  }
}

// The image would go with the node before it is written back.
TEST(Draw, ANodeWhoseStorageIsAwayIsNotKilled) {
  bool keeps = false, loses = false;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    play(drawn(settings_for({"kill", "kill-storage"}, seed)), [&](const FaultEvent& event, const Cluster& cluster) {
      for (const std::string& node : cluster.without_storage) {
        EXPECT_EQ(cluster.dead.count(node), 0U) << to_line(event) << ", seed " << seed;
      }
      keeps = keeps || event.action == Action::kKillStorage;
      loses = loses || event.action == Action::kLoseStorage;
    });
  }
  EXPECT_TRUE(keeps && loses);
}

TEST(Draw, SoManyAckersAreKilledAsAWriteCanSpare) {
  for (const int write_quorum : {1, 2, 3}) {
    Settings settings = settings_for({"kill-ackers"}, 1);
    settings.write_quorum = write_quorum;
    for (const FaultEvent& event : only(drawn(settings), {Action::kKillAckers})) {
      EXPECT_EQ(event.count, std::max(1, write_quorum - 1));
    }
  }
}

TEST(Draw, NoneDrawsNothing) { EXPECT_TRUE(drawn(settings_for({"none"}, 1)).empty()); }

TEST(Draw, ErrorsNameWhatDoesNotFit) {
  EXPECT_EQ(error_of(settings_for({"gravity"}, 1)),
            "unknown nemesis \"gravity\": there are none, partition, kill, pause, lose-disk, drop-acks, kill-ackers, "
            "membership, kill-storage, lose-many-disks, bad-network, slow-links, clock, disk");
  EXPECT_EQ(error_of(settings_for({"none", "kill"}, 1)), "the nemesis none excludes all others: got none,kill");
  EXPECT_EQ(error_of(settings_for({"partition"}, 1, 1)), "a partition needs at least 2 nodes, there is 1");
  Settings settings = settings_for({"partition"}, 1, 3);
  settings.partition_shape = "majorities-ring";
  EXPECT_EQ(error_of(settings), "a partition of shape majorities-ring needs at least 4 nodes, there are 3");
  settings.partition_shape = "star";
  EXPECT_EQ(error_of(settings),
            "unknown partition shape \"star\": there are isolate-one, halves, majorities-ring, bridge, one-way");
  settings = settings_for({"kill"}, 1);
  settings.kill_targets = "some";
  EXPECT_EQ(error_of(settings), "unknown kill targets \"some\": there are one, minority, all");
  settings.kill_targets = "all";
  settings.max_lost_disks = 1;
  EXPECT_EQ(error_of(settings), "killing all would lose the disks of 5 nodes at once, and at most 1 may be lost");
  settings = settings_for({"lose-disk"}, 1);
  settings.write_quorum = 1;
  EXPECT_EQ(error_of(settings), "a write quorum of 1 allows for no lost disk: lose-disk needs 2");
  settings = settings_for({"pause"}, 1);
  settings.time_limit = Millis(900);
  EXPECT_EQ(error_of(settings),
            "a time limit of 900 ms leaves no time for the nemesis pause at an interval of 4000 ms");
  settings.interval = Millis(10);
  EXPECT_EQ(error_of(settings), "an interval of 10 ms between faults is less than 100 ms");
}

}  // namespace
}  // namespace nemesis
