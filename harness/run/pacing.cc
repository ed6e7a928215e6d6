#include "harness/run/pacing.h"

#include <algorithm>
#include <cmath>

namespace harness {

namespace {

// -ln(u) for u = (drawn + 1) / 2^32, as a multiple of 2^-20: an exponential gap with mean 1. The binary logarithm is
// found digit by digit: squaring a number between 1 and 2 doubles its logarithm, and shows the next digit.
uint64_t exponential(uint64_t drawn) {
  constexpr int kDigits = 20;
  constexpr uint64_t kLn2 = 726'817;  // ln 2, times 2^20
  uint64_t x = (drawn & 0xffff'ffff) + 1;
  uint64_t whole = 0;
  while (x >> (whole + 1) != 0) ++whole;
  uint64_t mantissa = whole > 31 ? x >> (whole - 31) : x << (31 - whole);  // 1 to 2, times 2^31
  uint64_t log2 = whole << kDigits;
  for (int digit = kDigits - 1; digit >= 0; --digit) {
    mantissa = mantissa * mantissa >> 31;
    if (mantissa >> 32 == 0) continue;
    mantissa >>= 1;
    log2 |= uint64_t{1} << digit;
  }
  const uint64_t below_one = (uint64_t{32} << kDigits) - log2;
  return below_one * kLn2 >> kDigits;
}

}  // namespace

Pacer::Pacer(double rate, int clients) {
  if (rate > 0) mean_ = std::chrono::nanoseconds(std::llround(clients * 1e9 / rate));
}

SteadyClock::time_point Pacer::next(SteadyClock::time_point previous, SteadyClock::time_point now,
                                    workloads::Random& random) const {
  if (mean_.count() == 0) return now;
  const auto mean = static_cast<uint64_t>(mean_.count());
  const uint64_t units = exponential(random.next() >> 32);
  // mean * units / 2^20, in two parts: the product would not fit into 64 bits.
  const uint64_t gap = (mean >> 20) * units + ((mean & 0xf'ffff) * units >> 20);
  return std::max(previous + std::chrono::nanoseconds(gap), now - kCatchUp);
}

}  // namespace harness
