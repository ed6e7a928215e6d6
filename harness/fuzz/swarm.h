// What each seed of a fuzzing campaign tries: the shape of the cluster, the load, the faults.
//
// Swarm testing (Groce et al., ISSTA 2012): which kinds of faults there are at all is drawn first. A seed without some
// of them gets further with the others, and a cluster of three nodes or quorums of one fail in ways of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/settings.h"

namespace harness {

// What is not drawn. Everything empty: all is.
struct SwarmFrame {
  std::string workload;              // empty: any
  std::vector<std::string> nemeses;  // each seed has some of these; empty: of all that can be simulated
  std::string bug;
  std::string mode;                  // empty: any
  std::optional<Millis> time_limit;  // of the main phase
};

// The settings of a seed, valid for `system`.
RunSettings draw_swarm(const SwarmFrame& frame, const System& system, uint64_t seed);

// Nemeses that a simulated run can have.
std::vector<std::string> simulated_nemeses();

}  // namespace harness
