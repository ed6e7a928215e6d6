// The order in which states reach the disk, and what may be said once they have: nothing is acknowledged, shown to a
// reader or sent to a peer before its Persisted has arrived.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/base/timers.h"
#include "node/options.h"
#include "node/wire/effects.h"
#include "node/wire/message.h"

namespace node {

// What waits for the disk.
struct Acknowledge {  // tell a coordinator that its write is kept here
  NodeIndex to = Directory::kNobody;
  RequestId id;
};
struct LocalCopy {  // the coordinator's own copy, or its own hint for another home
  uint64_t request = 0;
  NodeIndex home = Directory::kNobody;
};
struct Install {  // take a table that was agreed on into use
  std::unique_ptr<RoutingTable> table;
};
struct Tell {  // a promise or a vote (reconfiguration/agreement.h)
  NodeIndex to = Directory::kNobody;
  std::unique_ptr<Body> body;
};
struct PageKept {  // part of a slot that this node becomes an owner of (reconfiguration/transfer.h)
  uint64_t number = 0;
  uint64_t slots = 0;
  std::string next;
};
using Continuation = std::variant<Acknowledge, LocalCopy, Install, Tell, PageKept>;

class Journal {
 public:
  explicit Journal(Bug bug) : bug_(bug) {}

  // Emits the Persist and returns its number.
  uint64_t write(Turn& turn, Timers& timers, Table table, const std::string& key, std::optional<std::string> value);
  // Runs `then` once `number` is on disk: see take_due. Numbers must not decrease from one call to the next of the same
  // key.
  void when(uint64_t number, Continuation then);
  void persisted(uint64_t through) { on_disk_ = std::max(on_disk_, through); }
  uint64_t visible_through() const { return bug_ == Bug::kPersistLate ? next_ - 1 : on_disk_; }
  uint64_t unsynced() const { return next_ - 1 - visible_through(); }  // states on their way to the disk
  // Continuations whose states may be shown now, in order.
  void take_due(std::vector<Continuation>& due);

  // Bug::kPersistLate: what was held back.
  void write_late(Turn& turn);

 private:
  struct Wait {
    uint64_t number;
    Continuation then;
  };
  Bug bug_;
  uint64_t next_ = 1;
  uint64_t on_disk_ = 0;
  std::deque<Wait> waits_;  // by number
  std::deque<Persist> late_;
};

}  // namespace node
