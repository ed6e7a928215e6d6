// The clients of a run: `concurrency` workers, each with one open operation at a time. What they do comes from
// Operations; a worker turns to other nodes than that of its operation only for further attempts at it, where the
// operation's script allows them.
//
// A worker acts under a process number. After `info` its operation may still take effect, so the number is retired and
// the worker goes on under the next one (old + concurrency); every process then has at most one operation open.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/loop.h"
#include "harness/run/operations.h"
#include "harness/run/recorder.h"
#include "harness/run/roster.h"
#include "harness/run/routes.h"
#include "harness/systems/connection.h"
#include "harness/systems/system.h"
#include "workloads/workload.h"

namespace harness {

class Clients {
 public:
  struct Options {
    int concurrency = 10;
    std::chrono::milliseconds request_timeout{1000};
    // Recorded with each operation: what it asks for.
    int read_quorum = 2;
    int write_quorum = 2;
    std::string mode = "sloppy";
    const Roster* roster = nullptr;  // nodes that are asked; null: all
    bool client_driven = false;      // operations go to homes of their keys: the system has a routing
    // Told of every write that is acknowledged: by which nodes, as the reply names them, and in which event.
    std::function<void(const checkers::List& nodes, int64_t event)> acknowledged = nullptr;
  };
  struct Counts {
    int64_t sent = 0;  // invocations
    int64_t ok = 0;
    int64_t fail = 0;
    int64_t info = 0;
    int64_t done() const { return ok + fail + info; }
  };

  Clients(Loop& loop, Connector& connector, const System& system, const std::vector<Host>& hosts,
          workloads::Workload& workload, Operations& operations, Recorder& recorder, Options options);
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  // The main phase: every worker carries its operations out, each when it is due, until `stop`.
  void start();
  // No further operations; those that are open run to their end.
  void stop();
  // Ends open operations now, by what their scripts make of it.
  void abandon(const std::string& why);
  bool idle() const { return open_ == 0 && waiting_ == 0; }

  // Reads every one of `keys` through every node, as fast as it goes; idle() when done. A read without a reply is tried
  // again, kFinalReadTries times in all; a node that left a key's every try without reply is asked no more.
  void final_reads(const std::vector<std::string>& keys);

  const Counts& counts() const { return counts_; }
  // When the first invocation was recorded; the epoch if there was none.
  SteadyClock::time_point first_sent() const { return first_sent_; }

  // A node answers -TIMEOUT at the deadline of a request; the client listens a little longer, so that it hears that.
  static constexpr std::chrono::milliseconds kReplyGrace{250};
  // An operation, all attempts together, takes at most so many time-outs.
  static constexpr int kTimeoutsPerOperation = 3;
  static constexpr int kFinalReadTries = 3;
  // After an operation that could not even be sent, a worker waits: else it would fill the history with refusals.
  static constexpr std::chrono::milliseconds kPauseAfterRefusal{100};

 private:
  struct Worker;

  bool takes_part(size_t node) const { return options_.roster == nullptr || options_.roster->has(hosts_[node].name); }
  // This node, or the next that takes part.
  size_t taking_part() const;  // nodes
  size_t node_from(size_t node) const;
  void plan_next(Worker& worker, bool refused);
  void next(Worker& worker);
  // `epoch`: of the route by which the node was chosen, if it was.
  void begin(Worker& worker, workloads::Operation operation, size_t node, std::optional<uint64_t> epoch = {});
  void send(Worker& worker);
  void answered(Worker& worker, const Connection::Outcome& outcome);
  void another_attempt(Worker& worker);
  void note_attempt(Worker& worker, std::string_view outcome, const std::string& error);
  void finish(Worker& worker, const Completion& completion);
  void wait(Worker& worker, SteadyClock::time_point until);
  void next_final_read(Worker& worker);
  void after_final_read(Worker& worker, bool ok);
  checkers::Map operation_fields(const workloads::Operation& operation, size_t node) const;

  Loop& loop_;
  Connector& connector_;
  const System& system_;
  const std::vector<Host>& hosts_;
  workloads::Workload& workload_;
  Operations& operations_;
  Recorder& recorder_;
  const Options options_;
  const std::vector<Request> greeting_;
  const bool takes_contexts_;
  const Routing* const routing_;    // null: operations are server-driven
  std::unique_ptr<Routes> routes_;  // likewise
  std::vector<std::unique_ptr<Worker>> workers_;
  struct FinalKeys {
    size_t node = 0;
    std::deque<std::string> keys;
  };
  // Still to be read at the nodes that take part, not at spare ones: a schedule needs fewer of those than the run that
  // left it had. Empty before the final reads.
  std::vector<FinalKeys> final_keys_;
  bool running_ = false;
  int64_t open_ = 0;
  int64_t waiting_ = 0;  // workers that will send by themselves
  Counts counts_;
  SteadyClock::time_point first_sent_;
};

}  // namespace harness
