// The routing table as this node sees it now: ranges with their owners, who can be reached, how busy they are, and
// under which address a client finds them. What RING, ROUTE, CLUSTER and the page in a browser show, each in its own
// form.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "node/replica/replica.h"

namespace node {

// What clients connect to (effects.h, Start::doors), and the one that a request came in by: nodes are then named by
// addresses of the same network.
struct Doors {
  std::array<std::string, 2> own;
  int used = 0;
};

class RingView {
 public:
  RingView(const Replica& replica, const Doors& doors, Instant now) : replica_(replica), doors_(doors), now_(now) {}

  // A point's range, `first` to `last`. The ranges are in order and cover every slot once: that of the lowest point,
  // which goes round the circle, is cut in two.
  struct Range {
    int first = 0;
    int last = 0;
    NodeIndex owner = 0;
    int virtual_id = 0;  // which of the owner's points, counted from 0
  };
  std::vector<Range> ranges() const;

  struct Node {
    NodeIndex index = 0;
    std::string name;
    std::string address;
    bool up = false;
    Duration unmet{0};  // since this node and it last heard each other
    int weight = 100;
    size_t points = 0;
    int first_slots = 0;  // that it is the first home of
    int slots = 0;        // that it keeps
    Profile profile;      // as far as gossip brought it here
  };
  std::vector<Node> members() const;

  std::string address(NodeIndex node) const;
  const std::string& name(NodeIndex node) const { return replica_.name(node); }
  bool up(NodeIndex node) const { return replica_.up(node, now_); }
  // up, down, cut (out of our reach alone), or recovering (this node: it answers no strict reads yet).
  const char* state(NodeIndex node) const;
  const Profile* profile(NodeIndex node) const { return replica_.profiles.of(name(node)); }
  uint64_t epoch() const { return replica_.table().epoch; }
  // Of the table: nodes that show the same one agree on every owner.
  std::string digest() const;
  const Replica& replica() const { return replica_; }

 private:
  const Replica& replica_;
  const Doors& doors_;
  Instant now_;
};

}  // namespace node
