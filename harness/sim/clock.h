// The two clocks of a simulated node. Its monotonic clock may run fast or slow, and then its timers do; its wall clock
// runs with it and may besides be off by any amount, and jump.
//
// Left out: a monotonic clock that stands still while the machine is suspended (a pause of the node keeps it running,
// as SIGSTOP does), leap seconds.
#pragma once

#include <cstdint>

#include "node/base/time.h"

namespace harness::sim {

class Clock {
 public:
  // Wall clock at the beginning of the world: 2023-11-14.
  static constexpr node::WallTime kEpoch{1'700'000'000'000};

  // What this clock shows when the world's time is `now`.
  node::Instant monotonic(node::Instant now) const { return shown_ + scaled(now - since_); }
  node::WallTime wall(node::Instant now) const {
    return kEpoch + std::chrono::duration_cast<node::WallTime>(monotonic(now)) + skew_;
  }
  // The world's time at which this clock will show `shown`, or a little later.
  node::Instant when(node::Instant shown) const {
    const node::Duration wanted = shown - shown_;
    if (drift_ppm_ == 0) return since_ + wanted;
    return since_ + wanted - part(wanted, drift_ppm_, kMillion + drift_ppm_) + kRounding;
  }

  void set_skew(std::chrono::milliseconds skew) { skew_ = skew; }
  // So many millionths too fast from now on; negative: too slow.
  void set_drift(node::Instant now, int64_t ppm) {
    shown_ = monotonic(now);
    since_ = now;
    drift_ppm_ = ppm;
  }

 private:
  static constexpr int64_t kMillion = 1'000'000;
  static constexpr node::Duration kRounding{2};
  // duration * share / whole, without the product, which would not fit into 64 bits after hours.
  static node::Duration part(node::Duration duration, int64_t share, int64_t whole) {
    return node::Duration(duration.count() / whole * share + duration.count() % whole * share / whole);
  }
  node::Duration scaled(node::Duration real) const { return real + part(real, drift_ppm_, kMillion); }

  node::Instant since_{0};
  node::Instant shown_{0};
  int64_t drift_ppm_ = 0;
  std::chrono::milliseconds skew_{0};
};

}  // namespace harness::sim
