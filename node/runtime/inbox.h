// What waits to be stepped by the core, in two lines: what clients ask, and all else. The second goes first, so that an
// acknowledgement of another node is never behind the work that clients pile up.
#pragma once

#include <deque>
#include <vector>

#include "node/runtime/door.h"
#include "node/wire/effects.h"

namespace node {

struct Inbox {
  std::vector<Input> first;
  std::deque<Input> clients;  // ClientRequest, ClientGone
  Door door;                  // that clients' requests come in by

  bool empty() const { return first.empty() && clients.empty(); }
};

}  // namespace node
