#include "node/coordinator/ring_view.h"

#include "node/base/hash.h"

namespace node {

std::vector<RingView::Range> RingView::ranges() const {
  const RoutingTable& table = replica_.table();
  std::vector<Range> ranges;
  std::vector<int> met(table.members.size(), 0);
  int first = 0;
  for (const Point& point : table.points) {
    const NodeIndex owner = replica_.nodes().index(table.members[point.member].name);
    ranges.push_back({first, point.slot, owner, met[point.member]++});
    first = point.slot + 1;
  }
  if (!ranges.empty() && first < kSlots) ranges.push_back({first, kSlots - 1, ranges[0].owner, ranges[0].virtual_id});
  return ranges;
}

std::vector<RingView::Node> RingView::members() const {
  std::vector<Node> nodes;
  for (const Member& member : replica_.table().members) {
    if (member.state == Member::State::kLeft) continue;
    Node node;
    node.index = replica_.nodes().index(member.name);
    node.name = member.name;
    node.address = address(node.index);
    node.up = up(node.index);
    node.unmet = replica_.liveness.unmet(node.index, now_);
    node.weight = member.weight;
    node.points = replica_.table().points_of(member.name);
    node.first_slots = replica_.layout().slots_kept(node.index, true);
    node.slots = replica_.layout().slots_kept(node.index, false);
    if (const Profile* told = profile(node.index)) node.profile = *told;
    nodes.push_back(std::move(node));
  }
  return nodes;
}

std::string RingView::address(NodeIndex node) const {
  const bool self = node == replica_.self();
  if (doors_.used == 1) {
    const Profile* told = profile(node);
    std::string second = self ? doors_.own[1] : told != nullptr ? told->second_door : "";
    if (!second.empty()) return second;
  }
  const Member* member = replica_.table().find(name(node));
  const std::string address = member == nullptr ? "" : member->address;
  // A node alone that listens on any free port learns only now which.
  const bool unknown = address.empty() || (address.size() > 2 && address.substr(address.size() - 2) == ":0");
  return self && unknown && !doors_.own[0].empty() ? doors_.own[0] : address;
}

std::string RingView::digest() const {
  std::string bytes;
  Writer writer(bytes);
  replica_.table().encode(writer);
  std::string digest;
  Writer(digest).fixed64(hash64(bytes));
  return to_hex(digest);
}

const char* RingView::state(NodeIndex node) const {
  if (!up(node)) return replica_.liveness.cut_off(node, now_) ? "cut" : "down";
  // Where clients expect strict reads, it cannot do its share yet.
  const bool mute = node == replica_.self() && !replica_.shows(replica_.options().mode == Mode::kSloppy);
  return mute ? "recovering" : "up";
}

}  // namespace node
