// How much repair, handoff and transfer may send: as much as they like while clients are answered quickly, less and
// less while clients wait (Dynamo §6.5: background tasks get their share from what foreground latency leaves over).
//
// A bucket of bytes, filled at a rate that halves in every window in which more than one request in a hundred was slow,
// down to a floor, and grows again in every other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "node/base/time.h"

namespace node {

class Background {
 public:
  static constexpr size_t kFloor = 1u << 20;  // bytes a second
  static constexpr size_t kCeiling = 64u << 20;
  static constexpr Duration kWindow = std::chrono::milliseconds(100);
  static constexpr Duration kSlow = std::chrono::milliseconds(20);

  // A client's request took so long, its wait for its turn included.
  void served(Duration took) {
    ++requests_;
    slow_ += took > kSlow;
  }
  void refused(uint64_t requests) {
    requests_ += requests;
    slow_ += requests;
  }
  // May so many bytes go out now? Takes them if so; a little debt is allowed, so that nothing is too large for ever.
  bool may(Instant now, size_t bytes) {
    refill(now);
    if (level_ <= 0) return false;
    level_ -= static_cast<int64_t>(bytes);
    return true;
  }
  // Also where nothing is to be sent: the rate recovers by itself.
  void tick(Instant now) { refill(now); }
  size_t rate() const { return rate_; }  // bytes a second, at present

 private:
  void refill(Instant now) {
    if (now - filled_ < kWindow && filled_ >= Instant{0}) return;
    const bool pressed = slow_ * 100 > requests_;
    rate_ = pressed ? std::max(kFloor, rate_ / 2) : std::min(kCeiling, rate_ + rate_ / 2);
    requests_ = slow_ = 0;
    // What was not spent in a window is not saved up: it would come as a burst.
    const auto share = static_cast<int64_t>(rate_ / 10);
    level_ = std::min(level_ + share, share);
    filled_ = now;
  }

  size_t rate_ = kCeiling;
  int64_t level_ = 0;
  Instant filled_{-1};
  uint64_t requests_ = 0;
  uint64_t slow_ = 0;
};

}  // namespace node
