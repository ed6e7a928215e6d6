// Hinted handoff (Dynamo §4.6): what this node keeps for homes that could not be reached goes to them when they are
// back. A hint is a whole delta, so delivering it twice or late does no harm; it is dropped only after its home has it
// on disk, and only if nothing was added to it meanwhile.
#pragma once

#include <map>

#include "node/replica/replica.h"

namespace node {

class Handoff {
 public:
  explicit Handoff(Replica& replica) : replica_(replica) {}

  // Offers hints to the homes that are up. Called every handoff_interval, and when a home comes back.
  void deliver(Turn& turn);
  // A home has it on disk. True if the acknowledgement was for a hint of ours.
  bool delivered(Turn& turn, const RequestId& id);
  size_t under_way() const { return flights_.size(); }

 private:
  struct Flight {
    std::string hint_key;
    uint64_t digest = 0;
    Instant sent{0};
  };
  void deliver_to(Turn& turn, NodeIndex home);
  NodeIndex receiver(NodeIndex home, Instant now) const;

  Replica& replica_;
  std::map<uint64_t, Flight> flights_;       // by request number
  std::map<std::string, uint64_t> by_hint_;  // hint key → request number
};

}  // namespace node
