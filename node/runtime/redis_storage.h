// Storage in a Redis that belongs to this node alone: one hash a table, and one MULTI … EXEC a commit, sent in one go.
// A batch counts as on disk once Redis has answered; what that is worth is what its appendfsync says, see describe().
//
// Redis may go away and come back as another process (its run_id has changed), perhaps with less than it had
// acknowledged. So this storage keeps a copy of all that Redis should hold, which doubles the node's memory, and writes
// it back before anything else; it looks after Redis also while there is nothing to commit.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "node/runtime/storage.h"

namespace node {

// redis://HOST:PORT, redis://HOST:PORT/DB or redis+unix:///PATH
struct RedisAddress {
  std::string host;
  int port = 0;
  std::string path;  // of a Unix socket, instead of host and port
  int database = 0;

  std::string text() const;  // "127.0.0.1:6379" or the path, for people
};
tl::expected<RedisAddress, std::string> parse_redis_url(std::string_view url);

struct RedisOptions {
  RedisAddress address;
  std::string name;  // of this node, for its log
  // Redis may be away, stuck or busy loading for so long; then storage has failed.
  std::chrono::milliseconds patience{10'000};
};

// Error: where, and why it cannot be had: not there, or another node uses the same Redis.
tl::expected<std::unique_ptr<Storage>, std::string> open_redis_storage(RedisOptions options);

}  // namespace node
