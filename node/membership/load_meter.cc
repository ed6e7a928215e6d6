#include "node/membership/load_meter.h"

#include <algorithm>

namespace node {

namespace {
constexpr uint64_t kWindowUs = 1'000'000;
}

// average += (sample - average) × passed / window, in integers: the same on every machine.
void LoadMeter::smooth(uint64_t& average, uint64_t sample, uint64_t passed_us) {
  const uint64_t share = std::min(passed_us, kWindowUs);
  average = (average * (kWindowUs - share) + sample * share + kWindowUs / 2) / kWindowUs;
}

void LoadMeter::measure(Instant now, Duration late) {
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - last_).count();
  if (passed <= 0) return;
  const auto passed_us = static_cast<uint64_t>(passed);
  smooth(client_rate_, clients_ * 1000 * kWindowUs / passed_us, passed_us);
  smooth(peer_rate_, peers_ * 1000 * kWindowUs / passed_us, passed_us);
  constexpr Duration kLongest = std::chrono::seconds(60);
  smooth(delay_ns_, static_cast<uint64_t>(std::clamp(late, Duration(0), kLongest).count()), passed_us);
  clients_ = peers_ = 0;
  last_ = now;
}

Load LoadMeter::load() const {
  Load load;
  load.ops = (client_rate_ + 500) / 1000;
  load.served = (peer_rate_ + 500) / 1000;
  load.delay_us = delay_ns_ / 1000;
  return load;
}

}  // namespace node
