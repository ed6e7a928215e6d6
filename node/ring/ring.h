// Consistent hashing: which nodes keep a key (Dynamo §4.2, §4.3).
//
// A key hashes to one of 16,384 slots (CRC16, hash tags as in Redis Cluster). Every node owns some points on the circle
// of slots, its virtual nodes. The walk of a slot is the list of all nodes in the order in which one meets their points
// clockwise, each node once: the first N are the key's homes, the others its fallbacks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/ring/directory.h"

namespace node {

using Slot = uint16_t;
inline constexpr Slot kSlots = 16384;

// The part of a key between the first '{' and the next '}', if not empty, decides alone: such keys share a slot.
Slot slot_of(std::string_view key);

class Ring {
 public:
  // `names` sorted, not empty. Positions depend only on the names and the number of tokens: all nodes build the same
  // ring.
  Ring(std::vector<std::string> names, int tokens);

  const std::vector<std::string>& names() const { return names_; }
  NodeIndex index(std::string_view name) const;  // kNobody if it is no member
  static constexpr NodeIndex kNobody = UINT16_MAX;

  // All nodes, in the order of the walk.
  const std::vector<NodeIndex>& walk(Slot slot) const { return walks_[walk_of_slot_[slot]]; }
  // Position of a node in the walk.
  size_t rank(Slot slot, NodeIndex node) const;
  // Slots whose first node this is.
  int slots_owned(NodeIndex node) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<NodeIndex>> walks_;  // one for each slot that has a point; so 16 bits count them
  std::vector<uint16_t> walk_of_slot_;         // kSlots entries
};

}  // namespace node
