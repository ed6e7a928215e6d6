// Iso-efficiency (row F2; Grama, Gupta, Kumar 1993). One machine cannot show how much faster more nodes are, but what
// they cost: E(n) is the operations a second of processor time of n nodes, to those of three that have as much to do
// each, and as many keys in all. What keeps E below one: nodes tell others that they are there; and what a node
// has to say goes to more others, in smaller portions. The first weighs less the more is done, the second the more is
// done at the same time: the curve is how many requests must be open at each node for E to stay what it is.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "harness/cli/bench_cluster.h"
#include "harness/cli/load.h"
#include "harness/report/text.h"
#include "harness/systems/resp.h"
#include "node/ring/ring.h"

namespace harness::bench {

namespace {

using namespace std::chrono_literals;

constexpr int kSizes[] = {3, 5, 10, 20};
constexpr int kConnectionsANode = 4;
constexpr int kOpen[] = {1, 2, 4, 8, 16, 32, 64};  // requests on each connection
constexpr size_t kUsual = 2;  // of kOpen: about the 50 clients of the other figures, of three nodes
constexpr uint64_t kKeys[] = {1'000, 10'000, 100'000};  // of all nodes; the last is for the curve
constexpr double kHeld = 0.85;
constexpr auto kIdleFor = 5s;
constexpr auto kLength = 1500ms;

struct Cluster {
  int size = 0;
  Servers servers;
  std::vector<size_t> home_of_slot;                        // its first one, by place
  double idle_cpu = 0, idle_messages = 0, idle_bytes = 0;  // a second, of all nodes
  std::vector<double> messages_an_operation;
};

// Operations a second of processor time by size of the cluster, a figure each round.
using Figures = std::vector<std::vector<double>>;

// By slot: the place among `ports` of the node that clients go to. Those who are taken for down come last.
std::vector<size_t> homes_of_slots(const std::vector<int>& ports) {
  std::vector<size_t> homes;
  const auto bytes = ask_once(ports[0], {"CLUSTER", "SLOTS"});
  if (!bytes) return homes;
  ReplyReader reader;
  reader.feed(*bytes);
  const auto reply = reader.next();
  if (!reply || !*reply) return homes;
  homes.assign(node::kSlots, ports.size());
  for (const Reply& range : (*reply)->elements) {
    if (range.elements.size() < 3 || range.elements[2].elements.size() < 2) continue;
    const auto port = std::find(ports.begin(), ports.end(), range.elements[2].elements[1].integer);
    for (int64_t slot = range.elements[0].integer; slot <= range.elements[1].integer; ++slot) {
      homes.at(static_cast<size_t>(slot)) = static_cast<size_t>(port - ports.begin());
    }
  }
  return homes;
}

Result<void> learn_homes(Cluster& cluster) {
  const std::vector<int>& ports = cluster.servers.ports;
  for (const auto deadline = Clock::now() + 10s; Clock::now() < deadline; std::this_thread::sleep_for(100ms)) {
    cluster.home_of_slot = homes_of_slots(ports);
    std::vector<size_t> slots(ports.size() + 1);
    for (const size_t home : cluster.home_of_slot) ++slots[home];
    if (slots.back() == 0 && std::find(slots.begin(), slots.end() - 1, 0) == slots.end() - 1) return {};
  }
  return tl::unexpected<std::string>("CLUSTER SLOTS does not name every node as the first for some slots");
}

LoadPlan plan_for(const Cluster& cluster, uint64_t keys) {
  LoadPlan plan;
  plan.ports = cluster.servers.ports;
  plan.connections = kConnectionsANode * cluster.size;
  plan.keys = keys;
  plan.length = kLength;
  for (uint64_t key = 0; key < keys; ++key) {
    plan.route.push_back(cluster.home_of_slot[node::slot_of(fmt::format("key:{:012}", key))]);
  }
  return plan;
}

Result<double> per_cpu_second(Cluster& cluster, uint64_t keys, int open) {
  LoadPlan plan = plan_for(cluster, keys);
  plan.pipeline = open;
  const auto began = Clock::now();
  const double cpu = cluster.servers.cpu(), messages = sum_of(cluster.servers, "messages_sent");
  const auto done = run_load(plan);
  if (!done) return tl::unexpected(done.error());
  const double spent = cluster.servers.cpu() - cpu, sent = sum_of(cluster.servers, "messages_sent") - messages;
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  if (done->errors > 0) return tl::unexpected(done->first_error);
  const auto operations = static_cast<double>(done->ok);
  cluster.messages_an_operation.push_back((sent - cluster.idle_messages * seconds) / operations);
  return operations / spent;
}

void measure_idle(Cluster& cluster) {
  const double cpu = cluster.servers.cpu(), messages = sum_of(cluster.servers, "messages_sent"),
               bytes = sum_of(cluster.servers, "message_bytes_sent");
  const auto began = Clock::now();
  std::this_thread::sleep_for(kIdleFor);
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  cluster.idle_cpu = (cluster.servers.cpu() - cpu) / seconds;
  cluster.idle_messages = (sum_of(cluster.servers, "messages_sent") - messages) / seconds;
  cluster.idle_bytes = (sum_of(cluster.servers, "message_bytes_sent") - bytes) / seconds;
}

Result<std::vector<Cluster>> start(const Scratch& scratch, const Apart& apart) {
  std::vector<Cluster> clusters;
  for (const int size : kSizes) {
    apart.on_nodes_side();
    auto servers = nodes(scratch, Storage::kMemory, size);
    apart.on_clients_side();
    if (!servers) return tl::unexpected(servers.error());
    Cluster cluster;
    cluster.size = size;
    cluster.servers = std::move(*servers);
    clusters.push_back(std::move(cluster));
  }
  return clusters;
}

// The median over the rounds of what a size did to what three nodes did in the same round.
double ratio(const std::vector<double>& of, const std::vector<double>& to) {
  std::vector<double> ratios;
  for (size_t round = 0; round < of.size(); ++round) ratios.push_back(of[round] / to[round]);
  return median(ratios);
}

void head(Table& table, const std::string& first) {
  std::string line = pad(first, 36);
  for (const int size : kSizes) line += pad_left(fmt::format("{} nodes", size), 10);
  for (size_t i = 1; i < std::size(kSizes); ++i) line += pad_left(fmt::format("E({})", kSizes[i]), 8);
  table.text("  " + line);
}

void row(Table& table, double first, const Figures& by_size) {
  std::string line = pad(rounded_with_commas(first), 36);
  for (const auto& rounds : by_size) line += pad_left(rounded_with_commas(median(rounds)), 10);
  for (size_t i = 1; i < by_size.size(); ++i) {
    line += pad_left(fmt::format("{:.2f}", ratio(by_size[i], by_size[0])), 8);
  }
  table.text("  " + line);
}

// The fewest open requests a node at which kHeld is reached, and stays so for more. Between two that were measured:
// where the line between them, over the logarithm of the number, reaches it.
std::string fewest(const std::vector<double>& reached) {
  const auto open = [](size_t i) { return static_cast<double>(kConnectionsANode * kOpen[i]); };
  size_t first = reached.size();
  while (first > 0 && reached[first - 1] >= kHeld) --first;
  if (first == reached.size()) return fmt::format("> {}", rounded_with_commas(open(first - 1)));
  if (first == 0) return fmt::format("≤ {}", rounded_with_commas(open(0)));
  const double share = (kHeld - reached[first - 1]) / (reached[first] - reached[first - 1]);
  return rounded_with_commas(open(first - 1) * std::pow(open(first) / open(first - 1), share));
}

}  // namespace

Result<void> efficiency(const Scratch& scratch, Table& table, Terminal& progress, int rounds) {
  const Apart apart;
  auto started = start(scratch, apart);
  if (!started) return tl::unexpected(started.error());
  std::vector<Cluster>& clusters = *started;
  std::this_thread::sleep_for(1s);
  for (Cluster& cluster : clusters) {
    progress.print_line(fmt::format("{} nodes, idle", cluster.size));
    measure_idle(cluster);
    if (auto known = learn_homes(cluster); !known) return known;
  }
  std::vector<Figures> by_keys(std::size(kKeys), Figures(clusters.size()));
  std::vector<Figures> by_open(std::size(kOpen), Figures(clusters.size()));
  const auto measure = [&](uint64_t keys, int open, Figures& into) -> Result<void> {
    for (size_t i = 0; i < clusters.size(); ++i) {
      auto found = per_cpu_second(clusters[i], keys, open);
      if (!found) return tl::unexpected(found.error());
      into[i].push_back(*found);
    }
    return {};
  };
  for (size_t k = 0; k < std::size(kKeys); ++k) {
    progress.print_line(fmt::format("{} keys", rounded_with_commas(static_cast<double>(kKeys[k]))));
    for (Cluster& cluster : clusters) {
      if (auto filled = fill(plan_for(cluster, kKeys[k])); !filled) return filled;
    }
    for (int round = 1; round <= rounds; ++round) {
      if (auto done = measure(kKeys[k], kOpen[kUsual], by_keys[k]); !done) return done;
    }
  }
  for (int round = 1; round <= rounds; ++round) {
    progress.print_line(fmt::format("open requests, round {} of {}", round, rounds));
    for (size_t o = 0; o < std::size(kOpen); ++o) {
      if (auto done = measure(kKeys[std::size(kKeys) - 1], kOpen[o], by_open[o]); !done) return done;
    }
  }

  table.text(
      fmt::format("  In memory; {} connections a node, of clients that route by themselves; half SET, half GET; {}",
                  kConnectionsANode, apart.describe()));
  table.text("\n  nodes   messages an operation   of an idle node: messages a second   bytes a second   processor");
  for (const Cluster& cluster : clusters) {
    const double n = cluster.size;
    table.text(fmt::format("  {:5}{:>24.2f}{:>38.0f}{:>17}{:>10.2f} %", cluster.size,
                           median(cluster.messages_an_operation), cluster.idle_messages / n,
                           rounded_with_commas(cluster.idle_bytes / n), 100 * cluster.idle_cpu / n));
  }
  table.text("\n  Operations a second of processor time, and E(n): to three nodes with as many open requests each");
  head(table, fmt::format("open requests a node; {} keys", rounded_with_commas(kKeys[std::size(kKeys) - 1])));
  for (size_t o = 0; o < std::size(kOpen); ++o) row(table, kConnectionsANode * kOpen[o], by_open[o]);
  head(table, fmt::format("keys; {} open requests a node", kConnectionsANode * kOpen[kUsual]));
  for (size_t k = 0; k < std::size(kKeys); ++k) row(table, static_cast<double>(kKeys[k]), by_keys[k]);
  const Figures& usual = by_open[kUsual];
  table.text(fmt::format("\n  Open requests a node that hold {} of what three nodes do with {} each", kHeld,
                         kConnectionsANode * kOpen[kUsual]));
  for (size_t i = 1; i < clusters.size(); ++i) {
    std::vector<double> reached;
    for (const Figures& figures : by_open) reached.push_back(ratio(figures[i], usual[0]));
    table.line(fmt::format("{} nodes", clusters[i].size), fewest(reached));
  }
  return {};
}

}  // namespace harness::bench
