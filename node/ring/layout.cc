#include "node/ring/layout.h"

#include <algorithm>
#include <optional>

#include "node/base/contains.h"

namespace node {

namespace {

using Nodes = std::vector<NodeIndex>;

void add_missing(Nodes& nodes, const Nodes& more) {
  for (NodeIndex node : more) {
    if (!contains(nodes, node)) nodes.push_back(node);
  }
}

bool same_set(const Nodes& a, const Nodes& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](NodeIndex node) { return contains(b, node); });
}

Placement place(const Nodes& before, const Nodes& after, size_t replicas) {
  const auto owners = [&](const Nodes& walk) {
    return Nodes(walk.begin(), walk.begin() + static_cast<std::ptrdiff_t>(std::min(replicas, walk.size())));
  };
  Placement placement;
  placement.walk.reserve(std::max(before.size(), after.size()) + replicas);
  placement.owners.push_back(owners(before));
  placement.walk = placement.owners[0];
  if (before != after && !same_set(placement.owners[0], owners(after))) {
    placement.owners.push_back(owners(after));
    add_missing(placement.walk, placement.owners[1]);
  }
  placement.homes = placement.walk.size();
  add_missing(placement.walk, after);  // who is about to go stands in for nobody
  return placement;
}

}  // namespace

bool Placement::is_home(NodeIndex node) const {
  const auto fallbacks = walk.begin() + static_cast<std::ptrdiff_t>(homes);
  return std::find(walk.begin(), fallbacks, node) != fallbacks;
}

Layout::Layout(const RoutingTable& table, Directory& directory) {
  Nodes before, after, number_of_place;
  for (size_t place = 0; place < table.members.size(); ++place) {
    const Member& member = table.members[place];
    number_of_place.push_back(directory.add(member.name));
    if (member.before()) before.push_back(static_cast<NodeIndex>(place));
    if (member.after()) after.push_back(static_cast<NodeIndex>(place));
  }
  const Ring old(table.points, before);
  std::optional<Ring> next;
  if (table.in_transition() || before != after) {
    next.emplace(table.in_transition() ? table.next : table.points, after);
  }
  const Ring& young = next ? *next : old;
  Nodes walk_before, walk_after;
  const auto walk = [&](const Ring& ring, Slot slot, Nodes& nodes) {
    nodes.clear();
    for (NodeIndex place : ring.walk(slot)) nodes.push_back(number_of_place[place]);
  };
  placements_.clear();
  kept_.resize(directory.size());
  placements_.reserve(table.points.size() + table.next.size() + 2);
  // Neighbours mostly share their walks.
  for (unsigned begin = 0, end = 0; begin < kSlots; begin = end) {
    const auto slot = static_cast<Slot>(begin);
    end = std::min(old.end(slot), young.end(slot));
    std::fill(placement_of_slot_.begin() + begin, placement_of_slot_.begin() + end,
              static_cast<uint16_t>(placements_.size()));
    walk(old, slot, walk_before);
    walk(young, slot, walk_after);
    Placement& placement =
        placements_.emplace_back(place(walk_before, walk_after, static_cast<size_t>(table.replicas)));
    placement.begin = begin;
    placement.end = end;
    const Nodes& owners = placement.owners.front();
    for (size_t i = 0; i < owners.size(); ++i) {
      if (owners[i] >= kept_.size()) continue;  // the directory was full
      const int slots = static_cast<int>(end - begin);
      kept_[owners[i]].slots += slots;
      if (i == 0) kept_[owners[i]].first += slots;
    }
  }
}

int Layout::slots_kept(NodeIndex node, bool first_only) const {
  if (node >= kept_.size()) return 0;
  return first_only ? kept_[node].first : kept_[node].slots;
}

}  // namespace node
