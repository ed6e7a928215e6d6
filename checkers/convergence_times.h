// How long after the heal each key took to be the same everywhere, and stay so: as polls of the replicas saw it, or, in
// a history without polls, as reads did.
#pragma once

#include "checkers/trial.h"

namespace checkers {

struct ConvergenceTimes {
  std::string seen_by;         // "polls" or "reads"; empty: nobody looked
  std::vector<int64_t> nanos;  // of every key that was seen to differ after the heal, and then no more
  int64_t never = 0;           // keys that still differed when last looked at
};

// Polls and reads from `heal` to `until`. A key that differs in one poll and not in the next had converged by the
// next, unless a later one names it again. (A poll names at most 1,000 keys: beyond, the table is of those named.) By
// reads: the last read of a key is what it converged to, and the last that showed something else was too early; keys
// that somebody still wrote to are left out.
ConvergenceTimes convergence_times(const Trial& trial, Nanos heal, Nanos until);

// {"seen by", "keys", "never", "p50", "p95", "p99", "max"} in nanoseconds; null if nobody looked.
Value to_value(ConvergenceTimes times);

}  // namespace checkers
