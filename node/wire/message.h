// What nodes say to each other: one-way messages, each a RESP array of four words (kind, sender, cause, body). Nothing
// is guaranteed of them: they may be lost, doubled, delayed and reordered, and every receiver copes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "node/causality/record.h"
#include "node/options.h"
#include "node/ring/ring.h"
#include "node/wire/effects.h"

namespace node {

// Names a request of one coordinator for ever: a request id of a former life never matches one of this life.
struct RequestId {
  Actor life;
  uint64_t n = 0;  // 0: background work that no client asked for
  friend bool operator==(const RequestId&, const RequestId&) = default;
};

// I am alive, and these are the peers that I hear. (A cut in one direction makes both ends silent to each other.)
struct Heartbeat {
  std::vector<std::string> hears;
};
// Merge this into what you hold. With `home`: keep it as a hint for that node.
struct WriteRequest {
  std::string key;
  std::string home;
  Record delta;
};
struct WriteReply {      // it is on my disk
  bool refused = false;  // a hint over the limit: not kept, do not count me
};
struct ReadRequest {
  std::string key;
  bool hints = false;  // include what you keep for others (sloppy quorum)
};
struct ReadReply {
  Record record;
};
// A replica showed older state than others: here is what they know. Not acknowledged.
struct Repair {
  std::string key;
  Record record;
};
// A client's write, for a home to coordinate; options are spelt out in the words.
struct Forward {
  bool meta = false;
  Words words;
};
struct ForwardReply {
  std::string resp;
};
// Anti-entropy (antientropy/exchange.h), level by level: digests of groups of slots, of slots, of keys, then records.
struct SyncGroups {
  std::vector<uint64_t> digests;
};
struct SyncSlots {
  std::vector<std::pair<Slot, uint64_t>> digests;
};
struct SyncKeys {
  std::vector<Slot> slots;
  std::vector<std::pair<std::string, uint64_t>> digests;
};
struct SyncWant {
  std::vector<std::string> keys;
};

using Body = std::variant<Heartbeat, WriteRequest, WriteReply, ReadRequest, ReadReply, Repair, Forward, ForwardReply,
                          SyncGroups, SyncSlots, SyncKeys, SyncWant>;
struct Message {
  std::string from;
  RequestId id;  // the client's request that caused it
  Body body;
};

Words encode(const Message& message);
bool decode(const Words& words, Message& message);

}  // namespace node
