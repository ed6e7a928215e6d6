// Several node cores in one deterministic world: a queue of events in the order of (time, sequence), a network, a disk
// and a pair of clocks for each node. Time is virtual: nothing ever sleeps. Same setup and same calls, same events; the
// rolling hash of all of them proves it.
//
// A crash loses what the disk had not made durable, every message under way from or to the node, and its clients'
// connections. A pause loses nothing: what arrives meanwhile waits in the node's sockets.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/node.h"
#include "tests/node/sim/answer.h"
#include "tests/node/sim/disk.h"
#include "tests/node/sim/network.h"

namespace node::sim {

struct Setup {
  int nodes = 5;
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

  NetworkSetup network = {};
  Duration shortest_sync = std::chrono::microseconds(100);
  Duration longest_sync = std::chrono::milliseconds(2);
};

class World {
 public:
  using Ticket = uint64_t;

  explicit World(const Setup& setup);
  virtual ~World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const Setup& setup() const { return setup_; }
  int size() const { return setup_.nodes; }
  static std::string name(int node) { return "n" + std::to_string(node + 1); }
  Instant now() const { return now_; }
  uint64_t hash() const { return hash_; }

  // ---- Clients. The ticket's answer appears once the node has replied, or its connection has broken.
  Ticket submit(int node, Words words, ClientId client = 1);
  const Answer* answered(Ticket ticket) const;
  // Carries out a command that answers at once, such as DEBUG DUMP.
  Answer ask_now(int node, Words words);

  // ---- Faults
  void cut(int from, int to) { network_.cut(from, to); }
  void heal() { network_.heal(); }
  void set_network(const NetworkSetup& setup) { network_.set(setup); }
  void crash(int node);
  void start(int node);  // again, with a new life; all run at first
  void lose_disk(int node) { machines_.at(index(node)).disk.erase(); }
  void pause(int node) { machines_.at(index(node)).paused = true; }
  void resume(int node);
  void set_wall_skew(int node, std::chrono::milliseconds skew) { machines_.at(index(node)).wall_skew = skew; }
  void hold_disk(int node) { machines_.at(index(node)).disk.hold(true); }
  void release_disk(int node);
  void fail_disk(int node, std::string reason);  // what is not durable now never will be
  // As if it had come from the network: words of a PeerMessage.
  void deliver(int node, Words words) { input(node, PeerMessage{std::move(words)}); }

  bool running(int node) const { return machines_.at(index(node)).core != nullptr; }
  bool paused(int node) const { return machines_.at(index(node)).paused; }
  // Of the node's Halt, if it ended by itself.
  std::optional<int> exit_code(int node) const { return machines_.at(index(node)).exit_code; }

  // ---- Time
  // Runs events until the condition holds; false if it does not within the limit.
  bool await(const std::function<bool()>& condition, Duration limit);
  void run_for(Duration time);

  // ---- Watching
  struct Traffic {
    uint64_t messages = 0;
    uint64_t bytes = 0;
  };
  // What nodes sent to each other so far, by kind of message.
  const std::map<std::string, Traffic>& traffic() const { return traffic_; }
  // Called with every message when it is sent.
  void watch(std::function<void(int from, int to, const Words& words)> watcher) { watcher_ = std::move(watcher); }
  // Rules of the core's contract (node/wire/effects.h) that it broke.
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  struct Machine {
    std::unique_ptr<Node> core;  // null: not running
    uint64_t starts = 0;
    bool paused = false;
    std::vector<Input> sockets;  // what arrived during a pause
    Disk disk;
    uint64_t syncs = 0;
    uint64_t last_persist = 0;
    uint64_t alarm = 0;  // number of the newest SetAlarm
    std::chrono::milliseconds wall_skew{0};
    std::optional<int> exit_code;
  };
  struct Event {
    enum class Kind { kDeliver, kAlarm, kSynced };
    Kind kind;
    int node;
    uint64_t starts;  // of the node; an event of a former life is void
    uint64_t number = 0;
    int from = 0;
    uint64_t from_starts = 0;
    Words words;
  };
  struct Question {
    int node;
    uint64_t starts;
    std::optional<Answer> answer;
  };

  static size_t index(int node) { return static_cast<size_t>(node); }
  Options options_of(int node) const;
  void schedule(Instant at, Event event) { events_.emplace(std::pair(at, next_event_++), std::move(event)); }
  void run_next();
  void input(int node, Input input);
  void step(int node, Input input);
  void carry_out(int node, Effects effects);
  void carry_out(int node, Send send);
  void sync(int node);
  void broke(int node, const std::string& rule);
  void note(std::initializer_list<uint64_t> facts);

  Setup setup_;
  Network network_;
  std::vector<Machine> machines_;
  std::map<std::string, int> node_of_name_;
  Instant now_{0};
  std::map<std::pair<Instant, uint64_t>, Event> events_;
  uint64_t next_event_ = 0;
  std::vector<Question> questions_;  // by ticket
  uint64_t hash_ = 0;
  std::map<std::string, Traffic> traffic_;
  std::function<void(int, int, const Words&)> watcher_;
  std::vector<std::string> violations_;
};

}  // namespace node::sim
