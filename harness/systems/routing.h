// How the clients of a system find the nodes of a key by themselves: client-driven coordination, in the terms of
// section 6.4 of the Dynamo paper. Pure, as scripts are: requests out, replies in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/systems/system.h"

namespace harness {

class Routing {
 public:
  struct Route {
    uint64_t epoch = 0;              // of the routing table that it was read from
    std::vector<std::string> nodes;  // to be tried in turn
  };
  virtual ~Routing() = default;
  // For an operation's key; a script's requests are all about it, whatever keys they name.
  virtual Request route_request(const std::string& key) const = 0;
  virtual std::optional<Route> read_route(const Reply& reply) const = 0;
  // The request, which also tells by which table its node was chosen.
  virtual Request with_table(Request request, uint64_t epoch) const = 0;

  // The reply says that nothing happened there and that another node may do it: one of the two tables is old, or the
  // node is busy, reaches too few others, is no member any more.
  virtual bool refused(const Reply& reply) const = 0;
  // Where such a reply names a node that has the key: it, as ip:port; else empty.
  virtual std::string moved_to(const Reply& reply) const = 0;
};

}  // namespace harness
