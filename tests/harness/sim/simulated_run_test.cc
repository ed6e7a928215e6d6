// A simulated run is worth what its repetition is worth: the same command gives the same events, and so does the
// schedule that it left.
#include <gtest/gtest.h>

#include <sstream>

#include "harness/run/run.h"
#include "harness/systems/dynamo.h"
#include "nemesis/schedule.h"
#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

using namespace std::chrono_literals;

struct Seen {
  std::string history;
  nemesis::Schedule schedule;
  std::string trace;
  checkers::Verdict verdict = checkers::Verdict::kUnknown;
};

class SimulatedRun : public testing::Test {
 protected:
  static RunSettings settings(const std::string& workload, std::vector<std::string> nemeses, uint64_t seed) {
    RunSettings settings;
    settings.sim = true;
    settings.workload = workload;
    settings.nemeses = std::move(nemeses);
    settings.cluster.seed = seed;
    settings.time_limit = 4s;
    settings.nemesis_interval = 1s;
    return settings;
  }

  Seen play(RunSettings settings) {
    settings.store = scratch_.path() / "store";
    settings.trace = scratch_.path() / "trace";
    settings.cluster.spares = spares_needed(settings);
    const auto system = make_dynamo("dynamo-node", "");
    std::FILE* nowhere = std::fopen("/dev/null", "w");
    Terminal terminal(nowhere, false, false);
    const auto valid = validate(settings, *system);
    EXPECT_TRUE(valid) << valid.error();
    const auto result = run(settings, *system, terminal, SteadyClock::now());
    std::fclose(nowhere);
    EXPECT_TRUE(result) << result.error().message;
    if (!result) return {};
    const auto store = settings.store / "latest";
    return {fake::read_file(store / "history.jsonl"), *nemesis::parse_schedule(fake::read_file(store / "schedule.txt")),
            fake::read_file(settings.trace), result->verdict};
  }

  fake::Scratch scratch_;
};

const std::vector<std::string> kAll = {"partition", "kill",        "pause",     "lose-disk",
                                       "drop-acks", "kill-ackers", "membership"};

// The first line in which two traces differ, for whoever has to find out why.
std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream one(a);
  std::istringstream other(b);
  std::string x;
  std::string y;
  for (int line = 1; std::getline(one, x) && std::getline(other, y); ++line) {
    if (x != y) return "line " + std::to_string(line) + ": " + x + " / " + y;
  }
  return a.size() == b.size() ? "" : "one is longer";
}

TEST_F(SimulatedRun, IsTheSameRunAgainAlsoAfterAnotherOne) {
  for (const std::string workload : {"cart", "counter", "register"}) {
    const Seen first = play(settings(workload, kAll, 3));
    const Seen other = play(settings(workload, kAll, 4));
    const Seen again = play(settings(workload, kAll, 3));
    EXPECT_GT(first.trace.size(), 10'000u);
    EXPECT_EQ(first_difference(first.trace, again.trace), "") << workload;
    EXPECT_EQ(first.history, again.history) << workload;
    EXPECT_NE(first_difference(first.trace, other.trace), "") << workload;
  }
}

TEST_F(SimulatedRun, IsPlayedAgainToTheLastEventByTheScheduleThatItLeft) {
  for (const std::string workload : {"cart", "counter", "register"}) {
    RunSettings drawn = settings(workload, kAll, 5);
    const Seen first = play(drawn);
    drawn.schedule = first.schedule;
    const Seen again = play(drawn);
    EXPECT_EQ(first_difference(first.trace, again.trace), "") << workload;
    EXPECT_EQ(first.history, again.history) << workload;
    EXPECT_EQ(nemesis::to_text(first.schedule), nemesis::to_text(again.schedule)) << workload;
  }
}

// Some stood by and never had to come: its schedule does not know of them.
TEST_F(SimulatedRun, IsPlayedAgainWithFewerSpareNodesThanItHad) {
  RunSettings drawn = settings("cart", {"membership", "kill", "partition"}, 6);
  drawn.time_limit = 10s;
  drawn.nemesis_interval = 4s;
  const Seen first = play(drawn);
  const int spares = spares_needed(drawn);
  drawn.schedule = first.schedule;
  EXPECT_LT(spares_needed(drawn), spares);
  EXPECT_EQ(first_difference(first.trace, play(drawn).trace), "");
}

// Messages and syncs whose time is not drawn take the shortest, however long the longest would be.
TEST_F(SimulatedRun, HasTimesOfTheirOwnForAShareOfItsMessagesAndSyncs) {
  const auto trace = [this](std::chrono::microseconds latency, std::chrono::microseconds sync, sim::Share drawn) {
    RunSettings set = settings("cart", {"none"}, 3);
    set.world.longest_latency = latency;
    set.world.longest_sync = sync;
    set.world.drawn = drawn;
    return play(set).trace;
  };
  const sim::Share nearly_none{1, 1u << 20};
  const WorldSettings usual;
  const std::string shortest = trace(usual.shortest_latency, usual.shortest_sync, nearly_none);
  EXPECT_EQ(first_difference(trace(40ms, usual.shortest_sync, nearly_none), shortest), "");
  EXPECT_EQ(first_difference(trace(usual.shortest_latency, 300ms, nearly_none), shortest), "");
  EXPECT_NE(first_difference(trace(usual.shortest_latency, 300ms, {1, 2}), shortest), "");
}

TEST_F(SimulatedRun, AnySubsetOfASchedulesLinesIsASchedule) {
  RunSettings listed = settings("cart", kAll, 6);
  const nemesis::Schedule all = play(listed).schedule;
  workloads::Random random(1);
  for (int round = 0; round < 5; ++round) {
    listed.schedule = all;
    const auto leave_out = [&random](const auto& /*line*/) { return random.chance(60); };
    std::erase_if(listed.schedule->faults, leave_out);
    std::erase_if(listed.schedule->operations, leave_out);
    const Seen seen = play(listed);
    EXPECT_NE(seen.verdict, checkers::Verdict::kInvalid) << nemesis::to_text(*listed.schedule);
    EXPECT_GT(seen.schedule.operations.size(), 10u);
  }
}

TEST_F(SimulatedRun, TheCleanNodeKeepsItsPromisesAndAPlantedBugDoesNot) {
  RunSettings clean = settings("cart", {"kill"}, 1);
  clean.kill_targets = "all";
  EXPECT_EQ(play(clean).verdict, checkers::Verdict::kValid);
  clean.cluster.bug = "persist-late";
  EXPECT_EQ(play(clean).verdict, checkers::Verdict::kInvalid);
}

// Row S2: the other layout of carts, by the same checkers.
TEST_F(SimulatedRun, OfSegregatedCartsIsValidAndAPlantedBugIsFoundInThem) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    RunSettings clean = settings("cart", {"partition", "kill", "pause"}, seed);
    clean.cluster.cart_layout = "segregated";
    clean.cluster.mode = seed % 2 == 0 ? "strict" : "sloppy";
    EXPECT_EQ(play(clean).verdict, checkers::Verdict::kValid) << "seed " << seed;
  }
  RunSettings killed = settings("cart", {"kill"}, 1);
  killed.cluster.cart_layout = "segregated";
  killed.kill_targets = "all";
  EXPECT_EQ(play(killed).verdict, checkers::Verdict::kValid);
  killed.cluster.bug = "persist-late";
  EXPECT_EQ(play(killed).verdict, checkers::Verdict::kInvalid);
}

TEST_F(SimulatedRun, OfSegregatedCartsIsPlayedAgainByItsSchedule) {
  RunSettings drawn = settings("cart", kAll, 5);
  drawn.cluster.cart_layout = "segregated";
  const Seen first = play(drawn);
  drawn.schedule = first.schedule;
  EXPECT_EQ(first_difference(first.trace, play(drawn).trace), "");
}

// A connection to a former life is broken: a client that used it on would have told the node nothing about itself.
TEST_F(SimulatedRun, ClientsConnectAnewToANodeThatWasRestarted) {
  const Seen seen = play(settings("cart", {"kill"}, 3));
  EXPECT_NE(seen.history.find("\"kill\""), std::string::npos);
  EXPECT_EQ(seen.history.find("unexpected reply"), std::string::npos);
  EXPECT_EQ(seen.verdict, checkers::Verdict::kValid);
}

TEST_F(SimulatedRun, OfLinearRegistersIsPlayedAgainByItsSchedule) {
  RunSettings drawn = settings("register", {"partition", "kill"}, 5);
  drawn.cluster.mode = "lin";
  const Seen first = play(drawn);
  drawn.schedule = first.schedule;
  EXPECT_EQ(first_difference(first.trace, play(drawn).trace), "");
}

// Rows C4 and K4.
// Two nodes join at once, others leave or die for good, beside the usual faults.
TEST_F(SimulatedRun, StrictReadsMissNothingWhileMembersComeAndGo) {
  for (const std::string workload : {"cart", "counter", "register", "set"}) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      RunSettings changing = settings(workload, {"membership", "partition", "kill", "pause"}, seed);
      changing.cluster.mode = "strict";
      changing.time_limit = 8s;
      const Seen seen = play(changing);
      EXPECT_EQ(seen.verdict, checkers::Verdict::kValid) << workload << ", seed " << seed;
      EXPECT_NE(seen.history.find(R"("f":"join")"), std::string::npos);
    }
  }
}

// Row G2: the soak that it names.
TEST_F(SimulatedRun, OfSetsUnderKillPartitionAndPauseLosesNothing) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    RunSettings soak = settings("set", {"kill", "partition", "pause"}, seed);
    soak.time_limit = 20s;
    EXPECT_EQ(play(soak).verdict, checkers::Verdict::kValid) << "seed " << seed;
  }
}

// Row Q2: no stale read through strict quorums.
TEST_F(SimulatedRun, ThroughStrictQuorumsShowsNoStaleRead) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    RunSettings strict = settings("register", {"partition", "kill"}, seed);
    strict.cluster.mode = "strict";
    EXPECT_EQ(play(strict).verdict, checkers::Verdict::kValid) << "seed " << seed;
  }
}

}  // namespace
}  // namespace harness
