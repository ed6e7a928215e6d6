#include "node/ring/balance.h"

#include <algorithm>

namespace node {

Balance balance_of(const RoutingTable& table) {
  std::vector<NodeIndex> members;
  for (size_t place = 0; place < table.members.size(); ++place) {
    if (table.members[place].before()) members.push_back(static_cast<NodeIndex>(place));
  }
  const Ring ring(table.points, members);
  const size_t homes = std::min(members.size(), static_cast<size_t>(table.replicas));
  Balance balance{std::vector<int>(table.members.size(), 0), std::vector<int>(table.members.size(), 0), 0};
  for (int slot = 0; slot < kSlots; ++slot) {
    const std::vector<NodeIndex>& walk = ring.walk(static_cast<Slot>(slot));
    for (size_t i = 0; i < homes; ++i) ++balance.kept[walk[i]];
    if (homes > 0) ++balance.first[walk[0]];
  }
  int weights = 0;
  double most = 0;
  for (NodeIndex member : members) {
    const int weight = table.members[member].weight;
    weights += weight;
    most = std::max(most, static_cast<double>(balance.kept[member]) / weight);
  }
  if (most > 0) balance.efficiency = static_cast<double>(homes) * kSlots / weights / most;
  return balance;
}

}  // namespace node
