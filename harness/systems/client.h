// One connection of one client to one node: RESP over TCP on the harness's event loop (hiredis parses, libevent waits).
// One request at a time, each with a deadline. After a timeout the connection is closed, because RESP has no request
// ids and a late reply would answer the next request.
#pragma once

#include <memory>
#include <string>

#include "harness/systems/connection.h"

struct event_base;

namespace harness {

class Client : public Connection {
 public:
  Client(event_base* base, std::string ip, uint16_t port, const std::vector<Request>& greeting);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(const Request& request, std::chrono::milliseconds timeout, Done done) override;
  void cancel() override;
  bool busy() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// All of them on one event loop.
class SocketConnector : public Connector {
 public:
  explicit SocketConnector(event_base* base) : base_(base) {}
  std::unique_ptr<Connection> connect(const Host& host, const std::vector<Request>& greeting,
                                      uint64_t /*client*/) override {
    return std::make_unique<Client>(base_, host.ip, host.port, greeting);
  }

 private:
  event_base* base_;
};

}  // namespace harness
