// Consistent hashing: which nodes keep a key (Dynamo §4.2, §4.3).
//
// A key hashes to one of 16,384 slots (CRC16, hash tags as in Redis Cluster). Points cut the circle of slots into
// ranges, and each point belongs to a member: its virtual nodes. The walk of a slot is the list of all members in the
// order in which one meets their points clockwise, each member once: the first N are the key's homes, the others its
// fallbacks.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "node/ring/directory.h"

namespace node {

using Slot = uint16_t;
inline constexpr Slot kSlots = 16384;

// The part of a key between the first '{' and the next '}', if not empty, decides alone: such keys share a slot.
Slot slot_of(std::string_view key);

// Owns its slot and those before it, down to the point before (exclusive).
struct Point {
  Slot slot = 0;
  NodeIndex member = 0;  // position in the list of members
  friend bool operator==(const Point&, const Point&) = default;
};
using Points = std::vector<Point>;  // by slot, no slot twice

class Ring {
 public:
  // `members`: all that take part; those without a point come last in every walk.
  Ring(const Points& points, const std::vector<NodeIndex>& members);
  static constexpr NodeIndex kNobody = Directory::kNobody;

  // All members, in the order of the walk.
  const std::vector<NodeIndex>& walk(Slot slot) const { return walks_[walk_of_slot_[slot]]; }
  // The first slot behind this one whose walk may be another; kSlots: none.
  unsigned end(Slot slot) const;

 private:
  std::vector<std::vector<NodeIndex>> walks_;  // one for each point
  std::vector<unsigned> ends_;                 // the slots behind them
  std::vector<uint16_t> walk_of_slot_;         // kSlots entries
};

}  // namespace node
