// One connection of one client to one node, in whatever world: over TCP (client.h), or simulated.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "harness/systems/system.h"

namespace harness {

class Connection {
 public:
  struct Outcome {
    bool answered = false;
    Reply reply;                                 // if answered
    Script::Loss loss = Script::Loss::kNotSent;  // else
    std::string why;
  };
  using Done = std::function<void(Outcome)>;

  virtual ~Connection() = default;

  // One request at a time, each with a deadline. `done` is called exactly once, from the loop, never from inside this
  // call. The connection must not be destroyed while a request is open unless `cancel` was called.
  virtual void send(const Request& request, std::chrono::milliseconds timeout, Done done) = 0;
  virtual void cancel() = 0;  // drops the open request without a call, and the connection
};

// Makes connections. They connect lazily: at the first request, or the first after a loss, and send `greeting` then.
// After a time-out a connection closes itself: RESP has no request ids, and a late reply would answer the next request.
class Connector {
 public:
  virtual ~Connector() = default;
  // `client`: the same number for all connections of one client of the run (0: the harness itself), so that a simulated
  // world can tell whose requests these are.
  virtual std::unique_ptr<Connection> connect(const Host& host, const std::vector<Request>& greeting,
                                              uint64_t client) = 0;
};

}  // namespace harness
