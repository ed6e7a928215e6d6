#include "node/ring/rebalance.h"

#include <algorithm>
#include <numeric>

#include "node/ring/balance.h"
#include "node/ring/spread.h"

namespace node {

namespace {

// What a slot costs each member that keeps it, in a unit in which all slots together cost about 2^17.
std::vector<double> costs_of_slots(const RoutingTable& table, std::vector<uint64_t> busy) {
  const std::vector<int> kept = balance_of(table).kept;
  busy.resize(kept.size(), 0);
  if (std::accumulate(busy.begin(), busy.end(), uint64_t{0}) == 0) return std::vector<double>(kept.size(), 8);
  std::vector<double> costs(kept.size(), 0);
  double all = 0;
  for (size_t place = 0; place < kept.size(); ++place) {
    if (kept[place] > 0) costs[place] = static_cast<double>(busy[place]) / kept[place];
    all += costs[place] * kept[place];
  }
  for (double& cost : costs) cost *= (1 << 17) / all * static_cast<double>(table.replicas);
  return costs;
}

}  // namespace

Points rebalanced(const RoutingTable& table, const std::vector<uint64_t>& busy, size_t most) {
  std::vector<NodeIndex> members;
  std::vector<int> weights;
  for (size_t place = 0; place < table.members.size(); ++place) {
    const bool stays = table.members[place].after();
    weights.push_back(stays ? table.members[place].weight : 0);
    if (stays) members.push_back(static_cast<NodeIndex>(place));
  }
  const std::vector<double> costs = costs_of_slots(table, busy);
  const Ring ring(table.points, members);
  const size_t homes = std::min(members.size(), static_cast<size_t>(table.replicas));
  std::vector<uint32_t> loads;
  for (size_t i = 0; i < table.points.size(); ++i) {
    const int before = i == 0 ? table.points.back().slot - kSlots : table.points[i - 1].slot;
    double cost = 0;
    for (size_t home = 0; home < homes; ++home) cost += costs[ring.walk(table.points[i].slot)[home]];
    const double load = (table.points[i].slot - before) * cost / static_cast<double>(homes);
    loads.push_back(static_cast<uint32_t>(load + 0.5));
  }
  Spread spread(table.points, std::move(weights), static_cast<size_t>(table.replicas), std::move(loads));
  spread.even_out(std::vector<bool>(table.points.size(), true), members, most);
  return spread.points();
}

}  // namespace node
