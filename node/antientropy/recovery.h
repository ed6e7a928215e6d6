// A node that has lost its disk, or replaces one, fills itself again before it takes part in strict reads. Until then
// it may lack what it once acknowledged, and two such answers could outvote the one node that still knows.
//
// An acknowledged write outlives W-1 lost disks. So some home that still has its disk holds it, and of any N-W+1 such
// homes at least one does: from so many this node pulls everything of each of its slots, or from all the others, if
// they have lost theirs too (so does a new cluster begin). It begins one request deadline after its start: by then no
// write can still be counting on an acknowledgement of its former life.
//
//   A: SYNC.PULL  where to go on, digests of the next slots  →  B
//   A  ←  B: SYNC.PAGE  the records there that differ, where to go on, and whether B is whole itself
//
// A node is whole for good: it says so on disk, after the last record that it pulled. So is one that joins, for it owns
// nothing yet: what it gets is the business of reconfiguration/transfer.h.
#pragma once

#include <map>
#include <string>

#include "node/antientropy/exchange.h"

namespace node {

class Recovery {
 public:
  Recovery(Replica& replica, const Exchange& exchange) : replica_(replica), exchange_(exchange) {}

  // A routing table is in use, at the start too: other nodes may be homes than before.
  void begin_epoch(Turn& turn);
  void tick(Turn& turn);    // at its timer, while it is under way
  void settle(Turn& turn);  // the disk has got further

  void on_pull(Turn& turn, NodeIndex from, const SyncPull& message);
  void on_page(Turn& turn, NodeIndex from, const SyncPage& message);

  // Under this name in Table::kState.
  static constexpr const char* kWhole = "whole";

 private:
  struct Source {
    std::string next;   // first key that was not pulled yet
    Instant asked{-1};  // the page under way; -1: none
    Actor life;         // of the source: another one begins anew
    bool finished = false;
    bool whole = false;  // it was, all the while
  };
  void ask(Turn& turn, NodeIndex peer, Source& source);
  bool enough() const;
  bool pulled(NodeIndex peer, bool whole) const;

  Replica& replica_;
  const Exchange& exchange_;
  std::map<NodeIndex, Source> sources_;
  uint64_t last_write_ = 0;  // number of the word on disk; 0: not written yet
  bool timer_set_ = false;
};

}  // namespace node
