// What a command means to the record under its key: the semantic layer. Pure functions, one file a type: plain.cc,
// cart.cc (sets too), counter.cc, linear.cc.
//
// A write never changes a record directly. It makes a delta, a small record that, merged into any replica in any order
// and any number of times, brings about the change. The same delta goes to the coordinator's own copy, to the other
// homes, and into hints.
#pragma once

#include <string>

#include "node/base/error.h"
#include "node/causality/record.h"
#include "node/options.h"
#include "node/wire/command.h"

namespace node {

// What a key holds; each command is about one of these.
enum class Type { kPlain, kCart, kSet, kCounter, kLinear };

// Who coordinates, and what it must not forget.
struct Coordinating {
  Actor actor;      // this life
  uint64_t next_n;  // its next dot on this key
  Tally tally;      // its totals on this key so far (plain increments)
  int64_t wall_ms = 0;
  Merge merge = Merge::kObservedRemove;
  Bug bug = Bug::kNone;
};

struct Applied {
  Record delta;
  std::string reply;           // RESP
  bool many_siblings = false;  // it leaves Options::kManySiblings or more
};

// `local`: what the coordinating replica holds; `seen`: what R replicas hold, for a write that reads first, else
// `local`.
Result<Applied> apply_write(const Command& command, const Record& local, const Record& seen, const Coordinating& by);

// The reply (RESP) of a read, from the merged answers of R replicas.
Result<std::string> answer_read(const Command& command, const Record& merged, Merge merge);

// The parts of these two, by type.
Applied apply_plain(const Command& command, const Record& local, const Coordinating& by);
Applied apply_cart(const Command& command, const Record& local, const Record& seen, const Coordinating& by);
Result<Applied> apply_counter(const Command& command, const Record& local, const Coordinating& by);
Result<Applied> apply_linear(const Command& command, const Record& local, const Record& seen, const Coordinating& by);
std::string answer_plain(const Command& command, const Record& merged);
std::string answer_cart(const Command& command, const Record& merged, Merge merge);
std::string answer_linear(const Record& merged);

int64_t counter_value(const Record& record);

}  // namespace node
