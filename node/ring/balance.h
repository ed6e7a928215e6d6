// How evenly a table spreads the slots over its members.
#pragma once

#include <vector>

#include "node/ring/routing_table.h"

namespace node {

struct Balance {
  std::vector<int> kept;   // by place in the list of members: slots that it keeps a copy of
  std::vector<int> first;  // of those that it is the first home of
  // Mean over the largest of what members keep for their weight: 1 is perfect. At 0.5, some member keeps twice its
  // share, and the cluster is full when it is half full.
  double efficiency = 0;
};

// Of the owners before any change that is under way.
Balance balance_of(const RoutingTable& table);

}  // namespace node
