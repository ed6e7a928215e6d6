// What a run is asked to do: the flags of `harness run` as a struct, and what follows from them before anything starts.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "checkers/history.h"
#include "harness/sim/random.h"
#include "harness/systems/system.h"
#include "nemesis/nemesis.h"

namespace harness {

namespace sim {
struct WorldSetup;
}

using Millis = std::chrono::milliseconds;

// The simulated world where nothing is wrong: how long messages and syncs take.
struct WorldSettings {
  std::chrono::microseconds shortest_latency{200};
  std::chrono::microseconds longest_latency{2'000};
  std::chrono::microseconds shortest_sync{100};
  std::chrono::microseconds longest_sync{2'000};
  sim::Share drawn;  // of the messages and syncs: the others take the shortest
  friend bool operator==(const WorldSettings&, const WorldSettings&) = default;
};

struct RunSettings {
  std::string workload = "cart";                // out of workloads::all_workloads()
  std::vector<std::string> nemeses = {"none"};  // out of nemesis::all_nemeses()
  std::string target = "dynamo";                // System::name()
  int nodes = 5;                                // 1 to kMaxNodes
  ClusterSettings cluster;                      // N, R, W, mode, merge, storage, planted bug, request time-out, seed
  Millis time_limit{20'000};                    // length of the main phase
  double rate = 200;  // operations a second over all clients; 0: each client as fast as it is answered
  std::string coordination =
      "server";                      // client i talks to node i mod nodes; or client: to a home of the key (routes.h)
  int concurrency = 10;              // clients, each with one open operation
  Millis nemesis_interval{4'000};    // mean time between two faults of one kind
  std::string partition_shape;       // empty: drawn for each partition
  std::string kill_targets;          // "one", "minority", "all"; empty: drawn for each kill
  Millis convergence_limit{30'000};  // fault-free time after which unequal replicas are a violation
  std::optional<double> require_availability;  // least share (0 to 1) of operations that must be answered
  std::filesystem::path store = "store";       // runs are kept in store/<workload>-<nemesis>/<time>/
  bool sim = false;                            // in the simulated world, on virtual time
  WorldSettings world;                         // of a simulated run
  std::optional<nemesis::Schedule> schedule;   // its operations and faults instead of drawn ones
  std::filesystem::path schedule_file;         // where it was read, for the command line
  std::filesystem::path trace;                 // of a simulated run: a line for each event; empty: none
  bool json = false;                           // results on standard output, all else on standard error
  bool keep_running = false;                   // leave the cluster up after the verdict until ctrl-C
  bool live = false;                           // judge what can be judged while the run goes on …
  bool fail_fast = false;                      // … and end it at the first violation
  bool verbose = false;
};

inline constexpr int kMaxNodes = 50;
inline constexpr int kMaxConcurrency = 10'000;

// The settings of `harness run --target SYSTEM` without further flags: those of the system, and the first workload that
// it takes.
RunSettings default_settings(const System& system);

// Ranges and conflicts, the system's own limits included. The error is one line that names the thing and both numbers.
tl::expected<void, std::string> validate(const RunSettings& settings, const System& system);

int majority(int replicas);

// How many nodes, numbered behind the others, do not run at first and join: what the nemesis membership or the schedule
// needs.
int spares_needed(const RunSettings& settings);
std::vector<std::string> node_names(int nodes);  // n1, n2, …

// How the workloads register and cart go about it.
workloads::Registers registers(const ClusterSettings& cluster);
workloads::CartLayout cart_layout(const ClusterSettings& cluster);
inline bool client_driven(const RunSettings& settings) { return settings.coordination == "client"; }

// Of a simulated run.
sim::WorldSetup world_setup(const RunSettings& settings);

// The settings as the nemesis wants them.
nemesis::Settings nemesis_settings(const RunSettings& settings);

// The first record of the history, promise table included.
checkers::TestInfo test_info(const RunSettings& settings, const System& system);

// The flags that make these settings: all of them, or only those that differ from the defaults. Always with the seed.
struct Flag {
  std::string name;   // without dashes
  std::string value;  // empty: a switch
  friend bool operator==(const Flag&, const Flag&) = default;
};
std::vector<Flag> all_flags(const RunSettings& settings);
std::string command_line(const RunSettings& settings,
                         const System& system);            // "bin/harness run --workload cart … --seed 7"
std::string schedule_header(const RunSettings& settings);  // "workload=cart nodes=5 … seed=7"

// "200us-2ms", "1ms": a time, or the shortest and the longest of several.
tl::expected<std::pair<std::chrono::microseconds, std::chrono::microseconds>, std::string> parse_range(
    std::string_view text);

// "12", or "2n": twice as many as there are nodes.
tl::expected<int, std::string> parse_concurrency(const std::string& text, int nodes);

}  // namespace harness
