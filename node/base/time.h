// Two clocks, both inputs of the core: it never reads one itself.
#pragma once

#include <chrono>

namespace node {

using Duration = std::chrono::nanoseconds;
// Monotonic, since an arbitrary start; drives every timer.
using Instant = std::chrono::nanoseconds;
// Since 1970, may jump; only for last-write-wins and for what people read.
using WallTime = std::chrono::milliseconds;

}  // namespace node
