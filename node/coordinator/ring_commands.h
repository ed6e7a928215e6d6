// RING …, ROUTE, WHERE: the routing table, for people and for clients that route by themselves.
#pragma once

#include <string>

#include "node/coordinator/ring_view.h"

namespace node {

// The reply, encoded. An unknown subcommand gets the list of those that there are.
std::string ring_command(const RingView& view, const Words& words);

// The table's epoch, then up to `most` nodes for the key, in the order in which to try them: the homes, the first one
// first, then fallbacks (DynamoCS.md: "from the lower bound to the lower bound + 3·max(R, W)", here of distinct nodes).
std::string route_reply(const RingView& view, const std::string& key, size_t most);

std::string where_reply(const RingView& view, const std::string& key);

// "20.31"
std::string percent(uint64_t part, uint64_t whole);

}  // namespace node
