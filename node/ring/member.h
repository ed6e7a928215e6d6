// A node as the routing table lists it.
#pragma once

#include <string>

#include "node/causality/dot.h"

namespace node {

struct Member {
  enum class State {
    kMember,
    kJoining,  // a member after the change
    kLeaving,  // a member before it; hands its data over
    kLost,     // a member before it; dead, its data is given up
    kLeft,     // was a member; its place in the list stays, because points name members by place
  };
  std::string name;
  std::string address;
  State state = State::kMember;
  int weight = kOrdinary;  // its share of the slots, in percent of an ordinary member's
  Actor disk = {};         // whose memory counts when it votes (reconfiguration/electorate.h); null: that of a founder

  static constexpr int kOrdinary = 100;
  static constexpr int kHeaviest = 10'000;

  bool before() const { return state == State::kMember || state == State::kLeaving || state == State::kLost; }
  bool after() const { return state == State::kMember || state == State::kJoining; }
  friend bool operator==(const Member&, const Member&) = default;
};

}  // namespace node
