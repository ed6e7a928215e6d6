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
  enum class Kind : uint8_t { kOperation, kDeliver, kSync, kFault } kind = Kind::kDeliver;
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
    bool clock_behind = false;
  };
  struct Message {
    int from = 0;
    int to = 0;
    node::Packet packet;
    uint64_t hash = 0;
  };
  struct Operation {
    TinyStep step;
    std::string name;      // of the update, "u1"; a retry has the name of what it repeats
    int64_t sent_at = -1;  // step
    int64_t answered_at = -1;
    std::string reply;
    bool refused = false;
    std::set<std::string> before;  // the updates that were acknowledged when it was sent
    bool sent() const { return sent_at >= 0; }
    bool answered() const { return answered_at >= 0; }
    bool acknowledged() const { return answered() && !refused; }
    bool reads() const { return step.kind == TinyStep::Kind::kRead; }
  };

  Member& member(int node) { return members_[static_cast<size_t>(node)]; }
  node::Options options_of(int node) const;
  node::Words words_of(const Operation& operation) const;
  void start(int node);
  void meet();
  void settle();
  void send(size_t which);
  void strike(int node);
  void tell(int node, node::Input input, uint64_t hash);
  void carry_out(int node, node::Effects effects);
  void answered(Operation& operation, const std::string& reply);
  std::optional<std::string> ask(int node, const node::Words& words);
  std::string record(int node);                        // as JSON; empty: none
  static int64_t total_in(const std::string& record);  // of a counter
  static bool shows(const std::string& text, const std::string& update);
  bool may_be_superseded(const Operation& write) const;
  std::string wrong_read(const Operation& read, const std::vector<std::string>& records) const;

  const ExploreSettings settings_;
  std::vector<Member> members_;
  std::vector<Message> under_way_;
  std::vector<Message> greetings_;  // by which the nodes met
  std::vector<Operation> operations_;
  std::map<uint64_t, size_t> tickets_;  // of operations
  std::optional<std::string> answer_;   // to ask()
  std::vector<size_t> just_read_;       // reads that the last step answered
  uint64_t next_ticket_ = 0;
  int64_t steps_ = 0;
  bool meeting_ = false;
  bool met_ = false;
  bool fault_left_ = false;
  int64_t disk_lost_at_ = -1;  // step
};

}  // namespace harness
