// The simulated network between nodes. Whether and when a message arrives is a hash of the seed and of the message's
// identity (world.h), never the next number of a stream: one message more or less leaves all others where they were.
//
// Modelled: latency between two bounds, loss, doubling, cuts in one direction, links that are slower by a fixed time,
// arrival in order for each pair of nodes (as over one TCP connection) or in any order. Left out: bandwidth and its
// queues; that TCP loses the rest of a connection too when it loses something (here each message is lost by itself,
// which is more than TCP does, and which nodes must bear all the same); partly transmitted messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/sim/random.h"
#include "node/base/time.h"

namespace harness::sim {

using node::Duration;
using node::Instant;

struct NetworkSetup {
  Duration shortest = std::chrono::microseconds(200);
  Duration longest = std::chrono::milliseconds(2);
  Share drawn = {};  // of the messages, and of the syncs (world.h): the others take the shortest time
  int lost_percent = 0;
  int doubled_percent = 0;
  bool in_order = true;  // per pair of nodes; else each message is as late as it was drawn
};

class Network {
 public:
  Network(uint64_t seed, const NetworkSetup& setup) : seed_(seed), setup_(setup) {}

  // Nodes are numbered from 0.
  void resize(int nodes);

  // When the message arrives: never, once, or twice. A message to oneself is never lost.
  struct Arrivals {
    int count = 0;
    Instant at[2] = {};
  };
  Arrivals send(Instant now, uint64_t identity, int from, int to);

  // Cuts are directed. What is under way over a cut is lost.
  void cut(int from, int to) { link(from, to).cut = true; }
  void heal();
  bool is_cut(int from, int to) const { return links_[at(from, to)].cut; }
  // What goes from one node to the other takes so much longer; 0: as usual.
  void slow(int from, int to, Duration by) { link(from, to).extra = by; }
  void set(const NetworkSetup& setup) { setup_ = setup; }
  const NetworkSetup& setup() const { return setup_; }

 private:
  struct Link {
    Instant last_arrival{0};
    Duration extra{0};
    bool cut = false;
  };
  size_t at(int from, int to) const { return static_cast<size_t>(from) * nodes_ + static_cast<size_t>(to); }
  Link& link(int from, int to) { return links_[at(from, to)]; }

  uint64_t seed_;
  NetworkSetup setup_;
  size_t nodes_ = 0;
  std::vector<Link> links_;
};

}  // namespace harness::sim
