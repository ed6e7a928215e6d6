// The planted bugs. Quorums and anti-entropy repair much, so each names a run in which its damage stays visible: the
// fault that it needs, at a pace that gives it several chances in a few seconds.
#include "harness/systems/system.h"

namespace harness {

const std::vector<BugInfo>& all_bugs() {
  static const std::vector<BugInfo> kAll = {
      {"acknowledge-early", "a write is acknowledged before W replicas have it", "quorum-reads",
       "--workload counter --strict --nemesis partition --partition isolate-one --time-limit 8s --nemesis-interval 2s"},
      {"repair-with-first-reply", "read repair takes the first reply for the truth instead of the merge of all",
       "siblings", "--workload register --strict --nemesis partition --time-limit 8s --nemesis-interval 2s"},
      {"no-anti-entropy", "replicas never compare themselves: what nobody reads stays behind", "convergence",
       "--workload counter --strict --no-hints --nemesis partition --time-limit 8s --nemesis-interval 2s "
       "--convergence-limit 5s"},
      {"double-increment", "an increment that is sent again under its identity counts again", "counter",
       "--workload counter --nemesis pause --time-limit 8s --nemesis-interval 2s"},
      // One home a key: what is written while it cannot be reached is in hints alone.
      {"forget-hints", "a restarted node no longer has its hints", "cart",
       "--workload cart --replicas 1 --read-quorum 1 --write-quorum 1 --nemesis partition,kill --partition halves "
       "--kill all --time-limit 10s --nemesis-interval 3s"},
      {"persist-late", "a write is acknowledged half a second before it is on disk", "cart",
       "--workload cart --nemesis kill --kill all --time-limit 8s --nemesis-interval 2s"},
      {"reuse-actor", "a node that lost its disk takes its old actor id and counts on from one", "siblings",
       "--workload register --storage memory --nemesis kill --kill one --time-limit 8s --nemesis-interval 2s"},
      // Those with --sim need what seldom meets: a simulated run has it by the dozen in a second.
      {"reuse-request-ids", "a restarted node numbers its requests from one again, and takes late answers for new ones",
       "siblings",
       "--sim --workload register --strict --nemesis kill --kill one --nemesis-interval 400ms --rate 100 "
       "--sim-sync 100us-300ms --rare-paths 5 --time-limit 5m"},
      {"show-early", "readers are shown what is not on disk yet", "linearizable",
       "--sim --workload register --lin --nemesis kill --kill all --nemesis-interval 400ms --rate 100 "
       "--sim-sync 100us-300ms --time-limit 2m"},
      {"misdeliver-hints", "a hint is handed to another node than its home, and dropped", "cart",
       "--workload cart --replicas 1 --read-quorum 1 --write-quorum 1 --nemesis partition --partition halves "
       "--time-limit 8s --nemesis-interval 2s --convergence-limit 5s"},
      {"reap-early", "a tombstone is dropped before all replicas have seen it", "quorum-reads",
       "--sim --workload set --strict --no-hints --nemesis partition --partition one-way --nemesis-interval 500ms "
       "--time-limit 60s"},
      {"skip-range", "replicas never compare a quarter of their Merkle trees", "convergence",
       "--workload counter --strict --no-hints --nemesis partition --time-limit 8s --nemesis-interval 2s "
       "--convergence-limit 5s"},
      {"clock-decides", "a write whose clock is behind that of what it was built on is thrown away", "siblings",
       "--sim --workload register --nemesis clock --time-limit 10s --nemesis-interval 2s"},
      {"stale-table", "nodes serve requests of nodes with an older routing table, and tell nobody of a newer one",
       "convergence",
       "--sim --workload counter --strict --no-hints --nemesis membership,partition --time-limit 12s "
       "--nemesis-interval 3s"},
      {"join-loses-range", "of two nodes that join at once, the first is an owner before it has its data",
       "quorum-reads",
       "--sim --workload counter --strict --read-quorum 1 --write-quorum 3 --no-hints --no-anti-entropy --nemesis "
       "membership --time-limit 12s --nemesis-interval 3s"},
  };
  return kAll;
}

}  // namespace harness
