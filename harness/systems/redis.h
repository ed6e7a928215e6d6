// One redis-server as a system under test: a store that the project did not write, under the same faults. It has no
// dump, no siblings, no operation identities; the judge says what it cannot see.
#pragma once

#include <filesystem>
#include <memory>

#include "harness/systems/system.h"

namespace harness {

std::unique_ptr<System> make_redis(std::filesystem::path redis_server);

}  // namespace harness
