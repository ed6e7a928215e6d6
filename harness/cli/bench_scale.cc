// What gossip and a change of members cost as clusters grow: `harness bench scale`.
#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <cmath>

#include "checkers/verdict.h"
#include "harness/cli/commands.h"
#include "harness/report/terminal.h"
#include "harness/run/duration.h"
#include "harness/run/signals.h"
#include "node/membership/profiles.h"
#include "node/reconfiguration/change.h"
#include "node/ring/layout.h"
#include "node/wire/message.h"

namespace harness {

namespace {

constexpr int kScaledKeys = 100'000;
constexpr int kScaledReplicas = 3;
constexpr int kRackOneOf = 8;  // a rack is so great a part of the nodes

std::string member_name(int node) { return "n" + std::to_string(node); }
std::string member_address(int node) { return fmt::format("10.0.{}.{}:7000", node / 256, node % 256); }

node::RoutingTable uniform_table(int nodes) {
  node::Options options;
  options.replicas = kScaledReplicas;
  options.name = member_name(0);
  for (int i = 0; i < nodes; ++i) options.peers.push_back({member_name(i), member_address(i), 100});
  return node::RoutingTable::first(options);
}

size_t packet_bytes(const std::string& from, node::Body body) {
  return encode(node::Message{from, {}, std::move(body)}).size();
}

// Nodes that have all heard of each other.
std::vector<node::Profiles> acquainted(const std::vector<std::string>& names, uint64_t seed) {
  std::vector<node::Profiles> nodes;
  std::vector<node::Profile> everybody;
  for (size_t i = 0; i < names.size(); ++i) {
    nodes.emplace_back(names[i], seed * 1'000'003 + i);
    nodes.back().begin(node::WallTime(1), "");
    everybody.push_back(nodes.back().mine());
  }
  for (node::Profiles& each : nodes) each.hear({node::Gossip::Step::kBetter, 0, everybody});
  return nodes;
}

// The position of the other node that this one gossips with next.
size_t partner_of(node::Profiles& node, const std::vector<std::string>& names) {
  std::string partner = node.mine().name;
  while (partner == node.mine().name) partner = node.draw_partner(names, {});
  return static_cast<size_t>(std::find(names.begin(), names.end(), partner) - names.begin());
}

// How far what one of so many nodes says of itself has got after each round of gossip (node/membership/profiles.h), in
// the nodes' own messages. A round is one gossip_interval; messages arrive at once.
class GossipingNodes {
 public:
  GossipingNodes(int nodes, uint64_t seed) {
    for (int i = 0; i < nodes; ++i) names_.push_back(member_name(i));
    nodes_ = acquainted(names_, seed);
  }

  // The first node changes; rounds until the last one knows.
  int spread() {
    node::Load load;
    load.keys = 1;
    nodes_.front().publish(load, 1);
    int rounds = 0;
    for (; !all_know(); ++rounds) {
      for (node::Profiles& each : nodes_) tell_one(each);
    }
    rounds_ += rounds;
    return rounds;
  }
  uint64_t bytes_a_round() const {  // of each node, sent
    return bytes_ / static_cast<uint64_t>(std::max(rounds_, 1)) / nodes_.size();
  }

 private:
  bool all_know() const {
    return std::all_of(nodes_.begin(), nodes_.end(),
                       [&](const node::Profiles& each) { return each.of(names_.front())->load.keys == 1; });
  }
  void tell_one(node::Profiles& teller) {
    node::Profiles& other = nodes_[partner_of(teller, names_)];
    std::optional<node::Gossip> said = teller.tell();
    for (bool tellers = true; said; tellers = !tellers) {
      count(tellers ? teller : other, *said);
      said = (tellers ? other : teller).hear(*said);
    }
  }
  void count(const node::Profiles& from, node::Gossip gossip) {
    bytes_ += packet_bytes(from.mine().name, std::move(gossip));
  }

  std::vector<std::string> names_;
  std::vector<node::Profiles> nodes_;
  int rounds_ = 0;
  uint64_t bytes_ = 0;
};

struct Spreading {
  int rounds = 0;
  double kib_a_node = 0;  // sent, on average
};

// One node knows the new table, and nobody has got the message that it sends to each. In every round each node gossips
// with one that it draws; of two with different tables the one that is behind is told the other's.
Spreading spread(const node::RoutingTable& table, uint64_t seed) {
  std::vector<std::string> names;
  for (const node::Member& member : table.members) {
    if (member.after() || member.before()) names.push_back(member.name);
  }
  std::vector<node::Profiles> nodes = acquainted(names, seed);
  const size_t bytes_of_table = packet_bytes(names.front(), node::NewTable{table});
  std::vector<bool> knows(names.size(), false);
  knows[0] = true;
  Spreading result;
  uint64_t bytes = 0;
  for (; std::count(knows.begin(), knows.end(), false) > 0; ++result.rounds) {
    for (size_t i = 0; i < names.size(); ++i) {
      const size_t other = partner_of(nodes[i], names);
      bytes += packet_bytes(names[i], nodes[i].tell());
      if (knows[i] == knows[other]) continue;
      knows[i] = knows[other] = true;
      bytes += bytes_of_table;
    }
  }
  result.kib_a_node = static_cast<double>(bytes) / 1024 / static_cast<double>(names.size());
  return result;
}

// Copies that some node needs after the change and does not hold before it, of so many keys with all their copies.
int64_t copies_moved(const node::RoutingTable& before, const node::RoutingTable& after) {
  node::Directory directory;
  const node::Layout old(before, directory);
  const node::Layout young(after, directory);
  int64_t moved = 0;
  for (int key = 0; key < kScaledKeys; ++key) {
    const node::Slot slot = node::slot_of("key:" + std::to_string(key));
    const auto& held = old.at(slot).owners.front();
    for (const node::NodeIndex owner : young.at(slot).owners.front()) {
      moved += std::find(held.begin(), held.end(), owner) == held.end();
    }
  }
  return moved;
}

// The same where key number k of so many nodes is kept by nodes k mod n and the next ones, as without consistent
// hashing.
int64_t copies_moved_by_modulo(int before, int after) {
  int64_t moved = 0;
  for (int key = 0; key < kScaledKeys; ++key) {
    const int hash = node::slot_of("key:" + std::to_string(key));
    for (int copy = 0; copy < kScaledReplicas; ++copy) {
      const int owner = (hash + copy) % after;
      const int first = hash % before;  // and the ones after it, round the circle
      const bool had = owner < before && (owner - first + before) % before < kScaledReplicas;
      moved += !had;
    }
  }
  return moved;
}

// Both steps of a change: it begins, and it ends. (Both matter: the first draws the new owners.)
node::RoutingTable changed(const node::RoutingTable& table, const node::Change& change) {
  return finished(assigned(next_step(table, change)));
}

struct Moved {
  int64_t copies = 0;
  int64_t by_modulo = 0;
  double theory = 0;
  node::RoutingTable table;
};

// But for the luck of the tokens.
bool as_in_theory(const Moved& moved) { return std::abs(static_cast<double>(moved.copies) / moved.theory - 1) < 0.25; }

Moved join_one(int nodes) {
  Moved moved;
  const node::RoutingTable table = uniform_table(nodes);
  moved.table = changed(table, {node::Change::Kind::kJoin, member_name(nodes), member_address(nodes), ""});
  moved.copies = copies_moved(table, moved.table);
  moved.by_modulo = copies_moved_by_modulo(nodes, nodes + 1);
  moved.theory = static_cast<double>(kScaledKeys) * kScaledReplicas / (nodes + 1);  // the newcomer's share
  return moved;
}

// One after another, as changes are: what goes to a node that leaves later moves again.
Moved rack_leaves(int nodes) {
  Moved moved;
  moved.table = uniform_table(nodes);
  const int rack = nodes / kRackOneOf;
  for (int i = 0; i < rack; ++i) {
    const node::RoutingTable next =
        changed(moved.table, {node::Change::Kind::kLeave, member_name(nodes - 1 - i), "", ""});
    moved.copies += copies_moved(moved.table, next);
    moved.by_modulo += copies_moved_by_modulo(nodes - i, nodes - i - 1);
    moved.theory += static_cast<double>(kScaledKeys) * kScaledReplicas / (nodes - i);  // the share of each when it goes
    moved.table = next;
  }
  return moved;
}

void bench_gossip(Terminal& terminal) {
  constexpr int kTimes = 3;
  terminal.print_line(
      fmt::format("  Gossip: rounds until all know what one node changed; the least and the most of {}", kTimes));
  terminal.print_line(terminal.paint(Colour::kDim, "  " + pad("nodes", 10) + pad_left("log2", 6) +
                                                       pad_left("rounds", 10) + pad_left("KiB a node and round", 24)));
  for (const int nodes : {10, 30, 100, 300, 1000}) {
    int least = INT_MAX;
    int most = 0;
    uint64_t bytes = 0;
    for (uint64_t seed = 1; seed <= kTimes; ++seed) {
      GossipingNodes cluster(nodes, seed);
      const int rounds = cluster.spread();
      least = std::min(least, rounds);
      most = std::max(most, rounds);
      bytes = std::max(bytes, cluster.bytes_a_round());
    }
    terminal.print_line("  " + pad(std::to_string(nodes), 10) + pad_left(fmt::format("{:.1f}", std::log2(nodes)), 6) +
                        pad_left(fmt::format("{}–{}", least, most), 10) +
                        pad_left(fmt::format("{:.1f}", static_cast<double>(bytes) / 1024), 24));
    if (Signals::interrupted()) return;
  }
  terminal.print_line("");
}

void bench_members(Terminal& terminal) {
  terminal.print_line(fmt::format(
      "  Members change: rounds of gossip until all have the new table; copies moved, of {} keys three times",
      with_commas(kScaledKeys)));
  terminal.print_line(terminal.paint(Colour::kDim, "  " + pad("change", 34) + pad_left("log2", 6) +
                                                       pad_left("rounds", 8) + pad_left("KiB a node", 12) +
                                                       pad_left("copies", 10) + pad_left("in theory", 11) +
                                                       pad_left("hash mod n", 12)));
  for (const int nodes : {8, 32, 128, 248}) {
    for (const bool joins : {true, false}) {
      const Moved moved = joins ? join_one(nodes) : rack_leaves(nodes);
      const Spreading spreading = spread(moved.table, static_cast<uint64_t>(nodes));
      const std::string what = joins ? fmt::format("a node joins {}", nodes)
                                     : fmt::format("{} of {} leave, one by one", nodes / kRackOneOf, nodes);
      terminal.print_line(
          "  " + pad(what, 34) + pad_left(fmt::format("{:.1f}", std::log2(nodes)), 6) +
          pad_left(std::to_string(spreading.rounds), 8) + pad_left(fmt::format("{:.1f}", spreading.kib_a_node), 12) +
          terminal.paint(as_in_theory(moved) ? Colour::kNone : Colour::kRed, pad_left(with_commas(moved.copies), 10)) +
          pad_left(with_commas(static_cast<int64_t>(moved.theory)), 11) + pad_left(with_commas(moved.by_modulo), 12));
      if (Signals::interrupted()) return;
    }
  }
  terminal.print_line("");
}

}  // namespace

int bench_scale() {
  Signals signals;
  Terminal terminal(stdout);
  bench_gossip(terminal);
  if (!Signals::interrupted()) bench_members(terminal);
  return Signals::interrupted() ? checkers::exit_code(checkers::Verdict::kUnknown) : 0;
}

}  // namespace harness
