// The node as a state machine without I/O: inputs in, effects out. It reads no clock, draws no random number, opens
// nothing; runtime/ makes it a server, a simulator makes five of it a world. Same inputs, same effects, always.
//
//   Node node(options);
//   Effects effects = node.step(now, wall, Start{life, image});
//   … carry the effects out, feed back what happens …
//
// The core holds its data in memory; storage only remembers it across crashes. A record's new state is shown to
// nobody (no reply, no read, no peer) before its Persisted has arrived.
#pragma once

#include <memory>

#include "node/options.h"
#include "node/wire/effects.h"

namespace node {

class Node {
 public:
  explicit Node(Options options);  // must have passed validate()
  ~Node();

  Effects step(Instant now, WallTime wall, Input&& input);

 private:
  struct Core;
  Options options_;
  std::unique_ptr<Core> core_;  // from Start on
};

}  // namespace node
