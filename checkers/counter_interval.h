// A counter as one object: what a linearizable one may show. For histories from elsewhere, which promise nothing less;
// what the store of this harness promises of its counters is in counter.cc and quorum_counter.cc.
//
// Three levels, each sharper than the one before:
//   interval   a read is at least the sum of what was acknowledged before it began, with all decrements that may have
//              happened, and at most that with all increments that may have (the rule of Jepsen, extended to
//              decrements)
//   exact      it is that sum and some subset of what was open while it ran: with +5 open, 3 is wrong. Where the
//   subsets
//              are too many to list, the interval stands
//   monotone   without decrements: it is no less than a read that was over before it began, and all increments that lie
//              wholly between the two
#pragma once

#include "checkers/counter_history.h"
#include "checkers/explain.h"

namespace checkers {

struct CounterReadsJudged {
  int64_t by_interval = 0;
  int64_t exactly = 0;
  int64_t against_an_earlier_one = 0;
};

// O(n log n) for a key of n operations. Final reads are left to counter.cc.
void check_counter_reads(const CounterHistory& counter, Findings& findings, CounterReadsJudged& judged);

}  // namespace checkers
