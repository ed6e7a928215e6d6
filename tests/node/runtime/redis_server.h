// A redis-server of a test's own, on a Unix socket in a directory that goes with it; ends with the object.
#pragma once

#include <sys/types.h>

#include <string>

#include "node/runtime/redis_storage.h"

namespace node {

class RedisServer {
 public:
  // `sync`: its appendfsync, or "" for no append-only file.
  explicit RedisServer(const std::string& sync = "always");
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  void start();
  void signal(int number) const;
  void kill();  // and waits for its end
  void wipe();  // all that it has on disk

  RedisAddress address() const;
  std::string url() const { return "redis+unix://" + directory_ + "/socket"; }
  // One command by a connection of its own; waits until the server answers. Arrays as "[a b]".
  std::string ask(const std::string& command) const;

 private:
  const std::string sync_;
  std::string directory_;
  pid_t pid_ = 0;
};

}  // namespace node
