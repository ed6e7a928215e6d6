// Anti-entropy (Dynamo §4.7): two nodes compare what they hold of the slots that both are homes of, from coarse to
// fine along their Merkle trees (replica/tree.h), and send each other only what differs. What only one of the two is a
// home of takes no part.
//
//   A: SYNC.GROUPS  one digest of all     →  B
//   A  ←  B: SYNC.GROUPS  if it differs: digests of 128 groups
//   A: SYNC.SLOTS  digests of the slots in groups that differ  →  B
//
// From there on each answers with what it has of the regions that differ, until nothing is left to compare:
//
//   SYNC.BRANCHES  of a region with many keys: digests of its sixteen parts
//   SYNC.LEAVES    of one with few: hash and digest of each key
//   SYNC.WANT      keys of a leaf that the sender lacks or has otherwise, beside its own records of those, as REPAIR
//
// Where nothing differs a round is one message of some tens of bytes. (After a silence something does: then A begins
// with the groups.) A write that is under way looks like a difference,
// so slots that have just changed are mostly left out; what slips through costs a message and no more, for merging is
// idempotent.
#pragma once

#include <vector>

#include "node/replica/replica.h"

namespace node {

class Exchange {
 public:
  explicit Exchange(Replica& replica) : replica_(replica), limits_(replica.options().limits) { begin_epoch(); }
  void begin_epoch();  // the routing table has changed

  // Begins an exchange with the next peer that is up. Called every anti_entropy_interval.
  void begin(Turn& turn);
  // Of all slots when the two could not hear each other for a while, or of what the last exchange left out.
  void begin_with(Turn& turn, NodeIndex peer);

  void on_groups(Turn& turn, NodeIndex from, const SyncGroups& message);
  void on_slots(Turn& turn, NodeIndex from, const SyncSlots& message);
  void on_branches(Turn& turn, NodeIndex from, const SyncBranches& message);
  void on_leaves(Turn& turn, NodeIndex from, const SyncLeaves& message);
  void on_want(Turn& turn, NodeIndex from, const SyncWant& message);

  // Slots that both of us are homes of, in order.
  const std::vector<Slot>& shared(NodeIndex peer) const;

 private:
  struct Answer;
  void begin_round(Turn& turn, NodeIndex peer, bool all);
  unsigned compared_until() const;  // slots from here on are not
  bool compared(Slot slot) const;
  bool shares(NodeIndex peer, Slot slot) const;
  bool busy(Slot slot, Instant now) const;
  void catch_up(Instant now);
  void count(Slot slot);
  std::vector<uint64_t> group_digests(NodeIndex peer, bool all, Instant now);
  void compare(Turn& turn, NodeIndex from, const std::vector<std::pair<Slot, uint64_t>>& digests);
  void look_into(const Region& region, Answer& answer) const;
  void send(Turn& turn, NodeIndex to, Answer answer);
  void go_on_with(Turn& turn, NodeIndex peer);
  // `sent`: bytes of records in answer to one message so far. At Limits::sync_bytes, or once background work has had
  // its share for now, no more go out: it is that from then on.
  void send_record(Turn& turn, NodeIndex to, const Tree::Item& item, size_t& sent);

  Replica& replica_;
  // Of one exchange, so that no message grows without bound; what is left out differs again in the next round.
  const Limits& limits_;
  NodeIndex last_ = 0;
  uint64_t round_ = 0;
  std::vector<bool> goes_on_;              // by peer: the next exchange is near
  std::vector<Slot> resume_;               // by peer: the slot at which the last one was cut short
  std::vector<std::vector<Slot>> shared_;  // by peer
  // Kept up to date by what changes, so that to compare what does not change costs nothing.
  std::vector<std::vector<uint64_t>> groups_;  // by peer: digests of all slots shared with it, group by group
  std::vector<uint64_t> counted_;              // by slot: the digest with which it is in groups_
  std::vector<Slot> busy_;                     // in order, as of the last catch_up
};

}  // namespace node
