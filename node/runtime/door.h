// Whether one more request of a client may come in. What a node cannot do in time it must refuse, and to refuse must
// cost next to nothing, or the refused ones take what the others need: so they are refused where they are read, before
// they are taken apart, and the core is told no more than how many they were.
//
// Overload is a queue that stands: for kStanding nobody had to wait for less than half of the limit (Nichols, Jacobson:
// "Controlling queue delay", 2012), and now somebody waits for all of it. From then on no more wait than can have their
// turn within half of the limit, at the pace of late (Little: length = rate × delay), until nobody had to be refused
// for kCalm. It is the length that is bounded, and not how long the first has waited: by the time that this is too
// long, as many stand behind it as came meanwhile. And the first goes first: the answers of a connection leave in the
// order of its requests, so that one who waits holds up all behind.
//
// Turns of the loop are shorter meanwhile: an operation takes a turn or two of each of its nodes, one after the other,
// and clients wait for all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "node/base/time.h"

namespace node {

class Door {
 public:
  static constexpr Duration kStanding = std::chrono::milliseconds(100);
  static constexpr Duration kCalm = std::chrono::seconds(1);
  static constexpr Duration kTurn = std::chrono::milliseconds(4);
  static constexpr Duration kTurnUnderPressure = std::chrono::microseconds(500);

  // Nobody waits longer than this, as far as it can be helped. 0: however long.
  explicit Door(Duration longest_wait = Duration{0});

  // May a request come in behind so many others? Who is told no is told so by `reply`, and counted.
  bool admits(size_t waiting) const { return waiting < room_; }
  void count_refused() { ++refused_; }
  const std::string& reply() const { return reply_; }  // RESP
  // Clients' requests get so much of a turn; then it is the sockets' again.
  Duration turn() const { return pressed_ ? kTurnUnderPressure : kTurn; }

  // A turn of the loop is over: so many had their turn in it, so many wait for another, the first of them since then.
  // Returns how many were refused since the last call.
  size_t turned(Instant now, size_t served, size_t waiting, Instant first_came);

 private:
  const Duration wait_;  // that is aimed at; 0: any
  const std::string reply_;
  size_t room_ = SIZE_MAX;
  size_t refused_ = 0;
  double pace_ = 0;  // a second
  size_t waited_before_ = 0;
  Instant last_{0};
  std::optional<Instant> slow_since_;
  std::optional<Instant> pressed_;  // overload; when somebody was refused, or waited, last
};

}  // namespace node
