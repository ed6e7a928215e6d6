// Settings of one node. The adapter fills them from the command line; the core only reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "node/base/time.h"

namespace node {

// Planted bugs (`--bug NAME`): each breaks one promise on purpose, so that a judge can be judged.
enum class Bug {
  kNone,
  kAcknowledgeEarly,      // answers after its own copy, before W replicas have the write
  kRepairWithFirstReply,  // read repair takes the first reply for the truth
  kNoAntiEntropy,         // replicas that nobody reads stay behind
  kDoubleIncrement,       // applies an identified increment again when it is retried
  kForgetHints,           // keeps hints in memory only: a restart loses them
  kPersistLate,           // acknowledges at once, writes to disk half a second later
  kReuseActor,            // its actor id is its name: after losing its disk it counts from one again
  kReuseRequestIds,       // names its requests anew from one after a restart: late answers to its former life count
  kShowEarly,             // shows readers what is not on its disk yet
  kMisdeliverHints,       // hands a hint to another node than its home, and drops it
  kReapEarly,             // forgets a tombstone as soon as it finds it, and asks nobody
  kSkipRange,             // never compares the last quarter of the slots
  kClockDecides,          // throws away a write whose time is earlier than that of what it was built on
  kStaleTable,      // takes part in requests of nodes with an older routing table, and tells nobody of a newer one
  kJoinLosesRange,  // of two nodes that join at once, the first is an owner before it has its data
};
struct BugName {
  Bug bug;
  std::string_view name;
  std::string_view what;
};
const std::vector<BugName>& all_bugs();

// What happens to concurrent versions of a cart (semantic reconciliation; syntactic comes first, always).
enum class Merge {
  kObservedRemove,  // additions and removals both survive; a concurrent addition wins
  kUnion,           // Dynamo's own cart: additions survive, removed items can come back
  kLastWriteWins,   // the version with the latest wall clock survives; the others' additions are lost
};
std::string_view name_of(Merge merge);

// Who counts towards R and W.
enum class Mode {
  kStrict,  // only the N homes of a key
  kSloppy,  // the first N reachable nodes; a fallback keeps a hint for the home it stands in for
  kLin,     // a majority of the homes, whatever R and W are: GET, SET and DEL are linearizable
};
std::string_view name_of(Mode mode);

// How the circle of slots is cut up among the members.
struct RingKind {
  enum class Cut {
    kTokens,  // where chance will have it: random points, `count` a member of ordinary weight
    kEqual,   // into `count` equal partitions
  };
  Cut cut = Cut::kTokens;
  int count = 64;  // more: better balance, longer table

  static constexpr int kPartitions = 256;  // unless told otherwise
  std::string to_string() const;           // "tokens:64"
  // The same, or a cut alone with its usual count. Error: what it should look like.
  static tl::expected<RingKind, std::string> parse(std::string_view text);
  friend bool operator==(const RingKind&, const RingKind&) = default;
};

// How much is done at a time. Only rare paths (rare_paths.h) change them: where an operator could, it is an option.
struct Limits {
  size_t leaf_items = 64;          // of a leaf of a Merkle tree; more, and it splits
  size_t sync_branches = 1024;     // regions that one message of anti-entropy tells of
  size_t sync_items = 4096;        // and keys
  size_t sync_bytes = 4u << 20;    // of records sent in answer to one message
  size_t pull_digests = 1024;      // slots that one message of recovery asks for
  size_t page_bytes = 256u << 10;  // of records that one brings
  size_t reaped_at_once = 128;     // tombstones
};

struct Peer {
  std::string name;     // 1–15 characters of A-Za-z0-9_-
  std::string address;  // ip:port
  int weight = 100;     // its share of the slots, in percent of an ordinary member's
};

struct Options {
  std::string name = "n1";
  std::vector<Peer> peers;  // every member, this node included; empty: this node alone, unless it joins
  // A node that joins: addresses of members, which it asks in turn, its own as others reach it, and the dead member
  // that it replaces. The cluster's N, R, W and ring are used then, not those below.
  std::vector<std::string> join;
  std::string address;
  std::string replaces;
  RingKind ring;
  int replicas = 3;      // N
  int read_quorum = 2;   // R
  int write_quorum = 2;  // W
  Mode mode = Mode::kSloppy;
  Merge merge = Merge::kObservedRemove;
  bool hints = true;
  bool anti_entropy = true;
  // An experiment (coordinator/non_expanding.h): each request reaches R or W homes drawn at random, and no others ever.
  bool non_expanding = false;
  bool debug_commands = false;
  Bug bug = Bug::kNone;
  uint64_t rare_paths = 0;  // makes rare paths common, others for each number (rare_paths.h); 0, in production: off
  Limits limits;
  std::string storage = "memory";  // what the adapter keeps the data in, for CONFIG GET

  // Deadline of a client request at its coordinator; later: -TIMEOUT. Longer rides out more, and holds clients longer.
  Duration request_timeout = std::chrono::milliseconds(1000);
  // A client's request that has waited so long for its turn gets -BUSY at once, if the queue has stood for a while: the
  // node is asked for more than it can do. Longer lets a queue grow.
  Duration max_queue_delay = std::chrono::milliseconds(50);
  // Of clients, at a time; further ones get -BUSY. What they take of memory is bounded by it.
  size_t max_open_requests = 50'000;
  // A home that has not acknowledged by then gets a hint at a fallback (sloppy), or is not waited for by read repair.
  Duration hint_timeout = std::chrono::milliseconds(150);
  // Every node tells others that it is alive; silence of suspect_after makes it `down` in another's opinion. It tells
  // at most so many at a time: in a larger cluster they take turns, and may be silent for as much longer.
  Duration heartbeat_interval = std::chrono::milliseconds(100);
  size_t heartbeat_fanout = 8;
  Duration suspect_after = std::chrono::milliseconds(500);
  // Between two messages of gossip to a node drawn at random: loads, and what a node tells about itself.
  Duration gossip_interval = std::chrono::milliseconds(250);
  // One exchange of digests with one peer; 5 nodes are compared pair by pair within about 4 of these.
  Duration anti_entropy_interval = std::chrono::milliseconds(250);
  // Hints are offered to owners that are up; at most hint_batch are under way to one owner.
  Duration handoff_interval = std::chrono::milliseconds(100);
  size_t hint_batch = 256;
  size_t max_hint_bytes = 256u << 20;
  // For a home that has been silent for longer no further hints are kept: anti-entropy will have to do.
  Duration max_hint_age = std::chrono::hours(3);
  // What is left of a deleted key may be forgotten after so long, if all agree. Longer than hints are taken for, and
  // than any client retries an operation.
  Duration reap_after = std::chrono::hours(6);
  // What a node that becomes an owner fetches at most; less: a longer change, and quicker requests meanwhile.
  size_t transfer_bytes_per_second = 32u << 20;

  static constexpr size_t kMaxKeyBytes = 500;         // LMDB's limit is 511; two bytes are the slot
  static constexpr size_t kMaxValueBytes = 1u << 20;  // of a value; of a cart, set or counter as a whole
  static constexpr size_t kMaxSiblings = 100;         // that clients may make of a plain value; merges may leave more
  static constexpr size_t kManySiblings = 25;         // from here on counted, for an operator to see
};

// Of a node. Error: what is wrong with it.
tl::expected<void, std::string> good_name(const std::string& name);
// Error: the setting that does not fit, with both numbers.
tl::expected<void, std::string> validate(const Options& options);

}  // namespace node
