// How the members agree on the next routing table: for each epoch one decision, by single-decree Paxos (Lamport 1998,
// "The Part-Time Parliament"; 2001, "Paxos Made Simple").
//
// The table of epoch e names the voters for that of epoch e+1: those that are members before any change that is under
// way. Any node may propose. A proposer asks them to promise that they take part in no lower ballot, takes up the table
// of the highest ballot that a promise tells of (else its own), and asks them to accept it. What a majority has
// accepted is decided.
//
// Why there is only one outcome: let a table be decided by ballot b. Every higher ballot needs promises of a majority,
// which meets the one that accepted in b; so it learns of b or of a ballot between, which by induction had the same
// table, and proposes that one. A voter's promise and its vote are on its disk before it tells anybody of them, so that
// a crash changes nothing. A table is used only once it is decided; so there is a chain of tables, one for each epoch,
// and no node ever sees another.
//
// A voter that lost its disk does not know what it promised, so it is another voter: see electorate.h.
#pragma once

#include <map>
#include <optional>

#include "node/reconfiguration/electorate.h"
#include "node/replica/replica.h"

namespace node {

class Agreement {
 public:
  Agreement(Replica& replica, const Electorate& electorate) : replica_(replica), electorate_(electorate) {}

  // From storage. Error: it cannot be read.
  bool load(const std::string& bytes);

  // Tries until some table is decided for the next epoch; not necessarily this one. One at a time.
  void propose(Turn& turn, RoutingTable table);
  bool proposing() const { return goal_.has_value(); }
  void begin_epoch() { goal_.reset(); }
  void tick(Turn& turn);  // now and then: a round that did not get through is tried again

  void on_prepare(Turn& turn, NodeIndex from, const Prepare& message);
  void on_promise(Turn& turn, NodeIndex from, const Promise& message);
  void on_accept(Turn& turn, NodeIndex from, const Accept& message);
  void on_accepted(Turn& turn, NodeIndex from, const Accepted& message);

  static constexpr const char* kStateKey = "vote";

 private:
  // What this node has promised and accepted in the vote on the table of one epoch.
  struct Vote {
    uint64_t epoch = 0;
    Ballot promised;
    Ballot accepted;
    RoutingTable table;
  };
  Vote& vote();
  void remember(Turn& turn, NodeIndex then_tell, Body body);
  void begin_round(Turn& turn);
  void lost(const Ballot& to) {
    outbid_ += to.round >= ballot_.round && to.round > highest_round_;
    highest_round_ = std::max(highest_round_, to.round);
  }
  void tell_voters(Turn& turn, const Body& body);
  std::vector<NodeIndex> voters() const;
  bool majority(const std::map<NodeIndex, bool>& of) const;

  Replica& replica_;
  const Electorate& electorate_;
  Vote vote_;

  std::optional<RoutingTable> goal_;  // what this node proposes unless it learns of another
  Ballot ballot_;
  Ballot learnt_;       // the highest that a promise told of
  RoutingTable value_;  // what is proposed in this ballot
  std::map<NodeIndex, bool> promised_, accepted_;
  uint64_t highest_round_ = 0;
  unsigned outbid_ = 0;  // so often, on the way to this goal
  Instant retry_at_{0};
};

}  // namespace node
