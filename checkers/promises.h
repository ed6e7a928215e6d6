// The terms of a run: what its settings promise, topic by topic. derive_promises() (verdict.h) prints the same rows as
// a table; the checkers judge by these and cite them.
#pragma once

#include <string>
#include <vector>

#include "checkers/history.h"

namespace checkers {

struct Terms {
  explicit Terms(const TestInfo& test);

  int replicas = 0;         // N, or the number of nodes where that is smaller
  bool strict = false;      // operations that do not say otherwise
  bool dumps = false;       // the target shows what each replica holds
  bool contexts = false;    // writes name what they supersede; else a write supersedes what was there
  bool by_clock = false;    // of plain values that met, clocks choose: the later write may rightly be the one not shown
  bool identified = false;  // a retry under the same identity counts once
  bool kill_loses_disk = false;
  // Replicas that missed something are brought up to date whether anybody reads or not, or none can have missed any.
  bool mended = true;
  // Then, or where R+W > N, a final read shows what was acknowledged. What was not may show through one node and not
  // through another, unless replicas are mended.
  bool finals_complete = true;
  // MODE lin: so many nodes may lose their disks. One that has lost it is filled again from a majority before it
  // answers.
  int spare_disks = 0;

  Promise convergence;
  Promise power_cycle;  // what is on disk survives kill -9 of all nodes at the end
  Promise quorum_reads;
  Promise availability;
  Promise crashes;
  Promise lost_additions;  // cart, set
  Promise returned_items;  // cart, set
  Promise honest_items;    // cart, set: nothing from nowhere, right quantities
  Promise counter_total;   // counter
  Promise counter_bounds;  // counter: reads
  Promise lost_writes;     // register
  Promise honest_values;   // register: nothing from nowhere, nothing superseded
  Promise linearizable;    // register
  Promise sessions;        // register
};

}  // namespace checkers
