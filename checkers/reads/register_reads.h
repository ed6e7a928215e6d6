// What each read of a register shows of the writes before it: whether it is regular or safe (Lamport, "On interprocess
// communication", 1986; of several writers, the weakest regularity of Shao, Welch et al. 2011), and how stale it is.
//
// One write comes before another only if it was over before that one began. A read is stale if some acknowledged write
// lies wholly between a write of what it returned and the read itself. Where a value was written several times, the
// read is given the benefit of the latest of these writes; where a read returned siblings, of the latest of them.
#pragma once

#include <string>
#include <vector>

#include "checkers/trial.h"

namespace checkers {

struct ReadFacts {
  enum class Shows {
    kRegular,  // the last write before it, or one that was under way then or while it ran
    kStale,
    kUnwritten,  // what nobody wrote
    kFailed,     // what only a write wrote that failed
    kFuture,     // what was written only after it was over
  } shows = Shows::kRegular;
  const Operation* read = nullptr;
  bool alone = false;  // no write was under way while it was
  // Stale: acknowledged writes wholly between what it shows and itself, at least so many versions is it behind; and of
  // these the first to be over, since when it need not have been stale.
  int64_t versions_behind = 0;
  const Operation* missed = nullptr;
  // A write of what it shows: the latest before the read, or the one that failed or came later. Null: the initial
  // value, or no such write.
  const Operation* shown = nullptr;

  Nanos behind() const { return missed == nullptr ? Nanos(0) : read->start() - missed->end(); }
};

struct ObservedReads {
  std::vector<ReadFacts> reads;  // answered ones that tell something, in the order of their invocation, key by key
  bool written = false;          // somebody wrote, or tried to
  std::string refused;           // not empty: why these operations are no reads and writes of registers
};

// All keys of a trial whose subject is register, cas-register or kv without appends. O(n log n).
ObservedReads look_at_reads(const Trial& trial);

}  // namespace checkers
