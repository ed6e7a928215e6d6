// Faults at random: partitions of all shapes, crashes of one node or all, pauses, clocks, a bad network; and nodes that
// join and leave meanwhile. Which kinds a seed has is drawn first: without some of them, others come further.
#pragma once

#include "harness/sim/random.h"
#include "tests/node/sim/cluster.h"

namespace node::sim {

class Storm {
 public:
  Storm(Cluster& t, uint64_t seed);

  void blow();  // now and then, something
  void end();   // everything is healed, restarted and resumed

 private:
  void cut();
  void change_members();
  int any_node() { return static_cast<int>(random_.below(static_cast<uint64_t>(t_.size()))); }

  Cluster& t_;
  Random random_;
  bool cuts_, crashes_, pauses_, clocks_, disks_, changes_;
  // An acknowledged write survives the loss of W-1 disks. In strict mode none is lost: what a read may miss while the
  // node gets its data back is another promise.
  int disks_to_lose_;
  int may_leave_;  // so many more
};

}  // namespace node::sim
