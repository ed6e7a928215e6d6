// Is a history linearizable (Herlihy, Wing 1990)? The door for any C++ program; nothing else of this folder need be
// known. Exact: a violation comes with the few operations that contradict each other, and only a search that runs out
// of its budget answers unknown.
//
//   linear::History history;
//   history.operations = {{.called = 1, .returned = 2, .value = 7, .kind = linear::Kind::kWrite},
//                         {.called = 3, .returned = 4, .value = 0, .kind = linear::Kind::kRead}};
//   const linear::Answer answer = linear::check(history);  // violated: "A was over at 2, before B began at 3, …"
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "checkers/judging.h"

namespace checkers::linear {

using Value = int64_t;  // what a key holds, numbered by the caller: equal numbers are equal values
inline constexpr Value kUntold = std::numeric_limits<Value>::min();    // a read of it fits anything
inline constexpr int64_t kOpen = std::numeric_limits<int64_t>::max();  // in `returned`: see there

// A lock is a register with kCas from free to held and back.
enum class Kind : uint8_t { kRead, kWrite, kCas, kAppend, kTransaction };

struct Operation {
  int64_t called = 0;        // A is over before B if A.returned < B.called; any clock or counter that orders so will do
  int64_t returned = kOpen;  // kOpen: outcome unknown. It may take effect at any time from `called` on, or never
  // kRead: what it returned. kWrite, kCas: what it wrote. kAppend: the text. kTransaction: position of its first step.
  Value value = 0;
  Value expected = 0;  // kCas: what it replaced. kTransaction: its number of steps
  int32_t key = 0;     // numbered from 0 on
  Kind kind = Kind::kRead;
  bool failed = false;  // surely had no effect
};

// Part of a transaction, which takes all its steps in one moment and in their order.
struct Step {
  int32_t key = 0;
  bool write = false;
  Value value = 0;  // read or written
};

struct History {
  std::vector<Operation> operations;  // in any order; that of `called` saves time
  std::vector<Step> steps;            // of transactions
  std::vector<std::string> texts;     // where there are kAppend: values are positions in here, each text once
  Value initial = 0;                  // of every key
};

struct Violation {
  std::string anomaly;             // "stale read" …
  int32_t key = 0;                 // a transaction's keys are judged together: the lowest of them
  std::vector<size_t> operations;  // called A, B, C … below: positions in History::operations
  std::string because;             // in sentences, to be checked by hand
};

// A key on which the budget was spent, or the search was told to stop.
struct Undecided {
  int32_t key = 0;
  size_t operations = 0;
  int64_t explained_until = 0;  // operations that returned before this are known to have an order
};

struct Answer {
  enum class Verdict { kLinearizable, kViolated, kUnknown } verdict = Verdict::kLinearizable;
  std::vector<Violation> violations;  // at most one a key, in order of keys
  std::vector<Undecided> undecided;
  size_t keys = 0;
  size_t keys_by_zones = 0;     // judged in linear time, because their values are written once
  uint64_t configurations = 0;  // tried by the search for the other keys
};

// Keys are judged apart, the largest first, through `how.run`: linearizability is local. O(n) where no value of a key
// is written twice; else a depth-first search, exponential at worst in the number of operations under way at once,
// within the budgets of `how`. Reads without a result tell nothing and are passed over.
Answer check(const History& history, const Judging& how = {});

}  // namespace checkers::linear
