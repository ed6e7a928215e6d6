#include "node/wire/message.h"

#include <array>

namespace node {

namespace {

// In the order of Body.
constexpr std::array<const char*, std::variant_size_v<Body>> kNames = {
    "HEARTBEAT", "WRITE",       "WRITTEN",    "READ",      "HOLDS",     "REPAIR", "FORWARD",
    "ANSWER",    "SYNC.GROUPS", "SYNC.SLOTS", "SYNC.KEYS", "SYNC.WANT", "GOSSIP"};

void put(Writer& w, const std::vector<std::string>& list) {
  w.u64(list.size());
  for (const std::string& s : list) w.string(s);
}

std::vector<std::string> get_strings(Reader& r) {
  std::vector<std::string> list(r.count());
  for (std::string& s : list) s = r.string();
  return list;
}

Record get_record(Reader& r) {
  Record record;
  if (!Record::decode(r.string(), record)) r.fail();
  return record;
}

struct Encoder {
  Writer& w;
  void operator()(const Heartbeat& m) const { put(w, m.hears); }
  void operator()(const WriteRequest& m) const {
    w.string(m.key);
    w.string(m.home);
    w.string(m.delta.encode());
  }
  void operator()(const WriteReply& m) const { w.u64(m.refused); }
  void operator()(const ReadRequest& m) const {
    w.string(m.key);
    w.u64(m.hints);
  }
  void operator()(const ReadReply& m) const { w.string(m.record.encode()); }
  void operator()(const Repair& m) const {
    w.string(m.key);
    w.string(m.record.encode());
  }
  void operator()(const Forward& m) const {
    w.u64(m.meta);
    put(w, m.words);
  }
  void operator()(const ForwardReply& m) const { w.string(m.resp); }
  void operator()(const SyncGroups& m) const {
    w.u64(m.digests.size());
    for (uint64_t digest : m.digests) w.fixed64(digest);
  }
  void operator()(const SyncSlots& m) const {
    w.u64(m.digests.size());
    for (const auto& [slot, digest] : m.digests) {
      w.u64(slot);
      w.fixed64(digest);
    }
  }
  void operator()(const SyncKeys& m) const {
    w.u64(m.slots.size());
    for (Slot slot : m.slots) w.u64(slot);
    w.u64(m.digests.size());
    for (const auto& [key, digest] : m.digests) {
      w.string(key);
      w.fixed64(digest);
    }
  }
  void operator()(const SyncWant& m) const { put(w, m.keys); }
  void operator()(const Gossip& m) const {
    w.u64(m.answer);
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
};

Slot get_slot(Reader& r) {
  uint64_t slot = r.u64();
  if (slot >= kSlots) r.fail();
  return static_cast<Slot>(slot);
}

void get(Reader& r, Heartbeat& m) { m.hears = get_strings(r); }
void get(Reader& r, WriteRequest& m) {
  m.key = r.string();
  m.home = r.string();
  m.delta = get_record(r);
}
void get(Reader& r, WriteReply& m) { m.refused = r.u64() != 0; }
void get(Reader& r, ReadRequest& m) {
  m.key = r.string();
  m.hints = r.u64() != 0;
}
void get(Reader& r, ReadReply& m) { m.record = get_record(r); }
void get(Reader& r, Repair& m) {
  m.key = r.string();
  m.record = get_record(r);
}
void get(Reader& r, Forward& m) {
  m.meta = r.u64() != 0;
  m.words = get_strings(r);
}
void get(Reader& r, ForwardReply& m) { m.resp = r.string(); }
void get(Reader& r, SyncGroups& m) {
  m.digests.resize(r.count());
  for (uint64_t& digest : m.digests) digest = r.fixed64();
}
void get(Reader& r, SyncSlots& m) {
  m.digests.resize(r.count());
  for (auto& entry : m.digests) {
    entry.first = get_slot(r);
    entry.second = r.fixed64();
  }
}
void get(Reader& r, SyncKeys& m) {
  m.slots.resize(r.count());
  for (Slot& slot : m.slots) slot = get_slot(r);
  m.digests.resize(r.count());
  for (auto& entry : m.digests) {
    entry.first = r.string();
    entry.second = r.fixed64();
  }
}
void get(Reader& r, SyncWant& m) { m.keys = get_strings(r); }
void get(Reader& r, Gossip& m) {
  m.answer = r.u64() != 0;
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

template <size_t kIndex = 0>
bool get_body(const std::string& name, Reader& r, Body& body) {
  if constexpr (kIndex == std::variant_size_v<Body>) {
    return false;
  } else {
    if (name != kNames[kIndex]) return get_body<kIndex + 1>(name, r, body);
    get(r, body.emplace<kIndex>());
    return r.done();
  }
}

}  // namespace

Words encode(const Message& message) {
  Words words(4);
  words[0] = kNames[message.body.index()];
  words[1] = message.from;
  Writer id(words[2]);
  message.id.life.encode(id);
  id.u64(message.id.n);
  Writer body(words[3]);
  std::visit(Encoder{body}, message.body);
  return words;
}

bool decode(const Words& words, Message& message) {
  if (words.size() != 4) return false;
  message.from = words[1];
  Reader id(words[2]);
  message.id.life = Actor::decode(id);
  message.id.n = id.u64();
  Reader body(words[3]);
  return id.done() && get_body(words[0], body, message.body);
}

}  // namespace node
