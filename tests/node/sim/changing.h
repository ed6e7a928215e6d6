// A cluster whose members change: scenarios of nodes that come and go.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/node/sim/cluster.h"

namespace node::sim {

class Changing : public Cluster {
 public:
  explicit Changing(Setup setup) : Cluster(setup) {}

  Answer admin(int node, Words words);
  // Looks now and then: a look is dear.
  bool until(const std::function<bool()>& condition, Duration limit);
  // All nodes that run, and that the table counts as members, have the same table, no change is under way, and nobody
  // holds what is not its own.
  testing::AssertionResult calm(Duration limit = std::chrono::seconds(30));
  // Every key is at its homes, the same at each, and nowhere else.
  void expect_placed(const std::vector<std::string>& keys);
  std::vector<std::string> write_keys(int count, int nodes);
};

Setup with_spares(int nodes, int spares, uint64_t seed = 1);

}  // namespace node::sim
