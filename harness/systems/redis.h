// One redis-server as a system under test: a store that the project did not write, under the same faults. It has no
// dump, no siblings, no operation identities; the judge says what it cannot see.
#pragma once

#include <filesystem>
#include <memory>

#include "harness/systems/system.h"

namespace harness {

// Command line of a redis-server in the foreground; `sync` is its appendfsync, or empty: it keeps nothing.
struct RedisSettings {
  std::string ip;
  uint16_t port = 0;
  std::filesystem::path directory;
  std::string sync;
};
std::vector<std::string> redis_command(const std::filesystem::path& redis_server, const RedisSettings& settings);

std::unique_ptr<System> make_redis(std::filesystem::path redis_server);

}  // namespace harness
