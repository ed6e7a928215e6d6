#include "node/membership/liveness.h"

#include <utility>

namespace node {

void Liveness::grow(size_t nodes, NodeIndex self) {
  self_ = self;
  Peer silent;
  silent.heard = silent.met = silent.reached = silent.vouched = started_ - patience();
  peers_.resize(nodes, silent);
}

void Liveness::begin(Instant now) {
  started_ = now;
  for (Peer& peer : peers_) peer.heard = peer.met = peer.reached = peer.vouched = now - patience();
}

bool Liveness::heard(NodeIndex peer, bool hears_us, Instant now) {
  bool was_up = up(peer, now);
  peers_[peer].heard = now;
  if (hears_us) peers_[peer].met = peers_[peer].reached = now;
  return hears_us && !was_up;
}

bool Liveness::link(NodeIndex peer, bool linked) { return std::exchange(peers_[peer].linked, linked) != linked; }

void Liveness::tick(Instant now, Duration late) {
  for (Peer& peer : peers_) {
    if (late >= suspect_after_ / 2) {
      peer.heard += late;
      peer.reached += late;
    }
    const bool is_up = lately_reached(peer, now);
    suspicions_ += peer.was_up && !is_up;
    peer.was_up = is_up;
  }
}

}  // namespace node
