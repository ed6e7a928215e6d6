// What the clients of a run do, and when: drawn from a workload at a pace, or listed in a schedule. A client has one
// operation open at a time; what is due meanwhile waits for it.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "harness/run/loop.h"
#include "harness/run/pacing.h"
#include "nemesis/schedule.h"
#include "workloads/workload.h"

namespace harness {

class Operations {
 public:
  virtual ~Operations() = default;
  // Called once, before the others: times count from `start`.
  virtual void begin(SteadyClock::time_point start) = 0;
  // When the next operation of this client is due; nothing: it has none any more.
  virtual std::optional<SteadyClock::time_point> due(int client, SteadyClock::time_point now) = 0;
  // That operation, for the process under whose number the client acts now; and the node to which it goes first.
  struct Next {
    workloads::Operation operation;
    size_t node = 0;
    bool named = false;  // the node is named with the operation: no client knows better
  };
  virtual Next next(int client, int64_t process) = 0;
};

// Client i talks to node i mod nodes, as a user in one data centre would, at moments of its own (pacing.h). The first
// client begins at once, and so shows that the cluster serves.
class DrawnOperations : public Operations {
 public:
  struct Options {
    int clients = 10;
    size_t nodes = 5;
    double rate = 200;  // operations a second of all clients together; 0: as fast as they are answered
    uint64_t seed = 0;
    // Moments are rounded up to whole milliseconds: a schedule can then tell exactly when each operation was sent.
    bool whole_milliseconds = false;
  };
  DrawnOperations(workloads::Workload& workload, const Options& options);
  void begin(SteadyClock::time_point start) override;
  std::optional<SteadyClock::time_point> due(int client, SteadyClock::time_point now) override;
  Next next(int client, int64_t process) override;

 private:
  struct Client {
    workloads::Random random;
    SteadyClock::time_point due;  // of its newest operation
    bool began = false;
  };
  workloads::Workload& workload_;
  const Options options_;
  const Pacer pacer_;
  SteadyClock::time_point start_;
  std::vector<Client> clients_;
};

// The operation lines of a schedule. Line pN is one of client N mod clients.
class ListedOperations : public Operations {
 public:
  // `nodes`: names; a line that names no node goes to that of its client.
  ListedOperations(workloads::Workload& workload, const std::vector<nemesis::OperationEvent>& lines, int clients,
                   std::vector<std::string> nodes);
  void begin(SteadyClock::time_point start) override { start_ = start; }
  std::optional<SteadyClock::time_point> due(int client, SteadyClock::time_point now) override;
  Next next(int client, int64_t process) override;

 private:
  workloads::Workload& workload_;
  const std::vector<std::string> nodes_;
  SteadyClock::time_point start_;
  std::vector<std::deque<nemesis::OperationEvent>> left_;  // by client
};

}  // namespace harness
