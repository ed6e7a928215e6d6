#include "node/membership/liveness.h"

namespace node {

void Liveness::grow(size_t nodes, NodeIndex self) {
  self_ = self;
  peers_.resize(nodes, Peer{started_ - suspect_after_, started_ - suspect_after_, started_ - suspect_after_, false});
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
  for (Peer& peer : peers_) {
    if (pause >= suspect_after_ / 2) {
      peer.heard += pause;
      peer.reached += pause;
    }
    const bool is_up = now - peer.reached < suspect_after_;
    suspicions_ += peer.was_up && !is_up;
    peer.was_up = is_up;
  }
}

}  // namespace node
