// What the core wants to do later, in the order of time; equal times in the order in which they were asked for.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <iterator>

#include "node/base/time.h"

namespace node {

struct Timer {
  enum class Kind {
    kHeartbeat,
    kGossip,
    kAntiEntropy,
    kReconcile,
    kHandoff,
    kRecovery,
    kReap,
    kTransfer,
    kRequestPatience,
    kRequestDeadline,
    kLateAnswer,
    kShowLate,
    kLatePersist
  };
  static constexpr size_t kKinds = 13;
  Kind kind = Kind::kHeartbeat;
  uint64_t request = 0;  // of the last five, or what they wait for; of kReconcile the peer
};

// A queue for each kind. Timers of a kind mostly have the same delay, so each is in order as it fills, and the
// thousands that requests leave behind cost nothing; one that is out of order moves forward from the back.
class Timers {
 public:
  void add(Instant at, Timer timer) {
    const auto kind = static_cast<size_t>(timer.kind);
    std::deque<Entry>& queue = queues_[kind];
    auto place = queue.end();
    while (place != queue.begin() && at < std::prev(place)->at) --place;
    queue.insert(place, {at, next_++, timer});
    if (first_ == Timer::kKinds || at < queues_[first_].front().at) first_ = kind;
  }
  bool empty() const { return first_ == Timer::kKinds; }
  Instant next() const { return queues_[first_].front().at; }
  Timer pop() {
    std::deque<Entry>& queue = queues_[first_];
    Timer timer = queue.front().timer;
    queue.pop_front();
    first_ = find_first();
    return timer;
  }

 private:
  struct Entry {
    Instant at{0};
    uint64_t order = 0;
    Timer timer;
  };
  size_t find_first() const {
    size_t best = Timer::kKinds;
    for (size_t i = 0; i < queues_.size(); ++i) {
      if (queues_[i].empty()) continue;
      const Entry& entry = queues_[i].front();
      bool earlier = best == Timer::kKinds || entry.at < queues_[best].front().at ||
                     (entry.at == queues_[best].front().at && entry.order < queues_[best].front().order);
      if (earlier) best = i;
    }
    return best;
  }

  std::array<std::deque<Entry>, Timer::kKinds> queues_;
  uint64_t next_ = 0;
  size_t first_ = Timer::kKinds;  // the queue whose front is due first; kKinds: all are empty
};

}  // namespace node
