// Section 6.4 of the Dynamo paper in the simulated world: what clients gain that know the homes of their keys, what an
// old route costs them, and that such runs repeat as all others do.
#include <gtest/gtest.h>

#include <algorithm>

#include "harness/fuzz/play.h"
#include "harness/systems/dynamo.h"
#include "nemesis/schedule.h"

namespace harness {
namespace {

using namespace std::chrono_literals;
using checkers::Event;
using checkers::EventType;

RunSettings with_coordination(const std::string& coordination, uint64_t seed) {
  RunSettings settings;
  settings.sim = true;
  settings.coordination = coordination;
  settings.cluster.seed = seed;
  settings.time_limit = 8s;
  return settings;
}

Played played(RunSettings settings) {
  const auto dynamo = make_dynamo("dynamo-node", "");
  settings.cluster.spares = spares_needed(settings);
  const auto valid = validate(settings, *dynamo);
  EXPECT_TRUE(valid) << valid.error();
  auto result = play(settings, *dynamo, {});
  EXPECT_TRUE(result) << result.error();
  return result ? std::move(*result) : Played{};
}

// The operations of the main phase that were answered: invocation and completion.
std::vector<std::pair<Event, Event>> answered(const Played& run) {
  std::map<int64_t, Event> open;
  std::vector<std::pair<Event, Event>> operations;
  for (const Event& event : run.history.events) {
    if (event.process == checkers::kNemesisProcess || event.fields["final"].boolean()) continue;
    if (event.type == EventType::kInvoke) open[event.process] = event;
    if (event.type == EventType::kOk) operations.emplace_back(open[event.process], event);
  }
  return operations;
}

bool coordinates_itself(const Event& completion) {
  return completion.fields["coordinator"].string() == completion.fields["node"].string();
}

struct Cost {
  double itself = 0;  // share of the operations that the node which was asked coordinated
  double steps = 0;   // of nodes, for each operation: messages, syncs, timers
  std::chrono::nanoseconds median_write{0};
};

std::chrono::nanoseconds median(std::vector<std::chrono::nanoseconds> times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

Cost cost(const Played& run) {
  const auto operations = answered(run);
  std::vector<std::chrono::nanoseconds> writes;
  Cost cost;
  for (const auto& [invocation, completion] : operations) {
    if (invocation.f != "read") writes.push_back(completion.time - invocation.time);
    cost.itself += coordinates_itself(completion) ? 1 : 0;
  }
  cost.itself /= static_cast<double>(operations.size());
  cost.steps = static_cast<double>(run.events) / static_cast<double>(operations.size());
  cost.median_write = median(writes);
  return cost;
}

TEST(ClientDriven, CoordinationSavesTheHopToAHome) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    RunSettings settings = with_coordination("server", seed);
    const Cost server = cost(played(settings));
    settings.coordination = "client";
    const Cost client = cost(played(settings));
    EXPECT_LT(server.itself, 0.75) << "with 5 nodes, 3 of which are homes";
    EXPECT_GT(client.itself, 0.9) << "all but those before the first route of a key";
    EXPECT_LT(client.steps, server.steps);
    EXPECT_LT(client.median_write, server.median_write);
  }
}

// Row RT6.
TEST(ClientDriven, ARouteFromBeforeAJoinCostsOneHopAtMost) {
  int sent = 0, hops = 0;
  for (const int replicas : {1, 3}) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      RunSettings settings = with_coordination("client", seed);
      settings.cluster.replicas = replicas;
      settings.cluster.read_quorum = settings.cluster.write_quorum = majority(replicas);
      settings.nemeses = {"membership"};
      // Operations as they are drawn, and two joins, one after the other.
      settings.schedule = played(settings).schedule;
      settings.schedule->faults = nemesis::parse_schedule("@1.500s join n6\n@4s join n7\n")->faults;
      const Played run = played(settings);
      EXPECT_EQ(run.judgement.verdict, checkers::Verdict::kValid);
      for (const auto& [invocation, completion] : answered(run)) {
        const auto& attempts = completion.fields["attempts"].list();
        const int further = std::max(static_cast<int>(attempts.size()) - 1, 0);
        for (int i = 0; i < further; ++i) {
          const std::string& error = attempts[static_cast<size_t>(i)]["error"].string();
          EXPECT_TRUE(error.starts_with("MOVED ")) << error;
        }
        EXPECT_LE(further, 1) << checkers::to_json(completion.fields) << " " << replicas;
        hops += further;
        ++sent;
      }
    }
  }
  EXPECT_GT(hops, 0) << "of " << sent << " operations";
}

TEST(ClientDriven, ARunIsPlayedAgainToTheLastEventByItsSchedule) {
  for (const std::string workload : {"cart", "register", "set"}) {
    RunSettings settings = with_coordination("client", 5);
    settings.workload = workload;
    settings.nemeses = {"partition", "kill", "pause", "lose-disk", "drop-acks", "kill-ackers", "membership"};
    settings.time_limit = 4s;
    settings.nemesis_interval = 1s;
    const Played first = played(settings);
    EXPECT_EQ(first.judgement.verdict, checkers::Verdict::kValid) << workload;
    EXPECT_NE(first.schedule.header.find(" coordination=client "), std::string::npos) << first.schedule.header;
    settings.schedule = first.schedule;
    EXPECT_EQ(first.trace_hash, played(settings).trace_hash) << workload;
  }
}

TEST(ClientDriven, OfALineWithoutANodeTheRouteCounts) {
  RunSettings settings = with_coordination("client", 1);
  settings.schedule = *nemesis::parse_schedule(
      "@1s p0 cart.add cart:1 milk 1\n@2s p0 cart.read cart:1\n@2.1s p1 cart.read cart:1\n@2.2s p2 cart.read cart:1\n"
      "@2.3s p3 cart.read cart:1\n@2.4s p4 cart.read cart:1\n@2.5s p0 cart.read cart:1 via n1\n"
      "@2.6s p0 cart.read cart:1 via n2\n@2.7s p0 cart.read cart:1 via n3\n");
  std::vector<std::string> nodes;
  for (const auto& operation : answered(played(settings))) nodes.push_back(operation.first.fields["node"].string());
  ASSERT_EQ(nodes.size(), 9u);
  EXPECT_EQ(nodes[0], "n1") << "no route yet: the node of its number";
  for (size_t i = 2; i < 6; ++i) EXPECT_EQ(nodes[i], nodes[1]);
  EXPECT_EQ(nodes[6], "n1");
  EXPECT_EQ(nodes[7], "n2");
  EXPECT_EQ(nodes[8], "n3");
}

}  // namespace
}  // namespace harness
