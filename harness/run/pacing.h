// When a client sends its next operation, if the run has a rate: at random moments (a Poisson stream), independent of
// how fast the store answers, so that a slow store is not spared.
#pragma once

#include <chrono>

#include "harness/run/event_loop.h"
#include "workloads/workload.h"

namespace harness {

class Pacer {
 public:
  // `rate`: operations a second of all `clients` together; 0: no pacing.
  Pacer(double rate, int clients) : mean_(rate > 0 ? clients / rate : 0) {}

  // Moment of the operation after the one that was due at `previous`. A client has one operation open: moments that
  // passed while it waited are made up for only within the last kCatchUp, so that an outage is not followed by a flood.
  SteadyClock::time_point next(SteadyClock::time_point previous, SteadyClock::time_point now,
                               workloads::Random& random) const;

  static constexpr std::chrono::milliseconds kCatchUp{100};

 private:
  double mean_;  // seconds between two operations of one client
};

}  // namespace harness
