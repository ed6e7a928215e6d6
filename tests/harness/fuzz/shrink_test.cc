#include "harness/fuzz/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace harness {
namespace {

using Action = nemesis::FaultEvent::Action;
using nemesis::Schedule;
using namespace std::chrono_literals;

// A run of many lines, drawn like those of real runs.
RunSettings long_run() {
  RunSettings settings;
  settings.sim = true;
  settings.time_limit = 60s;
  std::string text;
  for (int i = 0; i < 200; ++i) {
    const std::string at = "@" + std::to_string(i / 5) + "." + std::to_string(100 + i % 5 * 111) + "s ";
    if (i % 20 == 7) {
      text += at + "partition halves n1,n2|n3,n4,n5 n1>n3 n3>n1 n2>n3 n3>n2\n";
    } else if (i % 20 == 8) {
      text += at + "kill n2 n4\n";
    } else if (i % 20 == 12) {
      text += at + "restart n2 n4\n";
    } else {
      text += at + "p" + std::to_string(i % 10) + " cart.add cart:" + std::to_string(i % 7) + " item" +
              std::to_string(i) + " 3 via n" + std::to_string(i % 5 + 1) + "\n";
    }
  }
  settings.schedule = *nemesis::parse_schedule(text);
  return settings;
}

bool has_item(const Schedule& schedule, const std::string& item) {
  for (const auto& operation : schedule.operations) {
    if (operation.operation.value["item"].string() == item) return true;
  }
  return false;
}

bool kills(const Schedule& schedule, const std::string& node) {
  for (const auto& fault : schedule.faults) {
    const auto& nodes = fault.nodes;
    if (fault.action == Action::kKill && std::find(nodes.begin(), nodes.end(), node) != nodes.end()) return true;
  }
  return false;
}

TEST(Shrink, KeepsTheLinesThatTheFailureNeedsAndNoOthers) {
  const Shrunk shrunk = shrink(
      long_run(),
      [](const RunSettings& run) {
        return has_item(*run.schedule, "item30") && has_item(*run.schedule, "item163") && kills(*run.schedule, "n4");
      },
      {}, nullptr);
  EXPECT_EQ(shrunk.lines_before, 200u);
  EXPECT_EQ(nemesis::to_text(*shrunk.settings.schedule).substr(0, 200), nemesis::to_text(*shrunk.settings.schedule));
  ASSERT_EQ(shrunk.lines_after, 3u) << nemesis::to_text(*shrunk.settings.schedule);
  EXPECT_EQ(shrunk.settings.schedule->faults[0].nodes, std::vector<std::string>{"n4"}) << "fewer nodes";
  EXPECT_EQ(shrunk.settings.schedule->operations[0].operation.value["quantity"].integer(), 1) << "smaller values";
  EXPECT_EQ(shrunk.settings.schedule->operations[0].at % 1s, 0s) << "rounder times";
  EXPECT_LT(shrunk.settings.concurrency, 3) << "fewer clients";
  EXPECT_LT(shrunk.settings.time_limit, 60s) << "a shorter run";
  EXPECT_LT(shrunk.runs, 400);
}

TEST(Shrink, AFaultAndItsEndGoTogether) {
  // Each kill needs its restart, as if a node that stays dead would hide the failure.
  const Shrunk shrunk = shrink(
      long_run(),
      [](const RunSettings& run) {
        int down = 0;
        for (const auto& fault : run.schedule->faults) {
          down += fault.action == Action::kKill ? 1 : fault.action == Action::kRestart ? -1 : 0;
        }
        return down == 0 && has_item(*run.schedule, "item30");
      },
      {}, nullptr);
  EXPECT_EQ(shrunk.lines_after, 1u) << nemesis::to_text(*shrunk.settings.schedule);
}

TEST(Shrink, APartitionKeepsOnlyTheDirectionThatMatters) {
  const Shrunk shrunk = shrink(
      long_run(),
      [](const RunSettings& run) {
        for (const auto& fault : run.schedule->faults) {
          for (const auto& cut : fault.cuts) {
            if (cut.from == "n3" && cut.to == "n2") return true;
          }
        }
        return false;
      },
      {}, nullptr);
  ASSERT_EQ(shrunk.lines_after, 1u);
  EXPECT_EQ(shrunk.settings.schedule->faults[0].cuts, (std::vector<nemesis::Cut>{{"n3", "n2"}}));
  EXPECT_EQ(shrunk.settings.nodes, 3) << "nodes that no line names are gone";
}

// It fails with all its lines under its own luck, or with one of them under every eighth.
TEST(Shrink, TriesOtherLuckWhereARunHangsOnIt) {
  RunSettings drawn = long_run();
  drawn.cluster.seed = 7;
  const size_t all = lines_of(*drawn.schedule);
  const StillFails hangs_on_luck = [&](const RunSettings& run) {
    const bool lucky = run.cluster.seed % 8 == 6 && has_item(*run.schedule, "item30");
    return lucky || (run.cluster.seed == 7 && lines_of(*run.schedule) == all);
  };
  const Shrunk shrunk = shrink(drawn, hangs_on_luck, {}, nullptr);
  EXPECT_EQ(shrunk.lines_after, 1u);
  EXPECT_EQ(shrunk.settings.cluster.seed % 8, 6u);

  drawn.sim = false;
  EXPECT_EQ(shrink(drawn, hangs_on_luck, {}, nullptr).lines_after, all)
      << "real processes have the luck that they have";
}

TEST(Shrink, DrawsNoOtherLuckForARunThatFailsUnderAny) {
  std::set<uint64_t> seeds;
  const Shrunk shrunk = shrink(
      long_run(),
      [&seeds](const RunSettings& run) {
        seeds.insert(run.cluster.seed);
        const auto needed = {"item30", "item31", "item62", "item93", "item124", "item155", "item186", "item199"};
        return std::all_of(needed.begin(), needed.end(), [&](auto item) { return has_item(*run.schedule, item); });
      },
      {}, nullptr);
  EXPECT_EQ(shrunk.lines_after, 8u);
  EXPECT_LE(seeds.size(), 5u) << "its own, and a few to see that they do not matter";
}

TEST(Shrink, BeginsWithTheKeyThatTheJudgeNamed) {
  std::vector<RunSettings> tried;
  shrink(
      long_run(),
      [&tried](const RunSettings& run) {
        tried.push_back(run);
        return has_item(*run.schedule, "item30");  // of key cart:2
      },
      {.suspect = "cart:2"}, nullptr);
  // The first candidate has all lines, and less time to become quiet.
  ASSERT_GE(tried.size(), 2u);
  for (const auto& operation : tried[1].schedule->operations) EXPECT_EQ(operation.operation.key, "cart:2");
}

TEST(Shrink, LeavesATimeOfItsOwnToThoseMessagesThatMustHaveIt) {
  // One message whose hash is 37, in a world where a part says which have a time that is drawn.
  const Shrunk shrunk = shrink(
      long_run(),
      [](const RunSettings& run) {
        const WorldSettings& world = run.world;
        return world.longest_latency > world.shortest_latency && 37 % world.drawn.of == world.drawn.part;
      },
      {}, nullptr);
  EXPECT_GE(shrunk.settings.world.drawn.of, 1024u);
  EXPECT_EQ(shrunk.settings.world.drawn.part, 37u);
  EXPECT_EQ(shrunk.settings.world.longest_sync, shrunk.settings.world.shortest_sync);
}

TEST(Shrink, EndsWhenItsRunsAreSpent) {
  int runs = 0;
  const Shrunk shrunk = shrink(
      long_run(), [&runs](const RunSettings&) { return ++runs < 0; }, {.most_runs = 10}, nullptr);
  EXPECT_EQ(runs, 10);
  EXPECT_EQ(shrunk.runs, 10);
  EXPECT_EQ(shrunk.lines_after, 200u) << "nothing was accepted";
}

TEST(Shrink, TriesNothingTwice) {
  std::vector<std::string> tried;
  shrink(
      long_run(),
      [&tried](const RunSettings& run) {
        tried.push_back(schedule_header(run) + nemesis::to_text(*run.schedule));
        return has_item(*run.schedule, "item30");
      },
      {}, nullptr);
  std::sort(tried.begin(), tried.end());
  EXPECT_EQ(std::adjacent_find(tried.begin(), tried.end()), tried.end());
}

}  // namespace
}  // namespace harness
