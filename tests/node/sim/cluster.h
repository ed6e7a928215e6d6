// The language of scenarios: a World with words for what clients, faults and observers do. Nodes are numbered from 0
// and named n1, n2, …
//
//   Cluster t({.nodes = 5});
//   t.partition({0, 1}, {2, 3, 4});
//   EXPECT_EQ(t.set(1, "k", "v"), "OK");
//   t.heal();
//   EXPECT_TRUE(t.settle());
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "harness/sim/random.h"
#include "harness/sim/world.h"
#include "node/ring/ring.h"
#include "tests/node/sim/answer.h"

namespace node::sim {

using namespace std::chrono_literals;  // NOLINT: scenarios are full of times

using harness::sim::draw;
using harness::sim::NetworkSetup;
using harness::sim::Random;
using harness::sim::World;
using Nodes = std::vector<int>;

// Tokens, or what the environment variable DYNAMO_RING says: so every scenario can be played on every kind of ring.
RingKind usual_ring();

struct Setup {
  int nodes = 5;
  int spares = 0;  // further nodes, numbered from there on: nothing runs on them until join_through()
  uint64_t seed = 1;
  int replicas = 3;
  int read_quorum = 2;
  int write_quorum = 2;
  Mode mode = Mode::kSloppy;
  Merge merge = Merge::kObservedRemove;
  bool hints = true;
  bool anti_entropy = true;
  bool non_expanding = false;
  Bug bug = Bug::kNone;
  size_t max_hint_bytes = 256u << 20;
  Duration max_hint_age = std::chrono::hours(3);
  Duration reap_after = std::chrono::hours(6);
  uint64_t rare_paths = 0;
  RingKind ring = usual_ring();
  size_t transfer_bytes_per_second = 32u << 20;

  NetworkSetup network = {};
  Duration shortest_sync = std::chrono::microseconds(100);
  Duration longest_sync = std::chrono::milliseconds(2);
};

// Identity of an operation: `ID session seq`.
struct Id {
  std::string session;
  uint64_t seq = 0;
};

// What a node holds under a key, as DEBUG DUMP shows it.
struct Held {
  std::string key;
  std::string versions;  // JSON
  std::string context;
  std::string home;  // of a hint: for whom
  size_t siblings = 0;
  friend bool operator==(const Held& a, const Held& b) { return a.versions == b.versions && a.context == b.context; }
};

inline const Words kStrict = {"MODE", "strict"};  // options of a request

class Cluster : public World {
 public:
  explicit Cluster(const Setup& setup = {});  // all nodes run and have heard from each other
  ~Cluster() override;                        // the core's contract was kept throughout

  const Setup& setup() const { return setup_; }

  // ---- Clients
  // The ticket's answer appears once the node has replied, or its connection has broken.
  Ticket submit(int node, Words words, ClientId client = 1);
  const Answer* answered(Ticket ticket) const;
  // Carries out a command that answers at once, such as DEBUG DUMP.
  Answer ask_now(int node, Words words);
  // Each of these waits for the answer, at most kPatience of virtual time. `options`: {"W", "3", "MODE", "strict"}
  Answer call(int node, Words words, const Words& options = {});
  // The same over a connection with SESSION META ON: the answer, and what the coordinator says about it.
  struct Told {
    Answer answer;
    std::map<std::string, std::string> meta;
  };
  Told call_with_meta(int node, Words words, const Words& options = {});
  Answer get(int node, const std::string& key, const Words& options = {});
  Answer set(int node, const std::string& key, const std::string& value, const Words& options = {});
  Answer del(int node, const std::string& key, const Words& options = {});
  struct Versions {
    std::string context;
    std::vector<std::string> values;  // in byte order
  };
  Versions vget(int node, const std::string& key, const Words& options = {});
  // `context` empty: none. Returns the new context.
  Answer vput(int node, const std::string& key, const std::string& value, const std::string& context = "",
              const Words& options = {});
  Answer add(int node, const std::string& key, int64_t delta, const Words& options = {});
  // An identified increment; plus and minus are the session's running totals.
  Answer add_as(int node, const std::string& key, int64_t delta, const Id& id, uint64_t plus, uint64_t minus);
  Answer count(int node, const std::string& key, const Words& options = {});
  Answer cart_add(int node, const std::string& key, const std::string& item, int64_t quantity, const Id& id);
  // `tags` empty: the node reads first.
  Answer cart_remove(int node, const std::string& key, const std::string& item,
                     const std::vector<std::string>& tags = {});
  std::map<std::string, int64_t> cart(int node, const std::string& key, const Words& options = {});
  std::vector<std::string> cart_tags(int node, const std::string& key, const std::string& item);

  // ---- Traffic
  // By all nodes so far, each message with 16 bytes of framing.
  uint64_t bytes_sent() const;

  // ---- Members
  // Starts a spare node, which joins through that one, in place of a dead one if so said.
  void join_through(int node, const Nodes& contacts, int replaces = -1);
  void join_through(int node, int contact, int replaces = -1) { join_through(node, Nodes{contact}, replaces); }

  // ---- Faults
  void partition(const Nodes& a, const Nodes& b);
  void isolate(int node);
  void crash_all();
  // Starts it and lets it hear from its peers: until then it counts on nobody.
  void restart(int node);
  void restart_all();

  // ---- Time
  // Until nothing is under way any more: no open request, no hint, no change of members, all homes of all keys equal.
  // Says what is left if
  // that takes longer than the limit. Nodes that do not run take no part.
  testing::AssertionResult settle(Duration limit = 30s);
  // A few heartbeats.
  void let_meet() { run_for(250ms); }
  // Until nodes that began without data (all do) have filled themselves from each other and answer strict reads.
  void become_whole();
  // Long enough for silence to be noticed, at both ends.
  void let_suspect() { run_for(1500ms); }

  // ---- Looking, without side effects
  // All nodes in the key's order, homes, then fallbacks: as the nodes began or, where nodes may come and go, as the
  // newest routing table has it.
  Nodes walk(const std::string& key);
  Nodes homes(const std::string& key);
  // A key whose homes are these, the first of them its first.
  std::string key_with_homes(const Nodes& homes);
  std::vector<Held> records(int node);
  std::vector<Held> hints(int node);
  size_t hint_count();  // on all running nodes
  // What the node holds under the key; versions are empty if nothing.
  Held held(int node, const std::string& key);
  // The versions of a key are the same at all its running homes, and there are some.
  bool homes_equal(const std::string& key);
  // Keys whose homes differ, with what each holds.
  std::vector<std::string> differences();
  // ADMIN STATUS.
  std::map<std::string, std::string> status(int node);
  uint64_t stat(int node, const std::string& field);
  std::string opinion(int node, int peer);  // of the node, in RING: up, cut, down, recovering
  bool up(int node, int peer);
  bool whole(int node);  // it does not have to fill a lost disk any more
  bool whole();          // all that run

  static constexpr Duration kPatience = 30s;

 private:
  std::vector<Held> dump(int node, bool hints);

  Answer call_as(ClientId client, int node, Words words, const Words& options);

  const Setup setup_;
  std::vector<std::string> members_;  // in the order of the table
  int newest_ = 0;                    // node with the newest routing table …
  Instant newest_at_{-1};             // … at this time
  Ring ring_;
  std::map<Ticket, Answer> answers_;
};

}  // namespace node::sim
