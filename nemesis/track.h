// When a nemesis strikes, and whom: what all draws of faults have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nemesis/nemesis.h"
#include "workloads/workload.h"

namespace nemesis {

using Nodes = std::vector<std::string>;

struct Span {
  Millis from{0};
  Millis to{0};
};
bool overlap(const Span& a, const Span& b);

// A fault of one nemesis: from its start to its undoing, on some nodes.
struct Strike {
  Span span;
  Nodes nodes;
};

// Between 3/4 and 5/4 of `mean`.
Millis around(Millis mean, workloads::Random& random);

// Own draws for each nemesis: adding one to a run leaves what the others draw alone.
workloads::Random random_of(std::string_view nemesis, uint64_t seed);

Nodes shuffled(Nodes nodes, workloads::Random& random);
// `count` of them, in the order of `nodes`.
Nodes choose(const Nodes& nodes, size_t count, workloads::Random& random);
size_t largest_minority(size_t count);
// One node or a minority, equally often.
size_t one_or_minority(size_t count, workloads::Random& random);
// An event with nothing but these.
FaultEvent event_of(Millis at, FaultEvent::Action action, Nodes nodes = {});
// Those that none of the strikes hits in this span.
Nodes without(Nodes nodes, const std::vector<Strike>& strikes, const Span& span);

// When one nemesis strikes: the first time at about `first`, then once an interval, for about `length` each, never into
// `blocked` (in order of time), with room between two strikes for the cluster to heal, and over before the time limit.
class Track {
 public:
  Track(const Settings& settings, Millis first, Millis length, std::vector<Span> blocked, workloads::Random& random)
      : settings_(settings),
        length_(length),
        blocked_(std::move(blocked)),
        random_(random),
        next_(around(first, random)) {}

  // Nothing: there is no time left.
  std::optional<Span> next();
  void not_before(Millis time) { next_ = std::max(next_, time); }

 private:
  Millis shortest() const { return length_ / 4; }
  Span free_from(Millis from);

  const Settings& settings_;
  const Millis length_;
  const std::vector<Span> blocked_;
  workloads::Random& random_;
  Millis next_;
};

}  // namespace nemesis
