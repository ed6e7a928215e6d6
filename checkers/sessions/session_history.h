// Registers as their sessions saw them: who read whose write. The front end of the checkers sessions and causal.
//
// A session is a process. Values are unique by key, so that a value names its write; what is read before any write is
// the initial value. A write of unknown outcome counts if somebody read it. A cas is a read, and a write after it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkers/trial.h"

namespace checkers {

// Writes by number; this one is none: the initial value was read.
inline constexpr uint32_t kInitialWrite = 0xffffffff;

struct SessionWrite {
  const Operation* operation = nullptr;
  uint32_t session = 0;
  uint32_t key = 0;
  uint32_t place = 0;  // among the writes of its session, from 1
  int64_t began = 0;
  // By then it had happened: the event at which it, or the first read that showed it, returned.
  int64_t happened = kNever;
};

// A write, or what a read showed.
struct SessionStep {
  const Operation* operation = nullptr;
  uint32_t session = 0;
  uint32_t key = 0;
  uint32_t write = kInitialWrite;  // its own number, or that of the write whose value it read
  uint32_t more = 0;               // first of the further siblings that it read, in `siblings` …
  uint32_t more_count = 0;         // … and how many
  bool is_write = false;
};

// A read of a value that no write can have left there.
struct ThinAir {
  const Operation* read = nullptr;
  const Operation* failed = nullptr;  // the write that failed, if there is one
  std::string value;
};

struct SessionHistory {
  explicit SessionHistory(const Trial& trial);

  std::vector<SessionWrite> writes;  // in the order in which they began
  // Each session's in its order; of different sessions in the order in which they may have happened as far as one clock
  // tells: writes as they began, reads as they ended.
  std::vector<SessionStep> steps;
  std::vector<uint32_t> siblings;  // writes (see SessionStep::more); empty in a history of registers with one value
  std::vector<ThinAir> thin_air;   // such reads are no steps
  uint32_t sessions = 0;
  uint32_t keys = 0;
  std::string unfit;  // why nothing can be told; empty if it can
};

}  // namespace checkers
