// The planted bugs. Quorums and anti-entropy repair much, so each names the run in which its damage stays visible
// (PROMISES §12).
#include "harness/systems/system.h"

namespace harness {

const std::vector<BugInfo>& all_bugs() {
  static const std::vector<BugInfo> kAll = {
      {"acknowledge-early", "a write is acknowledged before W replicas have it", "quorum-reads",
       "--workload register --strict --nemesis partition"},
      {"repair-with-first-reply", "a read answers and repairs with the first reply instead of the merge of all",
       "quorum-reads", "--workload register --strict --nemesis partition"},
      {"no-anti-entropy", "replicas never compare themselves: what nobody reads stays behind", "convergence",
       "--workload counter --no-hints --nemesis partition"},
      {"double-increment", "an increment that is sent again under its identity counts again", "counter",
       "--workload counter --nemesis pause"},
      {"forget-hints", "a restarted node no longer has its hints", "cart",
       "--workload cart --sloppy --replicas 2 --read-quorum 1 --write-quorum 1 --nemesis partition,kill"},
      {"persist-late", "a write is acknowledged before it is on disk", "cart",
       "--workload cart --storage lmdb --nemesis kill"},
      {"reuse-actor", "a node that lost its disk takes its old actor id and counts on from one", "quorum-reads",
       "--workload register --strict --storage memory --nemesis kill"},
  };
  return kAll;
}

}  // namespace harness
