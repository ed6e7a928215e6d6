// Ends tombstones: what is left of a deleted key is its context, and that is kept until nobody can hold anything that
// it supersedes.
//
// The first home of a key, once its tombstone is older than reap_after, asks every member. A home agrees if it holds
// the very same and no hint for the key, any other if it holds nothing of the key at all. When all have agreed each
// home erases it. A member that is down agrees to nothing: it may keep a hint. reap_after must be longer than a client
// would retry an operation: the memory that it was done goes with the tombstone.
//
//   A: REAP.ASK  keys and digests  →  everybody          A  ←  B: REAP.AGREE  those of them that may go
//   A: REAP      keys and digests  →  the homes
//
// A home that missed the last message hands its tombstone back to the others by anti-entropy, and it begins anew.
#pragma once

#include <map>
#include <set>
#include <string>

#include "node/replica/replica.h"

namespace node {

class Reaper {
 public:
  explicit Reaper(Replica& replica) : replica_(replica) {}

  void tick(Turn& turn);  // looks at a part of the slots, and ends a round that got no answers
  void on_ask(Turn& turn, NodeIndex from, const RequestId& id, const ReapAsk& message);
  void on_agree(Turn& turn, NodeIndex from, const RequestId& id, const ReapAgree& message);
  void on_reap(Turn& turn, const Reap& message);

  static constexpr Duration kInterval = std::chrono::milliseconds(500);

 private:
  struct Seen {
    uint64_t digest = 0;
    Instant since{0};
  };
  struct Round {  // one at a time
    RequestId id;
    Instant ends{0};
    std::map<std::string, uint64_t> tombs;  // key → digest: those that all have agreed to so far
    std::set<NodeIndex> missing;            // have not answered
  };
  void look(Instant now, unsigned first, unsigned end);  // slots
  bool first_home(Slot slot) const;
  void begin_round(Turn& turn);
  void finish_round(Turn& turn);
  bool agrees(const std::string& key, uint64_t digest) const;
  bool everybody_is_up(Instant now) const;

  Replica& replica_;
  unsigned next_slot_ = 0;
  std::map<std::string, Seen> seen_;  // tombstones of keys that this node is the first home of, by storage key
  Round round_;
};

}  // namespace node
