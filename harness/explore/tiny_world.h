// The few nodes of an exploration, and what may happen next to them. Nothing happens by itself.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/explore/explore.h"
#include "harness/sim/disk.h"
#include "node/node.h"

namespace harness {

struct Choice {
  enum class Kind : uint8_t { kOperation, kDeliver, kSync, kCrash } kind = Kind::kDeliver;
  uint16_t which = 0;  // the operation, the message under way, the node
};

class TinyWorld {
 public:
  explicit TinyWorld(const ExploreSettings& settings);  // all nodes run and know that the others do

  std::vector<Choice> choices() const;
  std::string describe(const Choice& choice) const;
  void take(const Choice& choice);
  // Equal for equal states; different, but for the collisions of 64 bits, for others.
  uint64_t fingerprint() const;
  // What is wrong in this state; empty: nothing.
  std::string violation();

 private:
  struct Member {
    std::unique_ptr<node::Node> core;
    uint64_t lives = 0;
    sim::Disk disk;
    uint64_t told = 0;  // rolling hash of its inputs
  };
  struct Message {
    int from = 0;
    int to = 0;
    node::Packet packet;
    uint64_t hash = 0;
  };
  struct Operation {
    std::string session;
    int at = 0;        // node
    int repeats = -1;  // the operation whose identity it has; -1: its own
    bool sent = false;
    bool acknowledged = false;
  };

  Member& member(int node) { return members_[static_cast<size_t>(node)]; }
  node::Options options_of(int node) const;
  void start(int node);
  void meet();
  void tell(int node, node::Input input, uint64_t hash);
  void carry_out(int node, node::Effects effects);
  std::optional<std::string> ask(int node, const node::Words& words);
  int64_t total_shown(int node, std::set<std::string>* sessions);

  const ExploreSettings settings_;
  std::vector<Member> members_;
  std::vector<Message> under_way_;
  std::vector<Operation> operations_;
  std::map<uint64_t, size_t> tickets_;  // of operations
  std::optional<std::string> answer_;   // to ask()
  uint64_t next_ticket_ = 0;
  bool meeting_ = false;
  int crashes_left_ = 0;
};

}  // namespace harness
