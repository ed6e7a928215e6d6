#include "node/handoff/handoff.h"

namespace node {

void Handoff::deliver(Turn& turn) {
  // An answer that has not come after a request's time never will: offer again.
  for (auto it = flights_.begin(); it != flights_.end();) {
    if (turn.now - it->second.sent > replica_.options().request_timeout) {
      by_hint_.erase(it->second.hint_key);
      it = flights_.erase(it);
    } else {
      ++it;
    }
  }
  if (replica_.hints.entries().empty()) return;
  for (NodeIndex home = 0; home < replica_.nodes().size(); ++home) {
    if (replica_.up(home, turn.now) && home != replica_.self()) deliver_to(turn, home);
  }
}

void Handoff::deliver_to(Turn& turn, NodeIndex home) {
  const RecordTable::Map& hints = replica_.hints.entries();
  std::string prefix = Replica::hint_prefix(replica_.name(home));
  size_t batch = 0;
  for (auto it = hints.lower_bound(prefix); it != hints.end() && it->first.compare(0, 8, prefix) == 0; ++it) {
    if (batch == replica_.options().hint_batch) return;
    ++batch;
    if (by_hint_.count(it->first) > 0) continue;
    RequestId id = replica_.new_request();
    flights_[id.n] = {it->first, it->second.digest, turn.now};
    by_hint_[it->first] = id.n;
    replica_.send(turn, home, id,
                  WriteRequest{key_of_storage_key(Replica::storage_key_of_hint(it->first)), "", it->second.visible});
  }
}

bool Handoff::delivered(Turn& turn, const RequestId& id) {
  auto it = flights_.find(id.n);
  if (it == flights_.end()) return false;
  Flight flight = std::move(it->second);
  flights_.erase(it);
  by_hint_.erase(flight.hint_key);
  const RecordTable::Map& hints = replica_.hints.entries();
  auto hint = hints.find(flight.hint_key);
  bool unchanged = hint != hints.end() && hint->second.digest == flight.digest &&
                   replica_.hints.latest(flight.hint_key) == hint->second.visible;
  if (unchanged) {
    replica_.drop_hint(turn, flight.hint_key);
    ++replica_.counters.hints_delivered;
  }
  return true;
}

}  // namespace node
