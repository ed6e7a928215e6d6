// A core that a test can see through: a few commands over a map, each there to show one thing of the runtime.
//
//   PING                    PONG
//   ECHO x                  x
//   FILL n                  a bulk string of n bytes
//   SET k v, GET k          answered when it is on disk; what is on disk or was loaded
//   HOLD x                  x, but not before RELEASE
//   RELEASE                 answers all that is held, latest first, then OK
//   HELD                    how many are held
//   LATER ms x              x, when the alarm has come
//   TELL peer word…         OK, and sends the words there
//   LINK name ip:port       OK, and from now on keeps this link and no other
//   HEARD                   all messages of peers so far
//   LINKS                   which links came up (+) and broke (-) so far
//   GONE                    how many clients have gone
//   REFUSED                 how many requests were refused at the door
//   QUIT                    OK, and closes
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/node.h"

namespace node {

class FakeCore {
 public:
  FakeCore() = default;
  explicit FakeCore(Links links) : links_(std::move(links)) {}
  Effects step(Instant now, WallTime wall, Input input);

 private:
  struct Waiting {
    ClientId client;
    uint64_t ticket;
    std::string text;
  };
  void on(const Start& start);
  void on(const Stored& stored);
  void on(const ClientRequest& request);
  void on(const ClientGone& gone);
  void on(const Refused& refused);
  void on(const PeerMessage& message);
  void on(const LinkChanged& link);
  void on(const Persisted& persisted);
  void on(const PersistFailed& failure);
  void on(const Alarm& alarm);
  void answer(const Waiting& waiting);

  Links links_;  // asked for at the start
  Instant now_{0};
  Effects effects_;
  std::map<std::string, std::string> data_;       // on disk
  std::map<uint64_t, ClientRequest> persisting_;  // SETs by number
  std::multimap<Instant, Waiting> later_;
  std::vector<Waiting> held_;
  std::string heard_;
  std::string links_changed_;
  uint64_t next_number_ = 1;
  int64_t gone_ = 0;
  int64_t refused_ = 0;
};

}  // namespace node
