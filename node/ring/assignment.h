// Who gets which points of the circle. The rule of the kind of ring decides it when members come and go; the outcome
// stands in the routing table, point by point, so that it may also be changed by hand (rebalancing).
#pragma once

#include <vector>

#include "node/options.h"
#include "node/ring/member.h"
#include "node/ring/ring.h"

namespace node {

// The points for those members that are members after the change, made from `now` (empty: from nothing) by as few
// moves as the rule allows:
//
// tokens  A newcomer draws its points, weight × tokens of them, from the hash of its name; who goes drops its own.
//         Nothing else moves (Dynamo §6.2, strategy 1).
// equal   Equal partitions. A newcomer steals some from those that have the most, who goes leaves its own to those
//         that have the fewest (strategy 3).
Points assign(const RingKind& kind, const std::vector<Member>& members, int replicas, const Points& now);

}  // namespace node
