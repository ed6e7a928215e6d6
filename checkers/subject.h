// What the keys of a history are, told from the operations that clients did: which checkers fit a history that comes
// from elsewhere and has no test record to say so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checkers/history.h"

namespace checkers {

struct Subject {
  // "register", "cas-register", "multi-register", "mutex", "kv" (the models of Judging), "counter", "set", "queue",
  // "unique-ids"; empty: nothing that is known here.
  std::string name;
  std::string why;  // "its operations are cas, read, write"
};

// `model`, where it is not empty, is the answer.
//
//   register         read, write                  a read completes with one value
//   cas-register     read, write, cas             a cas carries [expected new]
//   multi-register   txn                          of micro-operations [read key value], [write key value] (r and w too)
//   mutex            acquire, release             (lock and unlock too)
//   kv               get, put, append             values are strings
//   counter          add, read                    of integers; a read completes with one integer
//   set              add, read                    a read completes with the list of all
//   queue            enqueue, dequeue, drain
//   unique-ids       generate
//
// Some of a row's operations are enough. Operations of two rows, or others than these, are no subject.
Subject subject_of(const History& history, const std::string& model = {});
// The same, where somebody has seen already what clients did: `names`.
Subject subject_of(const History& history, const std::vector<std::string_view>& names, const std::string& model);

// Why a checker of `data` has nothing to say about a history: it is known to be of something else, which the checker
// would take for what it knows. Empty: it may have.
std::string other_than(std::string_view data, const History& history, const Subject& subject);

}  // namespace checkers
