// The servers that bin/bench node measures, and how it prints what it found.
#pragma once

#include <sched.h>

#include <chrono>
#include <map>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "harness/cli/child.h"
#include "harness/cli/load.h"
#include "harness/cli/scratch.h"
#include "harness/report/terminal.h"

namespace harness::bench {

template <typename T>
using Result = tl::expected<T, std::string>;
using Clock = std::chrono::steady_clock;

constexpr int kNodes = 3;
constexpr int kConnections = 50;

// One server, or several that belong together, on ports of 127.0.0.1.
struct Servers {
  std::vector<int> ports;
  std::vector<Server> processes;  // of the nodes, or the one redis-server
  std::vector<Server> beneath;    // what nodes store in

  double cpu() const;     // processor time of all so far, in seconds
  double memory() const;  // of the processes, resident, in bytes
};

Result<Servers> redis(const Scratch& scratch, bool synced);

enum class Storage { kMemory, kLmdb, kRedis };
// N=3 R=2 W=2, ready once all are up for each other. `data`: where, else in the scratch directory. redis-benchmark ends
// at the first -BUSY, and asks for no more than is answered anyway: `sheds` is for open loops.
Result<Servers> nodes(const Scratch& scratch, Storage storage, int count = kNodes, const std::string& data = "",
                      bool sheds = false);

// Counters of a node by name: DEBUG STATS.
std::map<std::string, double> stats_of(int port);
// One of them, of all nodes together.
double sum_of(const Servers& nodes, const std::string& counter);

// Nodes have half of the processors, and clients the others: what floods must not take from the nodes what they lack.
class Apart {
 public:
  Apart();
  ~Apart();
  Apart(const Apart&) = delete;
  Apart& operator=(const Apart&) = delete;

  // What this thread does from now on, and what it starts.
  void on_nodes_side() const;
  void on_clients_side() const;
  std::string describe() const;

 private:
  cpu_set_t all_{};
  cpu_set_t halves_[2] = {};
};

// Writes every key of the plan, so that reads and writes cost from the beginning what they cost later.
Result<void> fill(LoadPlan plan);

double median(std::vector<double> values);

class Table {
 public:
  explicit Table(Terminal& terminal) : terminal_(terminal) {}
  void line(const std::string& what, const std::string& figure, const std::string& remark = "");
  void goal(const std::string& what, double ratio, double least);
  void text(const std::string& line);

 private:
  Terminal& terminal_;
};

// ---- Measurements in files of their own

// What an operation costs as nodes are added: operations a second of processor time, and the load that a node needs.
Result<void> efficiency(const Scratch& scratch, Table& table, Terminal& progress, int rounds);
// Three times what the nodes can do, asked for by clients who do not wait.
Result<void> overload(const Scratch& scratch, Table& table, Terminal& progress, std::chrono::milliseconds length);

}  // namespace harness::bench
