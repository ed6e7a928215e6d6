// The project's own node as a system under test.
#pragma once

#include <filesystem>
#include <memory>

#include "harness/systems/system.h"

namespace harness {

std::unique_ptr<System> make_dynamo(std::filesystem::path node_binary);

}  // namespace harness
