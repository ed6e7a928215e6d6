// How even rings are: `harness bench ring`. Nothing is started; the node's own rules cut rings up for made-up names.
#include <fmt/format.h>

#include "harness/cli/commands.h"
#include "harness/report/terminal.h"
#include "harness/report/text.h"
#include "node/ring/balance.h"

namespace harness {

namespace {

struct Column {
  node::RingKind kind;
  double published[3];  // for 5, 10 and 30 members: what such rings give, to compare with
};
constexpr auto kTokens = node::RingKind::Cut::kTokens;
constexpr auto kEqual = node::RingKind::Cut::kEqual;
// Dynamo §6.2: strategy 1 with T tokens a node, strategy 3 with Q partitions in all.
constexpr Column kColumns[] = {
    {{kTokens, 1}, {0.73, 0.56, 0.45}},   {{kTokens, 6}, {0.80, 0.73, 0.64}},   {{kTokens, 16}, {0.87, 0.81, 0.76}},
    {{kTokens, 64}, {0.92, 0.90, 0.86}},  {{kTokens, 128}, {0.95, 0.93, 0.90}}, {{kEqual, 256}, {1.00, 0.98, 0.95}},
    {{kEqual, 1024}, {1.00, 0.99, 0.98}},
};
constexpr int kMembers[3] = {5, 10, 30};
constexpr double kTolerance = 0.03;

// Names decide where tokens lie; they are the seed.
node::RoutingTable table_of(const node::RingKind& kind, int members, int seed) {
  node::Options options;
  options.ring = kind;
  for (int i = 1; i <= members; ++i) options.peers.push_back({fmt::format("s{}n{}", seed, i), "-"});
  return node::RoutingTable::first(options);
}

// Names do not matter to equal rings.
int seeds_for(const node::RingKind& kind, int seeds) { return kind.cut == kEqual ? 1 : seeds; }

double mean_efficiency(const node::RingKind& kind, int members, int seeds) {
  seeds = seeds_for(kind, seeds);
  double sum = 0;
  for (int seed = 1; seed <= seeds; ++seed) sum += node::balance_of(table_of(kind, members, seed)).efficiency;
  return sum / seeds;
}

// The ring that members leave behind that came one by one, from three on.
double grown_efficiency(const node::RingKind& kind, int members, int seeds) {
  seeds = seeds_for(kind, seeds);
  double sum = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    node::RoutingTable table = table_of(kind, 3, seed);
    for (int i = 4; i <= members; ++i) {
      table.members.push_back({fmt::format("s{}n{}", seed, i), "-", node::Member::State::kJoining});
      table.begin_change();
      table.end_change();
    }
    sum += node::balance_of(table).efficiency;
  }
  return sum / seeds;
}

}  // namespace

int bench_ring(int seeds) {
  Terminal terminal(stdout);
  terminal.print_line(fmt::format(
      "Balance of rings, N=3: mean over largest of the slots that members keep; 1 is perfect. Means of {} seeds.\n",
      seeds));
  const auto line = [](const std::string& members, auto&& cell) {
    std::string text = "  " + pad(members, 26);
    for (const Column& column : kColumns) text += pad_left(cell(column), 13);
    return text;
  };
  terminal.print_line(
      terminal.paint(Colour::kDim, line("members", [](const Column& c) { return c.kind.to_string(); })));
  bool reached = true;
  for (size_t i = 0; i < 3; ++i) {
    const std::string members = std::to_string(kMembers[i]);
    terminal.print_line(line(members + ", all from the start", [&](const Column& column) {
      const double efficiency = mean_efficiency(column.kind, kMembers[i], seeds);
      const bool good = efficiency >= column.published[i] - kTolerance;
      reached = reached && good;
      return fmt::format("{:.3f}{}", efficiency, good ? "" : " low");
    }));
    terminal.print_line(terminal.paint(Colour::kDim, line("  published", [&](const Column& column) {
                                         return fmt::format("{:.2f}", column.published[i]);
                                       })));
    terminal.print_line(line("  grown from 3, one by one", [&](const Column& column) {
      return fmt::format("{:.3f}", grown_efficiency(column.kind, kMembers[i], seeds));
    }));
  }
  terminal.print_line(
      fmt::format("\n  every ring that is whole from the start within {:.2f} of the published figure, or better: {}",
                  kTolerance, reached ? "yes" : "no"));
  return reached ? 0 : 1;
}

}  // namespace harness
