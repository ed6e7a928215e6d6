// Reads the lines of DEBUG DUMP.
#pragma once

#include "tests/node/sim/cluster.h"

namespace node::sim {

// Fails the test if it is not one of a dump's lines.
Held parse_held(const std::string& json);

}  // namespace node::sim
