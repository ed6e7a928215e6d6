// The project's own node as a system under test.
#pragma once

#include <filesystem>
#include <memory>

#include "harness/systems/system.h"

namespace harness {

// `redis_server`: the program for storage redis; empty: there is none.
std::unique_ptr<System> make_dynamo(std::filesystem::path node_binary, std::filesystem::path redis_server);

}  // namespace harness
