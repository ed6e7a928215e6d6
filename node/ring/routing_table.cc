#include "node/ring/routing_table.h"

#include <algorithm>

#include "node/ring/assignment.h"

namespace node {

namespace {

void put(Writer& w, const Points& points) {
  w.u64(points.size());
  Slot last = 0;
  for (const Point& point : points) {
    w.u64(static_cast<uint64_t>(point.slot - last));
    w.u64(point.member);
    last = point.slot;
  }
}

Points get_points(Reader& r, size_t members) {
  Points points(r.count());
  uint64_t last = 0;
  for (size_t i = 0; i < points.size() && r.ok(); ++i) {
    const uint64_t step = r.u64();
    const uint64_t member = r.u64();
    last += std::min<uint64_t>(step, kSlots);
    if ((i > 0 && step == 0) || last >= kSlots || member >= members) r.fail();
    points[i] = {static_cast<Slot>(last), static_cast<NodeIndex>(member)};
  }
  return r.ok() ? points : Points();
}

}  // namespace

RoutingTable RoutingTable::first(const Options& options) {
  RoutingTable table;
  table.epoch = 1;
  table.replicas = options.replicas;
  table.read_quorum = options.read_quorum;
  table.write_quorum = options.write_quorum;
  table.ring = options.ring;
  for (const Peer& peer : options.peers) {
    table.members.push_back({peer.name, peer.address, Member::State::kMember, peer.weight});
  }
  if (table.members.empty()) table.members.push_back({options.name, ""});
  std::sort(table.members.begin(), table.members.end(),
            [](const Member& a, const Member& b) { return a.name < b.name; });
  table.points = assign(table.ring, table.members, table.replicas, {});
  return table;
}

void RoutingTable::begin_change() { next = assign(ring, members, replicas, points); }

void RoutingTable::end_change() {
  points = std::move(next);
  next.clear();
  for (Member& member : members) {
    member.state = member.after() ? Member::State::kMember : Member::State::kLeft;
  }
}

const Member* RoutingTable::find(std::string_view name) const {
  auto it = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.name == name; });
  return it == members.end() ? nullptr : &*it;
}

size_t RoutingTable::points_of(std::string_view name) const {
  return static_cast<size_t>(std::count_if(points.begin(), points.end(),
                                           [&](const Point& point) { return members[point.member].name == name; }));
}

size_t RoutingTable::count_before() const {
  return static_cast<size_t>(std::count_if(members.begin(), members.end(), [](const Member& m) { return m.before(); }));
}

size_t RoutingTable::count_after() const {
  return static_cast<size_t>(std::count_if(members.begin(), members.end(), [](const Member& m) { return m.after(); }));
}

void RoutingTable::encode(Writer& w) const {
  w.u64(epoch);
  for (int number : {replicas, read_quorum, write_quorum, static_cast<int>(ring.cut), ring.count}) {
    w.u64(static_cast<uint64_t>(number));
  }
  w.u64(members.size());
  for (const Member& member : members) {
    w.string(member.name);
    w.string(member.address);
    w.u64(static_cast<uint64_t>(member.state));
    w.u64(static_cast<uint64_t>(member.weight));
    member.disk.encode(w);
  }
  put(w, points);
  put(w, next);
}

RoutingTable RoutingTable::decode(Reader& r) {
  RoutingTable table;
  table.epoch = r.u64();
  int cut = 0;
  for (int* number : {&table.replicas, &table.read_quorum, &table.write_quorum, &cut, &table.ring.count}) {
    *number = static_cast<int>(r.u64());
  }
  if (cut != static_cast<int>(RingKind::Cut::kTokens) && cut != static_cast<int>(RingKind::Cut::kEqual)) r.fail();
  table.ring.cut = static_cast<RingKind::Cut>(cut);
  table.members.resize(r.count());
  for (Member& member : table.members) {
    member.name = r.string();
    member.address = r.string();
    uint64_t state = r.u64();
    if (state > static_cast<uint64_t>(Member::State::kLeft)) r.fail();
    member.state = static_cast<Member::State>(state);
    member.weight = static_cast<int>(r.u64());
    if (member.weight < 1 || member.weight > Member::kHeaviest) r.fail();
    member.disk = Actor::decode(r);
  }
  table.points = get_points(r, table.members.size());
  table.next = get_points(r, table.members.size());
  return table;
}

}  // namespace node
