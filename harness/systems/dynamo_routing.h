// ROUTE, TABLE, -MOVED and -STALE (node/PROTOCOL.md).
#pragma once

#include "harness/systems/routing.h"

namespace harness {

const Routing& dynamo_routing();

}  // namespace harness
