#include "harness/run/pacing.h"

#include <algorithm>
#include <cmath>

namespace harness {

SteadyClock::time_point Pacer::next(SteadyClock::time_point previous, SteadyClock::time_point now,
                                    workloads::Random& random) const {
  if (mean_ == 0) return now;
  // 53 random bits make a double in (0, 1].
  double uniform = static_cast<double>((random.next() >> 11) + 1) * 0x1p-53;
  auto gap =
      std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(-mean_ * std::log(uniform)));
  return std::max(previous + gap, now - kCatchUp);
}

}  // namespace harness
