// The network of the hosts: one namespace each, and this process's own as the hub of a routed star.
//
//   host i: eth0 10.0.0.i/32, everything by way of 169.254.0.1  ══ veth ══  hub: v<i>, 10.0.0.i/32 is there
//
// Routed, not bridged: every packet between two hosts crosses the hub's FORWARD hook, and the first packet over a fresh
// bridge takes a second.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "harness/hosts/posix.h"

namespace harness {

// Configures the network namespace that this process is in (alone) as the hub and makes one namespace for each address.
// Returns descriptors of these, in order; they exist for as long as somebody keeps the descriptor or runs inside.
// The calling process must have one thread.
tl::expected<std::vector<Fd>, std::string> build_star(const std::vector<std::string>& addresses);

}  // namespace harness
