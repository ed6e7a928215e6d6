// One accepted connection: a client's, or the incoming half of a link from another node. It turns bytes into Inputs and
// puts replies, which may come in any order, back into the order of the requests.
//
// Life: open → (a reply that closes, broken frames, end of file, …) → finishing: what is owed is written, nothing more
// is read → lingering: our side is shut, and what still comes in is thrown away, because a socket closed with unread
// input takes the last reply down with it → gone. The Server owns it and frees it once it is gone.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/node.h"
#include "node/runtime/fd.h"
#include "node/runtime/inbox.h"
#include "node/runtime/loop.h"
#include "node/runtime/out_buffer.h"
#include "node/wire/resp.h"

namespace node {

// Bounds of one connection.
struct ConnectionLimits {
  // Reading pauses at more open (unanswered) requests or more unsent bytes than this, and resumes at half of it.
  size_t max_open_requests = 1024;
  size_t max_unsent_bytes = 16u << 20;
  // A client that has asked for so much and reads nothing is cut off.
  size_t cut_off_unsent_bytes = 256u << 20;
  resp::RespReader::Limits client;
  // Other nodes send what clients may, and batches of it.
  resp::RespReader::Limits peer{.max_words = 1u << 20, .max_word_bytes = 16u << 20, .max_request_bytes = 64u << 20};
};

class Connection {
 public:
  // What it tells the server; `inbox` is what the core gets to see.
  struct Host {
    Inbox* inbox;
    std::function<void(Connection&)> wants_flush;
    std::function<void(Connection&)> is_gone;  // told once
    // May a node of this name connect? Older links of it are of no use any more: its process has made a new one.
    std::function<bool(Connection&, const std::string& name)> admit_peer;
    std::string name;  // for log lines
    ConnectionLimits limits;
  };
  // `refusal`: if not empty, a client gets this error as its first reply, and is closed (peers are let in).
  // `door`: by which listening socket it came in, see ClientRequest.
  Connection(event_base* base, Fd fd, ClientId id, int door, Host& host, std::string refusal);

  ClientId id() const { return id_; }
  const std::string& peer() const { return peer_; }  // empty for a client
  bool gone() const { return state_ == State::kGone; }
  // Does the core know it as a client?
  bool known_to_core() const { return asked_core_; }

  void reply(uint64_t ticket, std::string resp, bool close);
  // One write; then reads on if it had paused for its limits.
  void flush();
  // No requests are taken any more; what is open will still be answered.
  void stop_reading();
  // Closes without ceremony.
  void drop();

  bool has_unsent() const { return !out_.empty() && state_ != State::kGone; }
  int fd() const { return fd_.get(); }

 private:
  enum class State { kOpen, kFinishing, kLingering, kGone };
  struct Slot {
    std::optional<std::string> reply;
    bool close = false;
    bool refused = false;  // at the door, which has the reply
    bool ready() const { return refused || reply; }
  };

  static void on_event(evutil_socket_t, short what, void* self);
  void read_some(short what);
  void take_requests();
  bool refuse_at_the_door();
  void take_request(Words& words);
  void become_peer(const Words& greeting);
  void answer_here(std::string_view error, bool close);
  void emit_ready_replies();
  bool over_limits(size_t share) const;  // over one share-th of them
  void finish();
  void want_flush();

  Fd fd_;
  const ClientId id_;
  const int door_;
  Host& host_;
  std::string refusal_;
  std::string peer_;
  State state_ = State::kOpen;
  bool paused_ = false;       // reading waits for replies
  bool http_ = false;         // a browser: its first line is all that counts
  bool end_of_file_ = false;  // the other side sends nothing more
  bool asked_core_ = false;
  bool flush_wanted_ = false;
  resp::RespReader reader_;
  OutBuffer out_;
  std::deque<Slot> open_;      // requests without a reply, and replies that wait for an earlier one
  uint64_t first_ticket_ = 0;  // of open_.front()
  uint64_t next_ticket_ = 0;
  size_t held_bytes_ = 0;  // in open_
  size_t discarded_bytes_ = 0;
  Instant read_at_{0};  // the last time
  EventPtr readable_;
  EventPtr writable_;
};

}  // namespace node
