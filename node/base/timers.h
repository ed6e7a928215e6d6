// What the core wants to do later, in the order of time; equal times in the order in which they were asked for.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "node/base/time.h"

namespace node {

struct Timer {
  enum class Kind { kHeartbeat, kAntiEntropy, kHandoff, kRequestPatience, kRequestDeadline, kLatePersist };
  Kind kind = Kind::kHeartbeat;
  uint64_t request = 0;  // of the last three
};

class Timers {
 public:
  void add(Instant at, Timer timer) { queue_.push({at, next_++, timer}); }
  bool empty() const { return queue_.empty(); }
  Instant next() const { return queue_.top().at; }
  Timer pop() {
    Timer timer = queue_.top().timer;
    queue_.pop();
    return timer;
  }

 private:
  struct Entry {
    Instant at;
    uint64_t order;
    Timer timer;
    bool operator<(const Entry& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  std::priority_queue<Entry> queue_;
  uint64_t next_ = 0;
};

}  // namespace node
