// What the rest of runtime/ uses of libevent: one loop, one thread, events that free themselves.
#pragma once

#include <event2/event.h>

#include <chrono>
#include <functional>
#include <memory>

#include "node/runtime/fd.h"

namespace node {

struct FreeEvent {
  void operator()(event* e) const { event_free(e); }
};
using EventPtr = std::unique_ptr<event, FreeEvent>;

struct FreeLoop {
  void operator()(event_base* base) const { event_base_free(base); }
};
using LoopPtr = std::unique_ptr<event_base, FreeLoop>;

// Without locks: the loop belongs to the thread that runs it, others reach it through a Wakeup.
LoopPtr make_loop();

inline timeval to_timeval(std::chrono::nanoseconds time) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  return {static_cast<time_t>(us / 1'000'000), static_cast<suseconds_t>(us % 1'000'000)};
}

// Ends a turn of the loop from another thread or from a signal handler.
class Wakeup {
 public:
  explicit Wakeup(event_base* base);
  void ring() const;  // async-signal-safe; many rings may wake the loop once

 private:
  Fd fd_;
  EventPtr event_;
};

}  // namespace node
