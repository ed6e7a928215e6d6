// Moves ranges off members that have too much to do.
#pragma once

#include <cstdint>
#include <vector>

#include "node/ring/routing_table.h"

namespace node {

// The points after at most `most` moves, each the one that helps most. `busy`, by place in the list of members: what
// each has to do, in any unit (requests a second, bytes). Nobody knows what a single range costs, so a slot counts as
// much as one of its homes spends on a slot, in the mean. If nobody is busy, slots are what is evened out.
//
// Equal to table.points if no move helps. Not during a change.
Points rebalanced(const RoutingTable& table, const std::vector<uint64_t>& busy, size_t most);

}  // namespace node
