// Who made an update, and which one of theirs it is.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "node/base/bytes.h"

namespace node {

// 128 bits: either a node's life (random, new at every start: an actor that counted from one again would lose writes)
// or a client's session name, kept readable. The top bit tells them apart: names are ASCII.
class Actor {
 public:
  static constexpr size_t kMaxSessionBytes = 16;

  Actor() = default;
  static Actor life(uint64_t high, uint64_t low) { return Actor(high | uint64_t{1} << 63, low); }
  // 1–16 characters of A-Za-z0-9._-; anything else gives the null actor.
  static Actor session(std::string_view name);

  bool is_null() const { return high_ == 0 && low_ == 0; }
  bool is_life() const { return high_ >> 63; }
  // The session's name, or 32 hex digits of a life.
  std::string to_string() const;
  static Actor parse(std::string_view text);  // null if neither

  void encode(Writer& w) const {
    w.fixed64(high_);
    w.fixed64(low_);
  }
  static Actor decode(Reader& r) {
    const uint64_t high = r.fixed64();
    return Actor(high, r.fixed64());
  }

  friend bool operator==(const Actor&, const Actor&) = default;
  friend auto operator<=>(const Actor&, const Actor&) = default;

 private:
  Actor(uint64_t high, uint64_t low) : high_(high), low_(low) {}
  uint64_t high_ = 0;
  uint64_t low_ = 0;
};

// The n-th update of an actor, from 1: the name of one update, for ever.
struct Dot {
  // Clients may name no update beyond this one (in a tag, a token, a seq): a node that counts on from it must never
  // reach the end of 64 bits, where no record could be read back.
  static constexpr uint64_t kMaxNamed = uint64_t{1} << 62;

  Actor actor;
  uint64_t n = 0;

  std::string to_string() const;
  static Dot parse(std::string_view text);  // n is 0 if it is no dot that a client may name
  void encode(Writer& w) const {
    actor.encode(w);
    w.u64(n);
  }
  static Dot decode(Reader& r) {
    const Actor actor = Actor::decode(r);
    return {actor, r.u64()};
  }

  friend bool operator==(const Dot&, const Dot&) = default;
  friend auto operator<=>(const Dot&, const Dot&) = default;
};

}  // namespace node
