#include "node/ring/routing_table.h"

#include <algorithm>

namespace node {

RoutingTable RoutingTable::first(const Options& options) {
  RoutingTable table{1, options.replicas, options.read_quorum, options.write_quorum, options.tokens, {}};
  for (const Peer& peer : options.peers) table.members.push_back({peer.name, peer.address});
  if (table.members.empty()) table.members.push_back({options.name, ""});
  std::sort(table.members.begin(), table.members.end(),
            [](const Member& a, const Member& b) { return a.name < b.name; });
  return table;
}

bool RoutingTable::in_transition() const {
  return std::any_of(members.begin(), members.end(), [](const Member& m) { return m.before() != m.after(); });
}

const Member* RoutingTable::find(std::string_view name) const {
  auto it = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.name == name; });
  return it == members.end() ? nullptr : &*it;
}

size_t RoutingTable::count_before() const {
  return static_cast<size_t>(std::count_if(members.begin(), members.end(), [](const Member& m) { return m.before(); }));
}

size_t RoutingTable::count_after() const {
  return static_cast<size_t>(std::count_if(members.begin(), members.end(), [](const Member& m) { return m.after(); }));
}

void RoutingTable::encode(Writer& w) const {
  w.u64(epoch);
  for (int number : {replicas, read_quorum, write_quorum, tokens}) w.u64(static_cast<uint64_t>(number));
  w.u64(members.size());
  for (const Member& member : members) {
    w.string(member.name);
    w.string(member.address);
    w.u64(static_cast<uint64_t>(member.state));
  }
}

RoutingTable RoutingTable::decode(Reader& r) {
  RoutingTable table;
  table.epoch = r.u64();
  for (int* number : {&table.replicas, &table.read_quorum, &table.write_quorum, &table.tokens}) {
    *number = static_cast<int>(r.u64());
  }
  table.members.resize(r.count());
  for (Member& member : table.members) {
    member.name = r.string();
    member.address = r.string();
    uint64_t state = r.u64();
    if (state > static_cast<uint64_t>(Member::State::kLeft)) r.fail();
    member.state = static_cast<Member::State>(state);
  }
  return table;
}

}  // namespace node
