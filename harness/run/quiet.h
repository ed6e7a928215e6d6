// After the last fault: waits until the replicas agree, or until they had their time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "checkers/history.h"
#include "harness/run/recorder.h"
#include "harness/run/replicas.h"

namespace harness {

struct Quiet {
  // No key's holders differed, no hint was left and no write on its way to a disk, in two dumps running that were
  // equal.
  bool agreed = false;
  std::vector<checkers::Dump> dumps;  // the last ones, of all nodes; empty if it was stopped before the first
};

struct QuietOptions {
  std::string stage;  // of the dumps
  SteadyClock::time_point deadline;
  bool record_polls = false;                    // each look becomes a poll in the history
  std::function<bool()> stop;                   // asked all the time; true ends the wait
  std::function<void(int64_t differing)> look;  // told after every look
};

// Looks at all replicas again and again, at growing intervals, until two dumps running are equal and agree, or the
// deadline. Without side effects on the nodes.
Quiet wait_until_quiet(Loop& loop, Replicas& replicas, Recorder& recorder, const QuietOptions& options);

// The same content, whatever the time and the stage.
bool same_content(const std::vector<checkers::Dump>& a, const std::vector<checkers::Dump>& b);

}  // namespace harness
