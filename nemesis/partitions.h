// Shapes of partitions, as lists of directed cuts. Pure functions of the order in which the nodes are given: whoever
// wants a random partition shuffles first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nemesis/fault_target.h"

namespace nemesis {

struct Partition {
  std::vector<Cut> cuts;  // in order, each once
  // Groups that still talk among themselves; empty where that means nothing.
  std::vector<std::vector<std::string>> sides;
};

// The first node alone, against all others. From 2 nodes on.
Partition isolate_one(const std::vector<std::string>& nodes);

// The first half against the rest; of an odd number the first half is the smaller. From 2 nodes on.
Partition halves(const std::vector<std::string>& nodes);

// Nodes on a ring, each talking with its nearest neighbours, just far enough to see a majority (itself included), and
// no two nodes see the same one. From 4 nodes on; with 3 everybody would see everybody.
Partition majorities_ring(const std::vector<std::string>& nodes);

// Two halves that cannot talk, and the first node between them, which talks with both. From 3 nodes on.
Partition bridge(const std::vector<std::string>& nodes);

// Nothing that the first `senders` nodes send reaches the others; what the others send arrives. 0 < senders < all.
Partition one_way(const std::vector<std::string>& nodes, size_t senders);

// The least number of nodes for a shape of partition_shapes() (nemesis.h), by name.
size_t least_nodes(std::string_view shape);

}  // namespace nemesis
