// Makes a failing schedule small: takes lines away, then makes what is left simpler, as long as the run still fails in
// the same class (Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input, TSE 2002).
//
// What helps most is that lines do not depend on each other's numbers: a message's latency is its own (sim/world.h),
// and contexts bind when an operation is executed. So a line that is taken away mostly leaves the rest of the run as it
// was.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <tl/expected.hpp>

#include "harness/fuzz/play.h"
#include "harness/run/settings.h"

namespace harness {

// Does a run of these settings (with a schedule) still fail in the class that is looked for?
using StillFails = std::function<bool(const RunSettings&)>;

struct Shrunk {
  RunSettings settings;  // with the small schedule
  size_t lines_before = 0;
  size_t lines_after = 0;
  int runs = 0;  // that were not answered from the cache
  std::chrono::nanoseconds time{0};
};

struct ShrinkOptions {
  int most_runs = 20'000;
  std::chrono::milliseconds most_time{30'000};
  std::string suspect = {};  // the key that the judge named; empty: none
};

// `failing` has a schedule, and fails. `progress`: told after every success.
Shrunk shrink(const RunSettings& failing, const StillFails& still_fails, const ShrinkOptions& options,
              const std::function<void(const Shrunk& so_far)>& progress);

// The lines of a schedule: operations and faults.
size_t lines_of(const nemesis::Schedule& schedule);

}  // namespace harness
