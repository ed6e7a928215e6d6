// Several node cores in one deterministic world: a queue of events in the order of their time, a network, a disk and a
// pair of clocks for each node. Time is virtual: nothing ever sleeps. Same setup and same calls, same events; the
// rolling hash of all of them proves it.
//
// A crash loses what the disk had not made durable, every message under way from or to the node, and its connections:
// its clients notice at once, other nodes as soon as a packet takes to them, unless it is cut off, and they are
// connected again soon after it is back. A pause loses nothing: what arrives meanwhile waits in the node's sockets. A
// cut breaks no connection either.
//
// What is drawn for a message (its latency, its loss) is a hash of the seed and of what the message is: the client's
// operation that caused it, sender, receiver, kind, and the how-manieth of these it is. So an operation that is taken
// out of a schedule takes its messages along and leaves all others as they were. Messages that no operation caused
// (heartbeats, anti-entropy, handoff) are told apart by the moment at which they were sent, and so are syncs.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/sim/clock.h"
#include "harness/sim/disk.h"
#include "harness/sim/network.h"
#include "harness/sim/remembered.h"
#include "node/node.h"

namespace harness::sim {

using node::ClientId;
using node::Words;

struct WorldSetup {
  uint64_t seed = 1;
  NetworkSetup network = {};
  Duration shortest_sync = std::chrono::microseconds(100);
  Duration longest_sync = std::chrono::milliseconds(2);
};

class World {
 public:
  using Ticket = uint64_t;
  using Call = std::function<void()>;

  // Nodes 0, 1, … with these options; none of them runs yet. Their names are those of name().
  World(const WorldSetup& setup, std::vector<node::Options> nodes);
  virtual ~World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // What the node is started with from its next start on.
  void configure(int node, node::Options options);

  int size() const { return static_cast<int>(machines_.size()); }
  static std::string name(int node) { return "n" + std::to_string(node + 1); }
  Instant now() const { return now_; }
  uint64_t hash() const { return hash_; }
  uint64_t events() const { return events_done_; }  // steps of cores so far

  // ---- Clients
  // `reply`: called once, with the encoded reply, or null if the connection broke; perhaps before submit returns.
  // `cause`: names the operation for the draws of its messages; 0: none.
  using OnReply = std::function<void(const std::string* reply)>;
  Ticket submit(int node, Words words, ClientId client, OnReply reply, uint64_t cause = 0);
  // The client closes its connection: it hears no reply any more.
  void hang_up(int node, ClientId client);

  // ---- Faults
  void cut(int from, int to) { network_.cut(from, to); }
  void heal() { network_.heal(); }
  void slow(int from, int to, Duration by) { network_.slow(from, to, by); }
  void set_network(const NetworkSetup& setup) { network_.set(setup); }
  const NetworkSetup& network() const { return network_.setup(); }
  uint64_t cut_messages() const { return cut_messages_; }  // that were lost at a cut so far
  void crash(int node);
  void start(int node);  // with a new life; nothing happens if it has neither peers nor a cluster to join
  void lose_disk(int node) { machine(node).disk.erase(); }
  void pause(int node) { machine(node).paused = true; }
  void resume(int node);
  void set_wall_skew(int node, std::chrono::milliseconds skew) { machine(node).clock.set_skew(skew); }
  void set_drift(int node, int64_t ppm) { machine(node).clock.set_drift(now_, ppm); }
  void hold_disk(int node) { machine(node).disk.hold(true); }
  void release_disk(int node);
  void slow_down_disk(int node, int factor);     // a sync takes so many times as long; 1: as usual
  void fail_disk(int node, std::string reason);  // what is not durable now never will be
  // Every sync fails from now on; empty: the disk works again.
  void break_disk(int node, std::string reason) { machine(node).disk.breaks(std::move(reason)); }
  // A crash leaves a part of the batch that was being synced.
  void tear_disk(int node, bool torn) { machine(node).torn = torn; }
  // As if it had come from the network.
  void deliver(int node, node::Packet packet) { input(node, node::PeerMessage{std::move(packet)}); }

  // How often it has been started: connections to an earlier life are broken.
  uint64_t starts(int node) const { return machine(node).starts; }
  bool running(int node) const { return machine(node).core != nullptr; }
  bool paused(int node) const { return machine(node).paused; }
  // Of the node's Halt, if it ended by itself.
  std::optional<int> exit_code(int node) const { return machine(node).exit_code; }
  // Called when a node ends by itself.
  void on_halt(std::function<void(int node, const node::Halt&)> call) { on_halt_ = std::move(call); }

  // ---- Time
  // The next event, if it comes by then; else it is then, and false.
  bool advance(Instant until);
  // Runs events until the condition holds; false if it does not within the limit.
  bool await(const std::function<bool()>& condition, Duration limit);
  void run_for(Duration time);

  // Calls of the world's inhabitants. A timer calls once each time that it is armed. Of what happens at the same
  // moment, calls of lower rank come first, and messages, syncs and alarms last.
  using TimerId = size_t;
  TimerId make_timer(uint16_t rank, Call call);
  void arm(TimerId timer, Instant at);  // replaces
  void disarm(TimerId timer) { ++timers_[timer].armed; }
  void drop_timer(TimerId timer);
  static constexpr uint16_t kLastRank = 0xfffe;

  // ---- Watching
  struct Traffic {
    uint64_t messages = 0;
    uint64_t bytes = 0;
  };
  // What nodes sent to each other so far, by kind of message.
  const std::map<std::string, Traffic, std::less<>>& traffic() const { return traffic_; }
  // Called with every message when it is sent.
  void watch(std::function<void(int from, int to, const node::Packet& packet)> watcher) {
    watcher_ = std::move(watcher);
  }
  // Rules of the core's contract (node/wire/effects.h) that it broke.
  const std::vector<std::string>& violations() const { return violations_; }
  // One line for each event, as it goes into the hash: what to compare where two hashes differ.
  void trace(std::function<void(const std::string& line)> tracer) { tracer_ = std::move(tracer); }

 private:
  struct Machine {
    node::Options options;
    std::unique_ptr<node::Node> core;  // null: not running
    uint64_t starts = 0;
    std::vector<std::string> links;  // what the core asked for: no other messages leave
    std::set<int> broken_links;      // to these nodes
    bool paused = false;
    std::vector<std::pair<node::Input, uint64_t>> sockets;  // what arrived during a pause, with its cause
    Disk disk;
    bool torn = false;
    uint64_t syncs = 0;
    uint64_t last_persist = 0;
    uint64_t alarm = 0;  // number of the newest SetAlarm
    Clock clock;
    std::optional<int> exit_code;
  };
  struct Event {
    enum class Kind : uint8_t { kDeliver, kLinkBroken, kLinkUp, kAlarm, kSynced, kGone, kCall };
    Kind kind = Kind::kCall;
    int node = 0;
    uint64_t starts = 0;  // of the node; an event of a former life is void
    uint64_t number = 0;  // of the alarm, the sync, the client; how often the timer was armed
    int from = 0;
    uint64_t from_starts = 0;
    uint64_t cause = 0;
    node::Packet packet;
  };
  // The queue holds small things; the events themselves lie still.
  struct Due {
    Instant at;
    uint64_t order;  // rank, then the order of scheduling
    size_t event;
    friend bool operator<(const Due& a, const Due& b) {  // of a heap: the first is the greatest
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };
  struct Question {
    int node = 0;
    ClientId client = 0;
    OnReply reply;
  };
  struct Timer {
    uint16_t rank = 0;
    uint64_t armed = 0;
    Call call;
  };

  Machine& machine(int node) { return machines_[static_cast<size_t>(node)]; }
  const Machine& machine(int node) const { return machines_[static_cast<size_t>(node)]; }
  Event& schedule(Instant at, uint16_t rank, Event::Kind kind, int node);
  void run_next();
  void happen(Event& event);
  void input(int node, node::Input input, uint64_t cause = 0);
  void step(int node, node::Input input, uint64_t cause);
  void carry_out(int node, node::Effects effects);
  void set_links(int node, const node::Links& links);
  void link_changes(int node, int peer, bool up);
  void send(int node, node::Send send);
  uint64_t identity_of(int from, int to, std::string_view kind, uint64_t cause);
  uint32_t occurrence_now(uint64_t identity);
  void answer(int node, const node::Reply& reply);
  void sync(int node);
  void await_sync(int node);
  void broke(int node, const std::string& rule);
  void note(const char* what, std::initializer_list<uint64_t> facts);

  WorldSetup setup_;
  Network network_;
  std::vector<Machine> machines_;
  std::unordered_map<std::string, int> node_of_name_;  // and of address
  Instant now_{0};
  uint64_t events_done_ = 0;

  std::vector<Due> queue_;  // a heap
  uint64_t scheduled_ = 0;
  std::vector<Event> events_;
  std::vector<size_t> free_events_;
  std::vector<Timer> timers_;
  std::vector<TimerId> free_timers_;

  std::vector<bool> answered_;            // by ticket
  std::map<Ticket, Question> questions_;  // open ones, whose clients still listen

  uint64_t cause_ = 0;      // of the step that is being carried out
  Remembered causes_;       // by request id
  Remembered occurrences_;  // of messages of one operation that are otherwise alike
  // Of those that no operation caused, at one moment: few.
  std::vector<std::pair<uint64_t, uint32_t>> occurrences_now_;
  Instant moment_{-1};

  uint64_t hash_ = 0;
  uint64_t cut_messages_ = 0;
  std::map<std::string, Traffic, std::less<>> traffic_;
  std::function<void(int, int, const node::Packet&)> watcher_;
  std::function<void(int, const node::Halt&)> on_halt_;
  std::function<void(const std::string&)> tracer_;
  std::vector<std::string> violations_;
};

}  // namespace harness::sim
