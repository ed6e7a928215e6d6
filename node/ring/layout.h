// Where each slot's data belongs under one routing table.
#pragma once

#include <vector>

#include "node/ring/directory.h"
#include "node/ring/ring.h"
#include "node/ring/routing_table.h"

namespace node {

struct Placement {
  unsigned begin = 0, end = kSlots;  // the slots, the last exclusive
  std::vector<NodeIndex> walk = {};  // homes first, then fallbacks
  size_t homes = 0;
  // Each of these must give R answers, or W acknowledgements: the homes; while the slot changes hands, those before the
  // change and those after it.
  std::vector<std::vector<NodeIndex>> owners;

  bool is_home(NodeIndex node) const;
  bool changes_hands() const { return owners.size() > 1; }
};

class Layout {
 public:
  Layout() = default;  // of a node that knows of no cluster yet
  // Members that the directory does not know are added to it.
  Layout(const RoutingTable& table, Directory& directory);

  const Placement& at(Slot slot) const { return placements_[placement_of_slot_[slot]]; }
  // Each that some slot has. Neighbours mostly share one: there are far fewer than slots.
  const std::vector<Placement>& placements() const { return placements_; }
  // Slots that the node owns before any change that is under way: all, or those that it is the first home of.
  int slots_kept(NodeIndex node, bool first_only) const;

 private:
  std::vector<Placement> placements_ = {Placement{.owners = {{}}}};
  struct Kept {
    int slots = 0;
    int first = 0;
  };
  std::vector<Kept> kept_;  // by node; of those that it does not reach: nothing
  std::vector<uint16_t> placement_of_slot_ = std::vector<uint16_t>(kSlots, 0);
};

}  // namespace node
