#include "node/wire/message.h"

#include <algorithm>
#include <array>

namespace node {

namespace {

// In the order of Body, whose index is what travels.
constexpr std::array kNames = {"HEARTBEAT",     "WRITE",        "WRITTEN",      "READ",        "HOLDS",
                               "REPAIR",        "FORWARD",      "ANSWER",       "SYNC.GROUPS", "SYNC.SLOTS",
                               "SYNC.BRANCHES", "SYNC.LEAVES",  "SYNC.WANT",    "SYNC.PULL",   "SYNC.PAGE",
                               "REAP.ASK",      "REAP.AGREE",   "REAP",         "GOSSIP",      "TABLE",
                               "JOIN",          "VOTE.PREPARE", "VOTE.PROMISE", "VOTE.ACCEPT", "VOTE.ACCEPTED",
                               "FETCH",         "FETCHED",      "STRAYS",       "STRAYS.KNOWN"};
static_assert(kNames.size() == std::variant_size_v<Body>);

// Of a heartbeat.
constexpr uint64_t kHearsYou = 1, kAsks = 2;

void put(Writer& w, const std::vector<std::string>& list) {
  w.u64(list.size());
  for (const std::string& s : list) w.string(s);
}

std::vector<std::string> get_strings(Reader& r) {
  std::vector<std::string> list(r.count());
  for (std::string& s : list) s = r.string();
  return list;
}

void put(Writer& w, const Tombs& tombs) {
  w.u64(tombs.size());
  for (const auto& [key, digest] : tombs) {
    w.string(key);
    w.fixed64(digest);
  }
}

Tombs get_tombs(Reader& r) {
  Tombs tombs(r.count());
  for (auto& tomb : tombs) {
    tomb.first = r.string();
    tomb.second = r.fixed64();
  }
  return tombs;
}

using Digests = std::vector<std::pair<Slot, uint64_t>>;
void put(Writer& w, const Digests& digests) {
  w.u64(digests.size());
  for (const auto& [slot, digest] : digests) {
    w.u64(slot);
    w.fixed64(digest);
  }
}

Slot get_slot(Reader& r) {
  uint64_t slot = r.u64();
  if (slot >= kSlots) r.fail();
  return static_cast<Slot>(slot);
}

Digests get_digests(Reader& r) {
  Digests digests(r.count());
  for (auto& entry : digests) {
    entry.first = get_slot(r);
    entry.second = r.fixed64();
  }
  return digests;
}

void put(Writer& w, const Region& region) {
  w.u64(region.slot);
  w.u64(region.depth);
  w.fixed64(region.prefix);
}

Region get_region(Reader& r) {
  Region region;
  region.slot = get_slot(r);
  const uint64_t depth = r.u64();
  if (depth > Region::kDeepest) r.fail();
  region.depth = static_cast<uint8_t>(depth);
  region.prefix = r.fixed64();
  return region;
}

void put(Writer& w, const std::vector<SyncLeaves::Leaf>& leaves) {
  w.u64(leaves.size());
  for (const SyncLeaves::Leaf& leaf : leaves) {
    put(w, leaf.region);
    w.u64(leaf.items.size());
    for (const auto& [hash, digest] : leaf.items) {
      w.fixed64(hash);
      w.fixed64(digest);
    }
  }
}

std::vector<SyncLeaves::Leaf> get_leaves(Reader& r) {
  std::vector<SyncLeaves::Leaf> leaves(r.count());
  for (SyncLeaves::Leaf& leaf : leaves) {
    leaf.region = get_region(r);
    leaf.items.resize(r.count());
    for (auto& entry : leaf.items) {
      entry.first = r.fixed64();
      entry.second = r.fixed64();
    }
  }
  return leaves;
}

struct Encoder {
  Writer& w;
  void operator()(const Heartbeat& m) const {
    w.u64((m.hears_you ? kHearsYou : 0) | (m.asks ? kAsks : 0));
    w.string(m.hears);
    w.u64(m.done);
    m.disk.encode(w);
    m.met.encode(w);
    w.u64(m.votes);
    put(w, m.given_up);
  }
  void operator()(const WriteRequest& m) const {
    w.string(m.key);
    w.string(m.home);
    w.string(m.delta);
    w.u64(m.left_ms);
  }
  void operator()(const WriteReply& m) const { w.u64(m.refused); }
  void operator()(const ReadRequest& m) const {
    w.string(m.key);
    w.u64(m.hints);
    w.u64(m.left_ms);
  }
  void operator()(const ReadReply& m) const { w.string(m.record); }
  void operator()(const Repair& m) const {
    w.string(m.key);
    w.string(m.record);
  }
  void operator()(const Forward& m) const {
    w.u64(m.meta);
    put(w, m.words);
  }
  void operator()(const ForwardReply& m) const { w.string(m.resp); }
  void operator()(const SyncGroups& m) const {
    w.u64(m.all);
    w.u64(m.digests.size());
    for (uint64_t digest : m.digests) w.fixed64(digest);
    put(w, m.busy);
  }
  void operator()(const SyncSlots& m) const { put(w, m.digests); }
  void operator()(const SyncBranches& m) const {
    w.u64(m.branches.size());
    for (const SyncBranches::Branch& branch : m.branches) {
      put(w, branch.region);
      for (uint64_t digest : branch.digests) w.fixed64(digest);
    }
  }
  void operator()(const SyncLeaves& m) const { put(w, m.leaves); }
  void operator()(const SyncWant& m) const { put(w, m.hashes); }
  void operator()(const ReapAsk& m) const { put(w, m.tombs); }
  void operator()(const ReapAgree& m) const { put(w, m.tombs); }
  void operator()(const Reap& m) const { put(w, m.tombs); }
  void operator()(const SyncPull& m) const {
    w.string(m.next);
    w.u64(m.until);
    put(w, m.digests);
  }
  void operator()(const SyncPage& m) const {
    m.life.encode(w);
    w.u64(m.whole);
    w.string(m.asked);
    w.string(m.next);
    w.u64(m.records.size());
    for (const auto& [key, record] : m.records) {
      w.string(key);
      w.string(record);
    }
  }
  void operator()(const Gossip& m) const {
    w.u64(static_cast<uint64_t>(m.step));
    if (m.step == Gossip::Step::kDigest) return w.fixed64(m.digest);
    w.u64(m.profiles.size());
    for (const Profile& p : m.profiles) {
      w.string(p.name);
      w.string(p.second_door);
      for (uint64_t number :
           {p.generation, p.version, p.epoch, p.load.ops, p.load.served, p.load.delay_us, p.load.keys, p.load.bytes}) {
        w.u64(number);
      }
    }
  }
  void operator()(const NewTable& m) const { m.table.encode(w); }
  void operator()(const Join& m) const {
    w.string(m.name);
    w.string(m.address);
    w.string(m.replaces);
    m.disk.encode(w);
  }
  void operator()(const Prepare& m) const { m.ballot.encode(w); }
  void operator()(const Promise& m) const {
    m.ballot.encode(w);
    m.promised.encode(w);
    m.accepted.encode(w);
    m.table.encode(w);
  }
  void operator()(const Accept& m) const {
    m.ballot.encode(w);
    m.table.encode(w);
  }
  void operator()(const Accepted& m) const {
    m.ballot.encode(w);
    m.promised.encode(w);
  }
  void operator()(const Fetch& m) const {
    w.u64(m.number);
    w.u64(m.bytes);
    w.string(m.next);
    put(w, m.slots);
  }
  void operator()(const Fetched& m) const {
    w.u64(m.number);
    w.u64(m.slots);
    w.string(m.next);
    w.u64(m.records.size());
    for (const auto& [key, record] : m.records) {
      w.string(key);
      w.string(record);
    }
  }
  void operator()(const StraysHeld& m) const { put(w, m.slots); }
  void operator()(const StraysKnown& m) const {
    w.u64(m.same.size());
    for (Slot slot : m.same) w.u64(slot);
    put(w, m.others);
  }
};

void get(Reader& r, Heartbeat& m) {
  const uint64_t flags = r.u64();
  m.hears_you = (flags & kHearsYou) != 0;
  m.asks = (flags & kAsks) != 0;
  m.hears = r.string();
  m.done = r.u64() != 0;
  m.disk = Actor::decode(r);
  m.met = Actor::decode(r);
  m.votes = r.u64() != 0;
  m.given_up = get_strings(r);
}
void get(Reader& r, WriteRequest& m) {
  m.key = r.string();
  m.home = r.string();
  m.delta = r.string();
  m.left_ms = r.u64();
}
void get(Reader& r, WriteReply& m) { m.refused = r.u64() != 0; }
void get(Reader& r, ReadRequest& m) {
  m.key = r.string();
  m.hints = r.u64() != 0;
  m.left_ms = r.u64();
}
void get(Reader& r, ReadReply& m) { m.record = r.string(); }
void get(Reader& r, Repair& m) {
  m.key = r.string();
  m.record = r.string();
}
void get(Reader& r, Forward& m) {
  m.meta = r.u64() != 0;
  m.words = get_strings(r);
}
void get(Reader& r, ForwardReply& m) { m.resp = r.string(); }
void get(Reader& r, SyncGroups& m) {
  m.all = r.u64() != 0;
  m.digests.resize(r.count());
  for (uint64_t& digest : m.digests) digest = r.fixed64();
  m.busy = get_digests(r);
}
void get(Reader& r, SyncSlots& m) { m.digests = get_digests(r); }
void get(Reader& r, SyncBranches& m) {
  m.branches.resize(r.count());
  for (SyncBranches::Branch& branch : m.branches) {
    branch.region = get_region(r);
    for (uint64_t& digest : branch.digests) digest = r.fixed64();
  }
}
void get(Reader& r, SyncLeaves& m) { m.leaves = get_leaves(r); }
void get(Reader& r, SyncWant& m) { m.hashes = get_digests(r); }
void get(Reader& r, ReapAsk& m) { m.tombs = get_tombs(r); }
void get(Reader& r, ReapAgree& m) { m.tombs = get_tombs(r); }
void get(Reader& r, Reap& m) { m.tombs = get_tombs(r); }
void get(Reader& r, SyncPull& m) {
  m.next = r.string();
  m.until = get_slot(r);
  m.digests = get_digests(r);
}
void get(Reader& r, SyncPage& m) {
  m.life = Actor::decode(r);
  m.whole = r.u64() != 0;
  m.asked = r.string();
  m.next = r.string();
  m.records.resize(r.count());
  for (auto& entry : m.records) {
    entry.first = r.string();
    entry.second = r.string();
  }
}
void get(Reader& r, Gossip& m) {
  m.step = static_cast<Gossip::Step>(std::min(r.u64(), static_cast<uint64_t>(Gossip::Step::kDigest)));
  if (m.step == Gossip::Step::kDigest) {
    m.digest = r.fixed64();
    return;
  }
  m.profiles.resize(r.count());
  for (Profile& p : m.profiles) {
    p.name = r.string();
    p.second_door = r.string();
    for (uint64_t* number : {&p.generation, &p.version, &p.epoch, &p.load.ops, &p.load.served, &p.load.delay_us,
                             &p.load.keys, &p.load.bytes}) {
      *number = r.u64();
    }
  }
}
void get(Reader& r, NewTable& m) { m.table = RoutingTable::decode(r); }
void get(Reader& r, Join& m) {
  m.name = r.string();
  m.address = r.string();
  m.replaces = r.string();
  m.disk = Actor::decode(r);
}
void get(Reader& r, Prepare& m) { m.ballot = Ballot::decode(r); }
void get(Reader& r, Promise& m) {
  m.ballot = Ballot::decode(r);
  m.promised = Ballot::decode(r);
  m.accepted = Ballot::decode(r);
  m.table = RoutingTable::decode(r);
}
void get(Reader& r, Accept& m) {
  m.ballot = Ballot::decode(r);
  m.table = RoutingTable::decode(r);
}
void get(Reader& r, Accepted& m) {
  m.ballot = Ballot::decode(r);
  m.promised = Ballot::decode(r);
}
void get(Reader& r, Fetch& m) {
  m.number = r.u64();
  m.bytes = r.u64();
  m.next = r.string();
  m.slots = get_digests(r);
}
void get(Reader& r, Fetched& m) {
  m.number = r.u64();
  m.slots = r.u64();
  m.next = r.string();
  m.records.resize(r.count());
  for (auto& entry : m.records) {
    entry.first = r.string();
    entry.second = r.string();
  }
}
void get(Reader& r, StraysHeld& m) { m.slots = get_digests(r); }
void get(Reader& r, StraysKnown& m) {
  m.same.resize(r.count());
  for (Slot& slot : m.same) slot = get_slot(r);
  m.others = get_leaves(r);
}

template <size_t kIndex = 0>
bool get_body(uint64_t kind, Reader& r, Body& body) {
  if constexpr (kIndex == std::variant_size_v<Body>) {
    return false;
  } else {
    if (kind != kIndex) return get_body<kIndex + 1>(kind, r, body);
    get(r, body.emplace<kIndex>());
    return r.done();
  }
}

// Of what is long in it: memory is had once.
size_t bytes_of(const Body& body) {
  if (const auto* write = std::get_if<WriteRequest>(&body)) return write->key.size() + write->delta.size();
  if (const auto* read = std::get_if<ReadRequest>(&body)) return read->key.size();
  if (const auto* holds = std::get_if<ReadReply>(&body)) return holds->record.size();
  if (const auto* repair = std::get_if<Repair>(&body)) return repair->key.size() + repair->record.size();
  return 0;
}

// Most messages of the background come from no request, and the same few over and over: they name no life.
void put(Writer& w, const RequestId& id) {
  w.u64(id.n);
  if (id.n > 0) id.life.encode(w);
}

RequestId get_id(Reader& r) {
  RequestId id;
  id.n = r.u64();
  if (id.n > 0) id.life = Actor::decode(r);
  return id;
}

}  // namespace

void Ballot::encode(Writer& w) const {
  w.u64(round);
  proposer.encode(w);
}

Ballot Ballot::decode(Reader& r) {
  Ballot ballot;
  ballot.round = r.u64();
  ballot.proposer = Actor::decode(r);
  return ballot;
}

Packet encode(std::string_view from, const RequestId& id, uint64_t epoch, const Body& body) {
  constexpr size_t kHeadBytes = 64;
  Packet packet;
  packet.reserve(kHeadBytes + from.size() + bytes_of(body));
  Writer w(packet);
  w.u64(body.index());
  put(w, id);
  w.u64(epoch);
  w.string(from);
  std::visit(Encoder{w}, body);
  return packet;
}

bool decode(std::string_view packet, Message& message) {
  Reader r(packet);
  const uint64_t kind = r.u64();
  message.id = get_id(r);
  message.epoch = r.u64();
  message.from = r.string();
  return r.ok() && get_body(kind, r, message.body);
}

std::string_view kind_of(std::string_view packet) {
  const uint64_t kind = Reader(packet).u64();
  return packet.empty() || kind >= kNames.size() ? std::string_view() : kNames[kind];
}

std::string_view cause_of(std::string_view packet) {
  Reader r(packet);
  r.u64();
  const size_t begin = packet.size() - r.left();
  get_id(r);
  return packet.substr(begin, packet.size() - r.left() - begin);
}

}  // namespace node
