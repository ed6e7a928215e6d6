// Every order in which a few things can happen: two or three nodes, a counter, at most four operations, at most one
// crash. Deliveries of messages, syncs of disks, operations and the crash are taken in all orders, shortest first;
// states that were seen before are not gone on from, so that the first violation has the fewest steps that any can
// have.
//
// A state is what each node has been told, in its order, with what is under way: nodes are deterministic, so that the
// same inputs make the same node, and two orders that differ only between nodes meet. Time stands still: what only a
// timer brings about (hints, time-outs, anti-entropy) is not in this space.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "node/options.h"

namespace harness {

struct ExploreSettings {
  int nodes = 3;        // 2 or 3; all are homes, W = 2
  int operations = 2;   // 1 to 4: increments by sessions of their own, and retries at another node
  int crashes = 1;      // 0 or 1: a node loses its memory, and starts again with its disk
  bool retries = true;  // every second operation repeats the one before under its identity
  size_t most_states = 200'000;
  node::Bug bug = node::Bug::kNone;
};

struct Explored {
  size_t states = 0;
  bool complete = false;           // all there are: no limit was met
  std::vector<std::string> steps;  // to the violation; empty: none was found
  std::string violation;
};

Explored explore(const ExploreSettings& settings);

}  // namespace harness
