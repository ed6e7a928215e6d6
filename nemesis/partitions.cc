#include "nemesis/partitions.h"

#include <algorithm>

namespace nemesis {
namespace {

using Nodes = std::vector<std::string>;

void cut_from_to(const Nodes& from, const Nodes& to, std::vector<Cut>& cuts) {
  for (const std::string& a : from) {
    for (const std::string& b : to) cuts.push_back({a, b});
  }
}

Partition in_order(Partition partition) {
  std::sort(partition.cuts.begin(), partition.cuts.end());
  for (Nodes& side : partition.sides) std::sort(side.begin(), side.end());
  return partition;
}

Partition split_at(const Nodes& nodes, size_t first_side) {
  const auto middle = nodes.begin() + static_cast<ptrdiff_t>(first_side);
  Partition partition;
  partition.sides = {Nodes(nodes.begin(), middle), Nodes(middle, nodes.end())};
  cut_from_to(partition.sides[0], partition.sides[1], partition.cuts);
  cut_from_to(partition.sides[1], partition.sides[0], partition.cuts);
  return in_order(std::move(partition));
}

}  // namespace

Partition isolate_one(const Nodes& nodes) { return split_at(nodes, 1); }

Partition halves(const Nodes& nodes) { return split_at(nodes, nodes.size() / 2); }

Partition majorities_ring(const Nodes& nodes) {
  const size_t count = nodes.size();
  const size_t majority = count / 2 + 1;
  // So many neighbours on each side make, with the node itself, at least a majority. Both ends of a link see it, so
  // cuts come in pairs.
  const size_t reach = majority / 2;
  Partition partition;
  for (size_t a = 0; a < count; ++a) {
    for (size_t b = 0; b < count; ++b) {
      const size_t clockwise = (b + count - a) % count;
      if (std::min(clockwise, count - clockwise) > reach) partition.cuts.push_back({nodes[a], nodes[b]});
    }
  }
  return in_order(std::move(partition));
}

Partition bridge(const Nodes& nodes) {
  Partition partition = halves(Nodes(nodes.begin() + 1, nodes.end()));
  partition.sides.insert(partition.sides.begin() + 1, Nodes{nodes.front()});
  return partition;
}

Partition one_way(const Nodes& nodes, size_t senders) {
  const auto middle = nodes.begin() + static_cast<ptrdiff_t>(senders);
  Partition partition;
  partition.sides = {Nodes(nodes.begin(), middle), Nodes(middle, nodes.end())};
  cut_from_to(partition.sides[0], partition.sides[1], partition.cuts);
  return in_order(std::move(partition));
}

size_t least_nodes(std::string_view shape) {
  if (shape == "majorities-ring") return 4;
  if (shape == "bridge") return 3;
  return 2;
}

}  // namespace nemesis
