// The outgoing half of the way to one other node: one TCP connection, always wanted, made anew whenever it breaks.
// Messages are lost without notice while there is none; the core copes with that, and is told when it breaks. After a
// partition has healed the nodes must talk again at once, so nothing here waits for TCP: an attempt gets
// `connect_timeout`, a link with data unacknowledged for `user_timeout` is given up, and the next attempt uses a new
// socket (an old one would sleep through the heal in exponential back-off).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "node/node.h"
#include "node/runtime/address.h"
#include "node/runtime/fd.h"
#include "node/runtime/loop.h"
#include "node/runtime/out_buffer.h"

namespace node {

struct PeerLinkOptions {
  std::chrono::milliseconds connect_timeout{300};
  // From the start of a failed attempt to the start of the next, drawn anew each time.
  std::chrono::milliseconds retry_min{100};
  std::chrono::milliseconds retry_max{200};
  std::chrono::milliseconds user_timeout{600};  // 0: the kernel's own, minutes
  // What may wait while connecting, or behind a slow peer; beyond it the oldest messages go.
  size_t queue_bytes = 16u << 20;
};

class PeerLink {
 public:
  struct Ends {
    std::string self;  // name of this node
    std::string peer;  // name of the other
    Address to;
    std::optional<Address> from;  // bound to this address, any port
    std::string greeting;         // encoded; the first bytes of every connection
  };
  using Tell = std::function<void(bool up)>;                                  // the connection is there, or broke
  PeerLink(event_base* base, Ends ends, PeerLinkOptions options, Tell tell);  // begins to connect at once

  const std::string& peer() const { return ends_.peer; }
  const Address& to() const { return ends_.to; }
  bool up() const { return state_ == State::kUp; }
  uint64_t dropped() const { return dropped_; }  // messages, since the start

  void send(const Packet& packet);
  // At the end of a turn: one write.
  void flush();

 private:
  enum class State { kDown, kConnecting, kUp };

  static void on_socket(evutil_socket_t, short what, void* self);
  static void on_retry(evutil_socket_t, short, void* self);
  void connect();
  void connected();
  void read_and_discard();
  void fail(const std::string& reason);
  void log(const std::string& text) const;

  event_base* base_;
  const Ends ends_;
  const PeerLinkOptions options_;
  const Tell tell_;
  State state_ = State::kDown;
  Fd fd_;
  EventPtr readable_;
  EventPtr writable_;
  EventPtr retry_;
  OutBuffer out_;
  std::string head_;    // of a message; kept for its memory
  std::string remark_;  // what the peer said: something it does only before it closes
  uint64_t dropped_ = 0;
  uint64_t dropped_before_ = 0;  // when the link was last up
  std::chrono::steady_clock::time_point attempt_at_;
  std::chrono::steady_clock::time_point state_since_;
  bool told_down_ = false;  // the log says that the peer cannot be reached
};

}  // namespace node
