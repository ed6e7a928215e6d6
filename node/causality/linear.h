// A linearizable register (MODE lin): a replica keeps the value under the largest tag that has reached it (Attiya,
// Bar-Noy, Dolev: "Sharing memory robustly in message-passing systems", 1995; several writers: Lynch, Shvartsman 1997).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/causality/dot.h"

namespace node {

// Orders the writes of one register, all of them: no two writes have the same.
struct Tag {
  uint64_t counter = 0;  // 0: no write
  Actor actor;           // the life that coordinated the write
  friend bool operator==(const Tag&, const Tag&) = default;
  friend auto operator<=>(const Tag&, const Tag&) = default;
};

// The tag that the latest identified write of a session took: a retry takes the same, so that it is the same write.
struct Claim {
  Actor session;
  uint64_t seq = 0;
  Tag tag;
  friend bool operator==(const Claim&, const Claim&) = default;
  friend auto operator<=>(const Claim&, const Claim&) = default;
};

struct Linear {
  Tag tag;
  std::optional<std::string> value;  // none: never written, or deleted under this tag
  std::vector<Claim> claims;         // by session

  bool empty() const { return tag.counter == 0; }
  const Claim* find(const Actor& session) const;
  // Makes this the join of both: the larger tag with its value, and each session's later claim.
  void merge(const Linear& other);

  void encode(Writer& w) const;
  static Linear decode(Reader& r);  // refuses what is not in canonical form
  friend bool operator==(const Linear&, const Linear&) = default;
};

}  // namespace node
