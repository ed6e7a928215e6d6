// Every order in which a few things can happen: two or three nodes, one key, at most four operations, at most one
// fault. Deliveries of messages, syncs of disks, operations and the fault are taken in all orders, shortest first;
// states that were seen before are not gone on from, so that the first violation has the fewest steps that any can
// have.
//
// A state is what each node has been told, in its order, with what is under way: nodes are deterministic, so that the
// same inputs make the same node, and two orders that differ only between nodes meet. Time stands still: what only a
// timer brings about (hints, time-outs, anti-entropy, members that come and go) is not in this space.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "node/options.h"

namespace harness {

struct TinyStep {
  enum class Kind {
    kWrite,  // an update of its own: an increment, a value, a member, an item
    kRetry,  // the update before it, under the same identity (counter, cart)
    kRead,
  };
  Kind kind = Kind::kWrite;
  int node = 0;  // that it is sent to
  friend bool operator==(const TinyStep&, const TinyStep&) = default;
};
// "w1 =2 r1": write at n1, the same again at n2, read at n1. Without numbers: one node after another.
tl::expected<std::vector<TinyStep>, std::string> parse_script(const std::string& text, int nodes);
std::string to_text(const std::vector<TinyStep>& script);

enum class TinyFault {
  kNone,
  kCrash,     // a node loses its memory, and starts again with its disk
  kLoseDisk,  // and without
  kClock,     // a node's clock jumps back by an hour
};
tl::expected<TinyFault, std::string> parse_fault(const std::string& name);

struct ExploreSettings {
  std::string workload = "counter";   // counter, register, set, cart
  int nodes = 3;                      // 2 or 3; all are homes, W = R = 2
  std::vector<TinyStep> script = {};  // 1 to 4 operations, which begin in this order
  TinyFault fault = TinyFault::kCrash;
  size_t most_states = 200'000;
  node::Bug bug = node::Bug::kNone;
};

struct Explored {
  size_t states = 0;
  size_t depth = 0;                // steps of the longest way that was looked at to its end, or to the violation
  bool complete = false;           // all there are: no limit was met
  std::vector<std::string> steps;  // to the violation; empty: none was found
  size_t events = 0;               // of these steps that come from outside: operations and faults
  std::string violation;
};

// The workload and the script fit each other.
tl::expected<void, std::string> validate(const ExploreSettings& settings);

Explored explore(const ExploreSettings& settings);

// Small cases, in the order of their size, in which every planted bug that one of them can show is shown.
const std::vector<ExploreSettings>& tiny_cases();
// Why no case shows a bug: what it does wrong is not done where time stands still and members stay. Empty: one does.
std::string_view why_not_shown(node::Bug bug);
std::string to_text(const ExploreSettings& settings);  // "2 nodes, cart, w1 =2, crash"

}  // namespace harness
