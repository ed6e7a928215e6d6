// Who takes part, and which ranges of slots each owns: the little that all nodes must agree on. Everything else about
// the ring follows from it. Epochs count the changes; the nodes agree on the table of each
// (reconfiguration/agreement.h).
//
// A change takes two epochs. In the first the ring is in transition: the owners before and the owners after it both
// keep their slots, and data moves. In the second only the latter are left.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/base/bytes.h"
#include "node/options.h"
#include "node/ring/member.h"
#include "node/ring/ring.h"

namespace node {

struct RoutingTable {
  uint64_t epoch = 0;  // 0: this node knows of no cluster yet
  int replicas = 0;    // N, R, W
  int read_quorum = 0;
  int write_quorum = 0;
  RingKind ring;
  std::vector<Member> members;  // the first ones by name, then in the order in which they joined
  Points points;                // the owners; while in transition, those before the change
  Points next;                  // those after it, while in transition; else empty

  // The one that nodes start with that were told of each other: epoch 1.
  static RoutingTable first(const Options& options);

  // Once members were marked as joining, leaving or lost: the points after that, by the rule of the kind of ring. A
  // change that needs no rule (rebalancing) sets `next` itself.
  void begin_change();
  // The owners after the change are the owners.
  void end_change();
  bool in_transition() const { return !next.empty(); }
  const Member* find(std::string_view name) const;
  // How many points of the ring are its own now: its virtual nodes.
  size_t points_of(std::string_view name) const;
  size_t count_before() const;
  size_t count_after() const;

  void encode(Writer& w) const;
  static RoutingTable decode(Reader& r);
  friend bool operator==(const RoutingTable&, const RoutingTable&) = default;
};

}  // namespace node
