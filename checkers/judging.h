// How to judge, beyond what the history itself says: the flags of `harness check`, and what the judge may use of the
// machine. The judge itself starts no thread and reads no clock; whoever calls it lends it both.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkers/headway.h"
#include "checkers/value.h"

namespace checkers {

// What a node wrote to its log.
struct NodeLog {
  std::string node;
  std::string text;
};

// Of every operation of a history without a test record: strict quorums.
struct Quorums {
  int replicas = 0;
  int read = 0;
  int write = 0;
};

struct Judging {
  std::vector<std::string> only = {};  // names of checkers; empty: those that fit the history
  // What the keys are, for the checkers that need to know: register, cas-register, multi-register, mutex, kv. Empty:
  // told by the operations seen.
  std::string model = {};
  std::optional<Value> initial = {};    // value of a key before its first write; empty: that of the model
  std::optional<Quorums> quorums = {};  // empty: nobody knows them, and no two need to meet
  // Of one search, all keys together; what is undecided then is unknown.
  std::chrono::nanoseconds time_budget = std::chrono::seconds(60);
  size_t memory_budget_bytes = size_t{4} << 30;

  // For the checker logs: what the nodes wrote, and what they should not have, as POSIX extended regular expressions.
  std::vector<NodeLog> logs = {};
  std::vector<std::string> log_patterns = {};

  // Calls work(0) … work(count - 1), each once, in any order, perhaps on several threads at once; returns when all are
  // done. Empty: one after another.
  using Work = std::function<void(size_t)>;
  std::function<void(size_t count, const Work& work)> for_each = {};
  // Time since any moment that stays the same. Empty: time stands still, and the time budget is never spent.
  std::function<std::chrono::nanoseconds()> clock = {};
  // True from the moment on at which the caller wants what is known so far (ctrl-C). Asked from any thread.
  std::function<bool()> stop = {};
  // Told now and then how far a checker has come. Called from any thread.
  Headway::Progress progress = {};

  void run(size_t count, const Work& work) const {
    if (for_each) return for_each(count, work);
    for (size_t i = 0; i < count; ++i) work(i);
  }
  std::chrono::nanoseconds now() const { return clock ? clock() : std::chrono::nanoseconds(0); }
  bool stopped() const { return stop && stop(); }
};

// Why a pattern of `log_patterns` cannot be used; empty if it can.
std::string pattern_error(const std::string& pattern);

}  // namespace checkers
