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
  if (replica_.hints.size() == 0) return;
  for (NodeIndex home = 0; home < replica_.nodes().size(); ++home) {
    if (home == replica_.self() || !replica_.up(home, turn.now)) continue;
    if (replica_.stays(home)) deliver_to(turn, home);  // else see reconfiguration/strays.h
  }
}

// Bug::kMisdeliverHints: some other node that is up, if there is one.
NodeIndex Handoff::receiver(NodeIndex home, Instant now) const {
  if (replica_.options().bug != Bug::kMisdeliverHints) return home;
  for (NodeIndex node = 0; node < replica_.nodes().size(); ++node) {
    if (node != home && node != replica_.self() && replica_.up(node, now)) return node;
  }
  return home;
}

void Handoff::deliver_to(Turn& turn, NodeIndex home) {
  const std::string prefix = Replica::hint_prefix(replica_.name(home));
  size_t batch = 0;
  replica_.hints.tree().each({StoredKey(prefix).slot(), 0, 0}, [&](const Tree::Item& hint) {
    if (!hint.key.starts_with(prefix)) return true;  // of another home
    if (batch++ == replica_.options().hint_batch) return false;
    const std::string key(hint.key);
    if (by_hint_.count(key) > 0) return true;
    if (!replica_.background.may(turn.now, hint.key.size() + hint.bytes.size())) return false;
    RequestId id = replica_.new_request();
    flights_[id.n] = {key, hint.digest, turn.now};
    by_hint_[key] = id.n;
    replica_.send(turn, receiver(home, turn.now), id,
                  WriteRequest{key_of_storage_key(Replica::storage_key_of_hint(key)), "", std::string(hint.bytes)});
    return true;
  });
}

bool Handoff::delivered(Turn& turn, const RequestId& id) {
  auto it = flights_.find(id.n);
  if (it == flights_.end()) return false;
  Flight flight = std::move(it->second);
  flights_.erase(it);
  by_hint_.erase(flight.hint_key);
  const bool again = replica_.rare.happen("deliver-again", id.n);
  if (replica_.hints.unchanged_since(flight.hint_key, flight.digest) && !again) {
    replica_.drop_hint(turn, flight.hint_key);
    ++replica_.counters.hints_delivered;
  }
  return true;
}

}  // namespace node
