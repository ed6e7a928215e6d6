// What nodes say to each other: one-way messages, each a packet of bytes (kind, cause, epoch, sender, body).
// Nothing is guaranteed of them: they may be lost, doubled, delayed and reordered, and every receiver copes.
//
// The epoch is that of the sender's routing table, so that whoever is behind is noticed by the first word that it
// says or hears.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "node/causality/record.h"
#include "node/options.h"
#include "node/ring/region.h"
#include "node/ring/routing_table.h"
#include "node/wire/effects.h"

namespace node {

// Names a request of one coordinator for ever: a request id of a former life never matches one of this life.
struct RequestId {
  Actor life;      // null if n is 0
  uint64_t n = 0;  // 0: background work that no client asked for
  friend bool operator==(const RequestId&, const RequestId&) = default;
};

// I am alive; this is whom I hear. (A cut in one direction makes both ends silent to each other.)
struct Heartbeat {
  bool hears_you = false;
  bool asks = false;  // have not heard you for long: answer with one of these
  std::string hears =
      {};             // a bit for each member of the sender's routing table, in its order: place / 8, 1 << place % 8
  bool done = false;  // my part of the change that is under way is done (reconfiguration/membership.h)
  // Who may vote on changes (reconfiguration/electorate.h).
  Actor disk = {};     // the sender's
  Actor met = {};      // the receiver's, as the sender knew it while it had no vote; null: it did not
  bool votes = false;  // the sender does
  std::vector<std::string> given_up = {};  // these are dead for good: a human said so to the sender
};
// Records travel encoded (causality/record.h); who needs to look inside decodes them.
//
// Merge this into what you hold. With `home`: keep it as a hint for that node.
struct WriteRequest {
  std::string key;
  std::string home;
  std::string delta;
  uint64_t left_ms = 0;  // the sender needs no answer after so long; 0: whenever
};
struct WriteReply {      // it is on my disk
  bool refused = false;  // a hint over the limit: not kept, do not count me
};
struct ReadRequest {
  std::string key;
  bool hints = false;    // include what you keep for others (sloppy quorum)
  uint64_t left_ms = 0;  // as above
};
struct ReadReply {
  std::string record;  // empty: nothing
};
// A replica showed older state than others: here is what they know. Not acknowledged.
struct Repair {
  std::string key;
  std::string record;
};
// A client's write, for a home to coordinate; options are spelt out in the words.
struct Forward {
  bool meta = false;
  Words words;
};
struct ForwardReply {
  std::string resp;
};
// Anti-entropy (antientropy/exchange.h), level by level: digests of all slots, of groups of them, of slots, of branches
// of large slots, of keys, then records. Keys go by their hashes.
struct SyncGroups {
  bool all = false;                             // after a silence: slots that have just changed take part, too
  std::vector<uint64_t> digests;                // of groups; or one, of all groups together
  std::vector<std::pair<Slot, uint64_t>> busy;  // some of the slots that change all the time, whose turn it is
};
struct SyncSlots {
  std::vector<std::pair<Slot, uint64_t>> digests;
};
struct SyncBranches {
  struct Branch {
    Region region;
    std::array<uint64_t, 16> digests{};  // of its children
  };
  std::vector<Branch> branches;
};
struct SyncLeaves {
  struct Leaf {
    Region region;
    std::vector<std::pair<uint64_t, uint64_t>> items;  // hash and digest of each key, sorted
  };
  std::vector<Leaf> leaves;
};
struct SyncWant {
  std::vector<std::pair<Slot, uint64_t>> hashes;
};
// A node fills itself again (antientropy/recovery.h).
struct SyncPull {
  std::string next;                                // storage key to begin at; empty: from the start
  Slot until = kSlots - 1;                         // the last slot that this is about
  std::vector<std::pair<Slot, uint64_t>> digests;  // of slots up to there, in order; the sender has nothing of others
};
struct SyncPage {
  Actor life;                                                // of the sender
  bool whole = false;                                        // it holds all that it ever acknowledged
  std::string asked;                                         // the `next` that this answers
  std::string next;                                          // where to go on; empty: that was all
  std::vector<std::pair<std::string, std::string>> records;  // key, record
};
// Tombstones that may end (antientropy/reaper.h): storage keys and digests.
using Tombs = std::vector<std::pair<std::string, uint64_t>>;
struct ReapAsk {
  Tombs tombs;
};
struct ReapAgree {
  Tombs tombs;
};
struct Reap {
  Tombs tombs;
};
// How busy a node is, and how much it keeps.
struct Load {
  uint64_t ops = 0;       // requests of its own clients, a second
  uint64_t served = 0;    // requests of other nodes, a second
  uint64_t delay_us = 0;  // how long what comes in waits until it is looked at
  uint64_t keys = 0;      // records, deleted ones included until they are forgotten
  uint64_t bytes = 0;
  friend bool operator==(const Load&, const Load&) = default;
};
// What a node tells about itself (membership/profiles.h).
struct Profile {
  std::string name;
  uint64_t generation = 0;  // of its process: when it started, by its own clock, in ms
  uint64_t version = 0;     // counts the changes since then
  uint64_t epoch = 0;       // of the routing table that it uses
  std::string second_door;  // ip:port where clients of another network find it; or empty
  Load load;
  friend bool operator==(const Profile&, const Profile&) = default;
};
struct Gossip {
  enum class Step : uint8_t {
    kAll,     // what I know of everybody: tell me what you know better
    kBetter,  // what I know better, in answer to that
    kDigest,  // of what I know: tell me all if you know anything else
  };
  Step step = Step::kAll;
  uint64_t digest = 0;
  std::vector<Profile> profiles;
};

// The routing table that was agreed on for its epoch.
struct NewTable {
  RoutingTable table;
};
// From a node that is no member yet, and wants to be one. `replaces`: in place of this dead member.
struct Join {
  std::string name;
  std::string address;
  std::string replaces;
  Actor disk;
};
// Agreement on the table of the epoch after the sender's (reconfiguration/agreement.h).
struct Ballot {
  uint64_t round = 0;  // 0: none
  Actor proposer;      // its life
  void encode(Writer& w) const;
  static Ballot decode(Reader& r);
  friend bool operator==(const Ballot&, const Ballot&) = default;
  friend auto operator<=>(const Ballot&, const Ballot&) = default;
};
struct Prepare {
  Ballot ballot;
};
struct Promise {
  Ballot ballot;       // the Prepare's
  Ballot promised;     // the highest; if it is not the Prepare's, this is a refusal
  Ballot accepted;     // none, or that of …
  RoutingTable table;  // … the table accepted so far
};
struct Accept {
  Ballot ballot;
  RoutingTable table;
};
struct Accepted {
  Ballot ballot;
  Ballot promised;  // the highest; if it is not the Accept's, this is a refusal
};
// A new owner asks an owner for what that holds of slots (reconfiguration/transfer.h).
struct Fetch {
  uint64_t number = 0;                           // of the question
  uint64_t bytes = 0;                            // that the answer should have at most
  std::string next;                              // where to go on in the first slot; empty: at its beginning
  std::vector<std::pair<Slot, uint64_t>> slots;  // with the digest of what the asker holds
};
struct Fetched {
  uint64_t number = 0;
  uint64_t slots = 0;  // so many of those asked for are complete with this page
  std::string next;    // of the next one: complete up to this storage key, exclusive
  std::vector<std::pair<std::string, std::string>> records;  // by storage key
};
// A node that is no home of these slots has data in them all the same (reconfiguration/strays.h): do you hold the same?
struct StraysHeld {
  std::vector<std::pair<Slot, uint64_t>> slots;
};
struct StraysKnown {
  std::vector<Slot> same;
  std::vector<SyncLeaves::Leaf> others;  // what the answerer holds of them
};

using Body =
    std::variant<Heartbeat, WriteRequest, WriteReply, ReadRequest, ReadReply, Repair, Forward, ForwardReply, SyncGroups,
                 SyncSlots, SyncBranches, SyncLeaves, SyncWant, SyncPull, SyncPage, ReapAsk, ReapAgree, Reap, Gossip,
                 NewTable, Join, Prepare, Promise, Accept, Accepted, Fetch, Fetched, StraysHeld, StraysKnown>;
struct Message {
  std::string from;
  RequestId id;  // the client's request that caused it
  Body body;
  uint64_t epoch = 0;  // of the sender's routing table
};

Packet encode(std::string_view from, const RequestId& id, uint64_t epoch, const Body& body);
inline Packet encode(const Message& message) { return encode(message.from, message.id, message.epoch, message.body); }
bool decode(std::string_view packet, Message& message);
// Of a packet, without decoding it: "WRITE", or empty if there is no such kind; and the bytes of its id.
std::string_view kind_of(std::string_view packet);
std::string_view cause_of(std::string_view packet);

}  // namespace node
