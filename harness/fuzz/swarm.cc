#include "harness/fuzz/swarm.h"

#include <algorithm>

#include "nemesis/nemesis.h"
#include "workloads/workload.h"

namespace harness {

namespace {

using workloads::Random;

template <typename T>
const T& one_of(const std::vector<T>& choices, Random& random) {
  return choices[random.below(choices.size())];
}

std::string any_workload(Random& random) {
  std::vector<std::string> names;
  for (const auto& info : workloads::all_workloads()) names.emplace_back(info.name);
  return one_of(names, random);
}

void draw_cluster(RunSettings& s, const SwarmFrame& frame, Random& random) {
  ClusterSettings& c = s.cluster;
  s.nodes = static_cast<int>(3 + random.below(4));
  const uint64_t most_replicas = std::min<uint64_t>(5, static_cast<uint64_t>(s.nodes));
  // Three copies is what people run; everything else is an edge.
  c.replicas = random.chance(50) ? 3 : static_cast<int>(1 + random.below(most_replicas));
  const auto replicas = static_cast<uint64_t>(c.replicas);
  c.read_quorum = random.chance(50) ? majority(c.replicas) : static_cast<int>(1 + random.below(replicas));
  c.write_quorum = random.chance(50) ? majority(c.replicas) : static_cast<int>(1 + random.below(replicas));
  c.mode = !frame.mode.empty() ? frame.mode : random.chance(50) ? "sloppy" : "strict";
  const bool linear = frame.mode.empty() && s.workload == "register" && random.chance(50);
  if (linear) c.mode = "lin";
  if (c.mode == "lin") c.read_quorum = c.write_quorum = majority(c.replicas);
  const uint64_t merge = random.below(10);
  c.merge = merge == 0 ? "union" : merge == 1 ? "last-write-wins" : "observed-remove";
  c.storage = random.chance(80) ? "lmdb" : "memory";
  c.hints = !random.chance(20);
  if (s.workload == "cart" && random.chance(20)) c.cart_layout = "segregated";
  if (random.chance(20)) c.ring = "equal:256";
  const uint64_t world = random.below(6);
  if (world == 0) s.world.shortest_latency = s.world.longest_latency = std::chrono::milliseconds(1);
  if (world == 1) s.world.longest_latency = std::chrono::milliseconds(40);
  if (world == 2) s.world.longest_sync = std::chrono::milliseconds(30);
  if (world == 3 || world == 4) s.world.longest_sync = std::chrono::milliseconds(300);
  if (random.chance(50)) c.rare_paths = 1 + random.below(1'000'000);
  c.request_timeout = Millis(300 + 100 * static_cast<int64_t>(random.below(8)));
}

void draw_load(RunSettings& s, const SwarmFrame& frame, Random& random) {
  s.time_limit = frame.time_limit.value_or(Millis(1'500 + 500 * static_cast<int64_t>(random.below(8))));
  s.concurrency = static_cast<int>(2 + random.below(9));
  s.rate = static_cast<double>(40 + 20 * random.below(9));
  // One fault while another lasts, or several lives of a node in a second.
  s.nemesis_interval = random.chance(25) ? Millis(100 + 50 * static_cast<int64_t>(random.below(8)))
                                         : Millis(500 + 250 * static_cast<int64_t>(random.below(7)));
}

void draw_nemeses(RunSettings& s, const SwarmFrame& frame, Random& random) {
  const std::vector<std::string> all = frame.nemeses.empty() ? simulated_nemeses() : frame.nemeses;
  s.nemeses.clear();
  for (const std::string& name : all) {
    if (random.chance(40)) s.nemeses.push_back(name);
  }
  if (s.nemeses.empty()) s.nemeses.push_back(one_of(all, random));
  const bool kills = std::find(s.nemeses.begin(), s.nemeses.end(), "kill") != s.nemeses.end();
  if (kills && random.chance(40)) s.kill_targets = "all";
}

}  // namespace

std::vector<std::string> simulated_nemeses() {
  std::vector<std::string> names;
  for (const auto& info : nemesis::all_nemeses()) {
    if (info.name != "none" && info.name != "kill-storage") names.emplace_back(info.name);
  }
  return names;
}

RunSettings draw_swarm(const SwarmFrame& frame, const System& system, uint64_t seed) {
  Random random(seed * 0x9e3779b97f4a7c15u + 1);
  while (true) {
    RunSettings s = default_settings(system);
    s.sim = true;
    s.cluster.seed = seed;
    s.cluster.bug = frame.bug;
    s.workload = frame.workload.empty() ? any_workload(random) : frame.workload;
    if (frame.workload.empty() && frame.mode.empty() && random.chance(15)) s.workload = "register";  // for MODE lin
    draw_cluster(s, frame, random);
    draw_load(s, frame, random);
    draw_nemeses(s, frame, random);
    s.cluster.spares = spares_needed(s);
    // Some draws contradict each other, or leave no time for a fault: then again.
    if (!validate(s, system) || !nemesis::draw_schedule(nemesis_settings(s))) continue;
    // The last draw of all: what came before it is as it was before there was a choice.
    if (random.chance(25)) s.coordination = "client";
    return s;
  }
}

}  // namespace harness
