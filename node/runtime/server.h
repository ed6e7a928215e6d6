// The listening sockets and every connection that came in by them. Requests and messages go to an inbox, replies come
// back by (client, ticket).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <unordered_map>
#include <vector>

#include "node/node.h"
#include "node/runtime/address.h"
#include "node/runtime/connection.h"
#include "node/runtime/fd.h"
#include "node/runtime/loop.h"

namespace node {

struct ServerOptions {
  Address listen;
  int inherited_fd = -1;  // a second listening socket, opened by whoever started the process; -1: none
  size_t max_clients = 10'000;
  std::string name;  // of this node
  ConnectionLimits limits;
};

class Server {
 public:
  // Inputs are appended to `inbox`, which must outlive the server.
  Server(event_base* base, ServerOptions options, Inbox* inbox);
  ~Server();

  // Error: address and reason.
  tl::expected<void, std::string> listen();
  const Address& listen_address() const { return options_.listen; }  // with the true port once it listens
  std::string inherited_address() const;                             // empty if there is none

  // Room for so many other nodes is kept free of clients.
  void expect_peers(size_t count) { expected_peers_ = count; }
  void reply(ClientId client, uint64_t ticket, std::string resp, bool close);
  // At the end of a turn: one write a connection. May put inputs of connections that read on into the inbox.
  void flush();

  void stop_accepting();
  // Last: waits at most `patience` for slow readers.
  void flush_finally(std::chrono::milliseconds patience);

  size_t connections() const { return connections_.size(); }

 private:
  struct Listener {
    Fd fd;
    EventPtr readable;
    EventPtr resume;  // after a pause for want of file descriptors
  };
  static void on_accept(evutil_socket_t fd, short, void* self);
  void accept_some(int listening_fd);
  void pause_accepting(int listening_fd);
  void add_listener(Fd fd);
  bool admit_peer(Connection& newcomer, const std::string& name);

  event_base* base_;
  ServerOptions options_;
  Connection::Host host_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unordered_map<ClientId, std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> to_flush_;
  std::vector<ClientId> gone_;
  ClientId next_client_ = 1;
  size_t expected_peers_ = 0;
  std::chrono::steady_clock::time_point complain_again_at_;
};

}  // namespace node
