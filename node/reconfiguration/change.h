// What may be done to the members of a cluster, one change at a time, and what it makes of the routing table. Pure.
#pragma once

#include <string>

#include "node/ring/routing_table.h"

namespace node {

struct Change {
  enum class Kind {
    kJoin,    // a node becomes a member; it fetches its share first
    kLeave,   // a member goes; the others fetch its share first
    kRemove,  // a member is dead; what only it held is given up
    kMove,    // members stay, ranges change hands
    kRenew,   // a member has another disk than the table says, and so has no vote
  };
  Kind kind = Kind::kJoin;
  std::string name;
  std::string address;   // kJoin
  std::string replaces;  // kJoin: a dead member that is removed in the same step; or empty
  Points points = {};    // kMove: the owners afterwards, thought out for the table of that epoch
  uint64_t epoch = 0;
  Actor disk = {};  // kRenew, kJoin: its disk; null: not known
  friend bool operator==(const Change&, const Change&) = default;
};

struct Step {
  enum class Kind {
    kDone,     // the table says so already
    kWait,     // another change is under way
    kRefused,  // `text`: why
    kChange,   // assigned() is the next table
  };
  Kind kind = Kind::kDone;
  std::string text;
  RoutingTable table;        // of kChange; who owns what after it is still to be thought out
  bool moves_slots = false;  // if anything changes of that
};

// The step from this table that the change needs now. A change that is under way is waited for; only a death may come
// in between, else a cluster whose member dies while it changes would be stuck.
Step next_step(const RoutingTable& table, const Change& change);

// The table that a step of kind kChange leads to. On an equal ring it takes some milliseconds to find.
RoutingTable assigned(const Step& step);

// The table that ends the change that is under way.
RoutingTable finished(const RoutingTable& table);

// "n6 joins, n3 is removed"; empty when no change is under way.
std::string describe_change(const RoutingTable& table);
std::string describe(const Change& change);

}  // namespace node
