// When a client sends its next operation, if the run has a rate: at random moments (a Poisson stream), independent of
// how fast the store answers, so that a slow store is not spared.
#pragma once

#include <chrono>

#include "harness/run/loop.h"
#include "workloads/workload.h"

namespace harness {

class Pacer {
 public:
  // `rate`: operations a second of all `clients` together; 0: no pacing.
  Pacer(double rate, int clients);

  // Moment of the operation after the one that was due at `previous`. A client has one operation open: moments that
  // passed while it waited are made up for only within the last kCatchUp, so that an outage is not followed by a flood.
  // Without floating point: the same moments with every compiler and library.
  SteadyClock::time_point next(SteadyClock::time_point previous, SteadyClock::time_point now,
                               workloads::Random& random) const;

  static constexpr std::chrono::milliseconds kCatchUp{100};

 private:
  std::chrono::nanoseconds mean_{0};  // between two operations of one client; 0: no pacing
};

}  // namespace harness
