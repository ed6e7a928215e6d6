// Who is a member, and how that changes: carries out ADMIN commands and the wishes of nodes that want to join, spreads
// the routing table, and ends a change once it is done.
//
//   1. The change is agreed on (agreement.h): a table in transition, in which the owners before it and those after it
//      both own their slots. Every request needs quorums of both.
//   2. The new owners fetch what they lack (transfer.h), those who go deliver the hints that they keep. Each says in
//      its heartbeat when it is done.
//   3. When all are, the end of the change is agreed on: the new owners are the owners. The old ones drop what they
//      hold once the new ones have it (strays.h).
//
// Any node carries a wish through: it proposes, and proposes again, until the table says that it is so, or cannot be.
// So two wishes at once are both fulfilled, one after the other. Nobody is ever removed by a time-out.
//
// Tables spread by being noticed: every message tells its sender's epoch. Who hears an older one answers with the
// table, who hears a newer one answers that it is behind. Replicas refuse the requests of coordinators that are behind;
// these take the newer table and go on under it (coordinator/).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/reconfiguration/agreement.h"
#include "node/reconfiguration/change.h"
#include "node/reconfiguration/electorate.h"
#include "node/reconfiguration/strays.h"
#include "node/reconfiguration/transfer.h"

namespace node {

class Membership {
 public:
  Membership(Replica& replica, Transfer& transfer, Strays& strays)
      : electorate(replica), agreement(replica, electorate), replica_(replica), transfer_(transfer), strays_(strays) {}

  // A table has been installed, at the start too.
  void begin_epoch(Turn& turn);
  void tick(Turn& turn);  // at every heartbeat
  void on_heartbeat(Turn& turn, NodeIndex from, const Heartbeat& heartbeat, bool same_epoch);
  void on_join(Turn& turn, const Join& wish);
  void on_table(Turn& turn, const RoutingTable& table);

  // Somebody spoke in an older epoch: here is the table.
  void tell_table(Turn& turn, NodeIndex to);
  // True now and then: who hears of a newer epoch tells that it is behind, but not for each of a thousand messages.
  bool may_speak_to(NodeIndex peer, Instant now);

  // This node's part of the change that is under way is done.
  bool done(Instant now) const;

  // ADMIN …: answers at once, or when the change has begun.
  void command(Turn& turn, ClientId client, uint64_t ticket, const Words& words);
  size_t slots_to_fetch() const { return transfer_.slots_left(); }
  size_t slots_to_drop() const { return strays_.slots(); }

  Electorate electorate;
  Agreement agreement;

 private:
  struct Wish {
    Change change;
    std::optional<std::pair<ClientId, uint64_t>> asker;  // none: the node that wants to join
    Instant until{0};
  };
  bool may_finish(Instant now) const;
  void look_after_wishes(Turn& turn);
  void look_after_votes(Turn& turn);
  void refresh_links(Turn& turn);
  void reply(Turn& turn, const Wish& wish, std::string resp) const;
  std::string status(Instant now) const;
  std::vector<uint64_t> busy() const;

  Replica& replica_;
  Transfer& transfer_;
  Strays& strays_;
  std::vector<Wish> wishes_;
  std::map<NodeIndex, bool> done_;       // what others say of this epoch
  std::map<NodeIndex, Instant> spoken_;  // when a table, or that we are behind, was last told to it
  std::optional<std::vector<std::pair<std::string, std::string>>> links_;
  Instant asked_to_join_{0};
  size_t next_contact_ = 0;
  std::string refused_;  // the last join that could not be, and why
};

}  // namespace node
