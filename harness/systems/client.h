// One connection of one client to one node: RESP over TCP on the harness's event loop (hiredis parses, libevent waits).
// One request at a time, each with a deadline. After a timeout the connection is closed, because RESP has no request
// ids and a late reply would answer the next request.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "harness/systems/system.h"

struct event_base;

namespace harness {

class Client {
 public:
  struct Outcome {
    bool answered = false;
    Reply reply;                                 // if answered
    Script::Loss loss = Script::Loss::kNotSent;  // else
    std::string why;
  };
  using Done = std::function<void(Outcome)>;

  // Connects lazily: at the first request, or the first after a loss, and sends `greeting` then.
  Client(event_base* base, std::string ip, uint16_t port, const std::vector<Request>& greeting);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `done` is called exactly once, from the event loop, never from inside this call. The client must not be destroyed
  // while a request is open unless `cancel` was called.
  void send(const Request& request, std::chrono::milliseconds timeout, Done done);
  void cancel();  // drops the open request without a call, and the connection
  bool busy() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace harness
