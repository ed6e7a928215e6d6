// A simulated network between nodes. Whether and when a message arrives is drawn from the seed, the pair of nodes and
// how many messages went that way before, never from what it says.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "node/base/time.h"

namespace node::sim {

struct NetworkSetup {
  Duration shortest = std::chrono::microseconds(200);
  Duration longest = std::chrono::milliseconds(2);
  int lost_percent = 0;
  int doubled_percent = 0;
  bool in_order = true;  // per pair of nodes, as TCP; else each message is as late as it was drawn
};

class Network {
 public:
  Network(uint64_t seed, const NetworkSetup& setup) : seed_(seed), setup_(setup) {}

  // When the message arrives: never, once, or twice.
  std::vector<Instant> send(Instant now, int from, int to);

  // Cuts are directed. What is under way over a cut is lost.
  void cut(int from, int to) { cuts_.insert({from, to}); }
  void heal() { cuts_.clear(); }
  bool is_cut(int from, int to) const { return cuts_.count({from, to}) > 0; }
  void set(const NetworkSetup& setup) { setup_ = setup; }

 private:
  struct Link {
    uint64_t sent = 0;
    Instant last_arrival{0};
  };
  uint64_t seed_;
  NetworkSetup setup_;
  std::map<std::pair<int, int>, Link> links_;
  std::set<std::pair<int, int>> cuts_;
};

}  // namespace node::sim
