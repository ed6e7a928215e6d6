// Anti-entropy (Dynamo §4.7): two nodes compare what they hold of the slots that both are homes of, from coarse to
// fine, and send each other only what differs. The leaves are slots, XORed into groups, so a write changes one number
// and nothing is rebuilt; what only one of the two is a home of takes no part.
//
//   A: SYNC.GROUPS  128 digests           →  B
//   A  ←  B: SYNC.SLOTS  digests of the slots in groups that differ
//   A: SYNC.KEYS  keys and digests of slots that differ  →  B
//   A  ←  B: SYNC.WANT  keys that A has and B lacks or has otherwise; and B's own records of those, as REPAIR
//   A: REPAIR  the wanted records  →  B
//
// A write that is under way looks like a difference; merging is idempotent, so it costs a message and no more.
#pragma once

#include <vector>

#include "node/replica/replica.h"

namespace node {

class Exchange {
 public:
  explicit Exchange(Replica& replica) : replica_(replica) { begin_epoch(); }
  void begin_epoch();  // the routing table has changed

  // Begins an exchange with the next peer that is up. Called every anti_entropy_interval.
  void begin(Turn& turn);
  void begin_with(Turn& turn, NodeIndex peer);

  void on_groups(Turn& turn, NodeIndex from, const SyncGroups& message);
  void on_slots(Turn& turn, NodeIndex from, const SyncSlots& message);
  void on_keys(Turn& turn, NodeIndex from, const SyncKeys& message);
  void on_want(Turn& turn, NodeIndex from, const SyncWant& message);

 private:
  const std::vector<Slot>& shared(NodeIndex peer) const;
  std::vector<uint64_t> group_digests(NodeIndex peer) const;
  void send_record(Turn& turn, NodeIndex to, const std::string& storage_key);

  Replica& replica_;
  NodeIndex last_ = 0;
  std::vector<std::vector<Slot>> shared_;  // by peer: slots that both of us are homes of
};

}  // namespace node
