// dynamo-node's command line.
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "node/options.h"
#include "node/runtime/address.h"
#include "node/runtime/redis_storage.h"

namespace node {

enum class StorageKind { kMemory, kLmdb, kRedis };

// What a node is started with; has passed validate().
struct CommandLine {
  Options options;
  Address listen;
  int inherited_fd = -1;
  StorageKind storage = StorageKind::kMemory;
  std::string data_directory;
  RedisAddress redis;
  size_t max_clients = 10'000;
  bool bare = false;  // started without any argument
};
struct HelpAsked {
  std::string text;
};

// Error: one line, what is wrong with which argument.
tl::expected<std::variant<CommandLine, HelpAsked>, std::string> parse_command_line(int argc, const char* const* argv);

}  // namespace node
