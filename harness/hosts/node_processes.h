// The processes of the hosts, one each, as their parent sees them. Lives in the warden, which has one thread and blocks
// SIGCHLD: every change of a child's state is read from one descriptor, and waiting for one is waiting there.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "harness/hosts/posix.h"

namespace harness {

// What happened to the process of a host, as written to the pipe that the harness reads, in order; small enough for an
// atomic write.
struct NodeNews {
  enum Kind : int32_t { kStarted, kEnded };
  Kind kind = kStarted;
  int32_t host = 0;      // index
  int32_t pid = 0;       // as the harness knows it
  int32_t status = 0;    // kEnded: as waitpid(2) reports it
  int32_t expected = 0;  // kEnded: 1 if it ended as we told it to
};

class NodeProcesses {
 public:
  // Where the process of a host runs.
  struct Place {
    std::string name;
    int network_namespace = -1;   // -1: the parent's
    int listen_fd = -1;           // inherited under this number; -1: none
    bool outlives_nodes = false;  // a storage server: ends after all that may still write to it
    std::string log;              // its output is appended here
  };

  // Blocks SIGCHLD. `news` is the write end of a pipe and does not block; it stays the caller's.
  static tl::expected<NodeProcesses, std::string> create(std::vector<Place> places, int news);

  // Returns after exec.
  Status start(size_t host, const std::vector<std::string>& argv);
  bool was_started(size_t host) const { return !processes_[host].argv.empty(); }
  // Starts what start() started, unless it runs.
  Status restart(size_t host);

  // The next three return when the effect is there, and do nothing to a host without a process.
  Status kill(const std::vector<size_t>& hosts);  // signals all before it waits for any
  Status pause(size_t host);
  Status resume(size_t host);

  // Resumes all, asks them to end (SIGTERM), and kills those that still run after `grace`; then the same with those
  // that outlive nodes.
  Status stop_all(std::chrono::milliseconds grace);

  // Readable when a child changed its state: call collect() then.
  int changes() const { return changes_.get(); }
  void collect();

 private:
  enum class State { kNone, kRunning, kStopped };
  struct Process {
    Place place;
    std::vector<std::string> argv;
    State state = State::kNone;
    pid_t pid = 0;          // here; also its process group, so that what it forks shares its fate
    pid_t outside_pid = 0;  // in the harness's process namespace
    bool told_to_die = false;
    bool told_to_stop = false;
  };

  NodeProcesses() = default;
  Status stop(const std::vector<size_t>& hosts, std::chrono::milliseconds grace);
  void signal_group(const Process& process, int number);
  void ended(Process& process, int status);
  void tell(const NodeNews& news);
  int32_t index_of(const Process& process) const { return static_cast<int32_t>(&process - processes_.data()); }
  bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit);
  [[noreturn]] void become(const Process& process, const std::vector<std::string>& argv, int report, pid_t parent);

  std::vector<Process> processes_;
  Fd changes_;
  int news_ = -1;
};

}  // namespace harness
