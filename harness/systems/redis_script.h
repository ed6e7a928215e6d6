// Logical operations of the workloads as commands to one redis-server. Redis gives a request no identity, so nothing
// is repeated once it may have happened; and it keeps one copy, so that values have no recorded parents.
#pragma once

#include <memory>

#include "harness/systems/system.h"

namespace harness {

// `operation` comes from the register or the counter workload.
std::unique_ptr<Script> redis_script(const workloads::Operation& operation);

}  // namespace harness
