// Who can be reached, in this node's own opinion (Dynamo §4.8.3: local knowledge is enough). Membership is another
// matter: a node that is down keeps its keys.
//
// A node speaks to a few others at each heartbeat. In a small cluster these are all; in a larger one they take turns,
// so that what a node says does not grow with the cluster, but the silence after which a peer is taken for down does:
// by the time between two turns. A peer that is late is asked, and answers at once, so that one lost heartbeat is none.
#pragma once

#include <algorithm>
#include <vector>

#include "node/base/time.h"
#include "node/ring/directory.h"

namespace node {

class Liveness {
 public:
  Liveness(Duration suspect_after, Instant now) : suspect_after_(suspect_after), started_(now) {}
  // There are more nodes now. Nobody is up before it has been heard: a node that has just started must not count on
  // others to hear it.
  void grow(size_t nodes, NodeIndex self);
  // What may pass between two heartbeats of a peer beyond heartbeat_interval, because others have their turn.
  void take_turns(Duration between) { between_turns_ = between; }

  // The node begins only now: until then it could not hear anybody.
  void begin(Instant now);

  // A heartbeat came. A peer that does not hear us cannot be reached by us either: it counts as silent.
  // True if it was down before.
  bool heard(NodeIndex peer, bool hears_us, Instant now);
  // It spoke to us lately, whether or not it hears us: what our own heartbeat says.
  bool hears(NodeIndex peer, Instant now) const { return peer == self_ || now - peers_[peer].heard < patience(); }
  // Its turn is over, and it has not spoken: worth a question. Never where there are no turns: it speaks soon anyhow.
  bool late(NodeIndex peer, Instant now) const {
    const Duration turn = between_turns_ + suspect_after_ / 4;
    return between_turns_ > Duration(0) && now - peers_[peer].heard >= turn;
  }
  // `witness` says that it hears the peer: alive, then, though perhaps not within our reach.
  void vouched(NodeIndex peer, Instant now) { peers_[peer].vouched = now; }
  // Down for us alone: the link is cut, not the node dead. (An indirect probe, SWIM §4.1, that costs no message: every
  // heartbeat names whom its sender hears.)
  bool cut_off(NodeIndex peer, Instant now) const {
    return !up(peer, now) && (now - peers_[peer].vouched < patience() || hears(peer, now));
  }
  // The connection to it broke, or is there again. One that broke is no proof that the peer is down, but what we would
  // send it is lost; and its silence means more: it is down after half of the time.
  // True if that is news.
  bool link(NodeIndex peer, bool linked);
  bool linked(NodeIndex peer) const { return peers_[peer].linked; }
  // How long it has been down for us, at least since our own start.
  Duration silence(NodeIndex peer, Instant now) const { return now - std::max(peers_[peer].reached, started_); }
  // How long ago it said last that it hears us, whoever was paused since.
  Duration unmet(NodeIndex peer, Instant now) const { return peer == self_ ? Duration{0} : now - peers_[peer].met; }
  bool up(NodeIndex peer, Instant now) const { return peer == self_ || lately_reached(peers_[peer], now); }

  uint64_t suspicions() const { return suspicions_; }  // how often a peer that was up was taken for down

  // Called at every heartbeat. One that comes very late means that this process was paused: the silence was ours, so
  // nobody is suspected for it.
  void tick(Instant now, Duration late);

 private:
  struct Peer {
    Instant heard{0};     // when it last spoke
    Instant met{0};       // when it last said that it hears us
    Instant reached{0};   // the same, as if there had been no pauses of ours
    Instant vouched{0};   // when another one last said that it hears it
    bool was_up = false;  // at the last tick
    bool linked = true;
  };
  Duration patience() const { return suspect_after_ + between_turns_; }
  bool lately_reached(const Peer& peer, Instant now) const {
    return now - peer.reached < (peer.linked ? patience() : between_turns_ + suspect_after_ / 2);
  }

  NodeIndex self_ = Directory::kNobody;
  Duration suspect_after_;
  Duration between_turns_{0};
  Instant started_;
  uint64_t suspicions_ = 0;
  std::vector<Peer> peers_;
};

}  // namespace node
