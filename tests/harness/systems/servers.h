// Servers on loopback for the client's tests: a real redis-server, and sockets that misbehave in one way each.
#pragma once

#include <event2/event.h>
#include <event2/listener.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace harness {

struct FreeBase {
  void operator()(event_base* base) const { event_base_free(base); }
};
using Loop = std::unique_ptr<event_base, FreeBase>;

// A port on which nobody listens; it stays reserved as long as this object lives, so that connections are refused.
class RefusingPort {
 public:
  RefusingPort();
  ~RefusingPort();
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  uint16_t port() const { return port_; }

 private:
  int fd_;
  uint16_t port_ = 0;
};

// Accepts on the loop and hands each connection to `on_accept`, which owns it.
class Listener {
 public:
  Listener(event_base* base, std::function<void(int fd)> on_accept);
  uint16_t port() const { return port_; }

 private:
  struct Free {
    void operator()(evconnlistener* listener) const { evconnlistener_free(listener); }
  };
  std::function<void(int)> on_accept_;
  std::unique_ptr<evconnlistener, Free> listener_;
  uint16_t port_ = 0;
};

// Reads whatever arrives and answers the i-th piece of it with answers[i]; after the last it closes the connection, or
// says no more if `then_silent`.
class ScriptedServer {
 public:
  ScriptedServer(event_base* base, std::vector<std::string> answers, bool then_silent);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  uint16_t port() const { return listener_.port(); }
  int connections() const { return static_cast<int>(connections_.size()); }
  const std::string& received() const { return received_; }

 private:
  struct Connection {
    ScriptedServer* server = nullptr;
    int fd = -1;
    event* readable = nullptr;
    size_t answered = 0;
  };
  void accept(int fd);
  void on_readable(Connection& connection);
  static void close(Connection& connection);

  event_base* base_;
  std::vector<std::string> answers_;
  bool then_silent_;
  std::string received_;
  std::vector<std::unique_ptr<Connection>> connections_;
  Listener listener_;
};

// The program found on PATH, in memory, in a directory of its own; ended with this object.
class RedisServer {
 public:
  RedisServer();
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  uint16_t port() const { return port_; }
  void pause() const;
  void resume() const;
  void kill();   // SIGKILL, and waits for its end
  void start();  // again, on the same port
  bool ended();  // by itself: it could not be started

 private:
  std::filesystem::path directory_;
  uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace harness
