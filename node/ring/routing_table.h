// Who takes part, and what the ring is made of: the little that all nodes must agree on. Everything else about the ring
// follows from it. Epochs count the changes; the nodes agree on the table of each (membership/agreement.h).
//
// A change takes two epochs. In the first the ring is in transition: the members before and the members after it both
// own their slots, and data moves. In the second only the latter are left.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/base/bytes.h"
#include "node/options.h"

namespace node {

struct Member {
  enum class State {
    kMember,
    kJoining,  // a member after the change
    kLeaving,  // a member before it; hands its data over
    kLost,     // a member before it; dead, its data is given up
    kLeft,     // was a member; its place in the list stays, so that the ring is the same for all
  };
  std::string name;
  std::string address;
  State state = State::kMember;

  bool before() const { return state == State::kMember || state == State::kLeaving || state == State::kLost; }
  bool after() const { return state == State::kMember || state == State::kJoining; }
  friend bool operator==(const Member&, const Member&) = default;
};

struct RoutingTable {
  uint64_t epoch = 0;  // 0: this node knows of no cluster yet
  int replicas = 0;    // N, R, W
  int read_quorum = 0;
  int write_quorum = 0;
  int tokens = 0;
  std::vector<Member> members;  // the first ones by name, then in the order in which they joined

  // The one that nodes start with that were told of each other: epoch 1.
  static RoutingTable first(const Options& options);

  bool in_transition() const;
  const Member* find(std::string_view name) const;
  size_t count_before() const;
  size_t count_after() const;

  void encode(Writer& w) const;
  static RoutingTable decode(Reader& r);
  friend bool operator==(const RoutingTable&, const RoutingTable&) = default;
};

}  // namespace node
