// Lets each forwarded request through once. A message between nodes can be doubled, and a doubled write is not
// harmless: a plain increment would count twice, and an old SET would supersede what was written since.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "node/wire/message.h"

namespace node {

class OnceOnly {
 public:
  // False if it came before, or is so much older than its sender's newest that this can no longer be told; then the
  // sender's deadline answers its client.
  bool first(const RequestId& id) {
    Window& window = windows_[id.life];
    if (id.n + kWidth <= window.newest || !window.seen.insert(id.n).second) return false;
    if (id.n > window.newest) window.newest = id.n;
    while (*window.seen.begin() + kWidth <= window.newest) window.seen.erase(window.seen.begin());
    return true;
  }

 private:
  static constexpr uint64_t kWidth = 1 << 14;  // request numbers
  struct Window {
    uint64_t newest = 0;
    std::set<uint64_t> seen;  // those within kWidth of the newest
  };
  std::map<Actor, Window> windows_;  // by the sender's life
};

}  // namespace node
