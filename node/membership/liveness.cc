#include "node/membership/liveness.h"

namespace node {

void Liveness::grow(size_t nodes, NodeIndex self) {
  self_ = self;
  peers_.resize(nodes, Peer{started_ - suspect_after_, started_ - suspect_after_});
}

bool Liveness::heard(NodeIndex peer, bool hears_us, Instant now) {
  bool was_up = up(peer, now);
  peers_[peer].heard = now;
  if (hears_us) peers_[peer].reached = now;
  return hears_us && !was_up;
}

void Liveness::tick(Instant now, Duration interval) {
  Duration pause = now - last_tick_ - interval;
  last_tick_ = now;
  if (pause < suspect_after_ / 2) return;
  for (Peer& peer : peers_) {
    peer.heard += pause;
    peer.reached += pause;
  }
}

}  // namespace node
