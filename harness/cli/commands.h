// The commands of `harness`, one function each: flags in, exit code out. They print what people read; what is wrong
// with the flags goes to standard error in one line.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "harness/run/loop.h"
#include "harness/run/settings.h"

namespace harness {

class Terminal;

// The flags of `harness run` as they were typed; what was not typed is the target's default.
struct RunFlags {
  std::string target = "dynamo";
  std::optional<std::string> workload;
  std::optional<std::string> nemesis;  // comma list
  std::optional<int> nodes;
  std::optional<int> replicas;
  std::optional<int> read_quorum;
  std::optional<int> write_quorum;
  bool strict = false;
  bool sloppy = false;
  bool lin = false;
  bool plain = false;
  std::optional<std::string> merge;
  std::optional<std::string> cart_layout;
  std::optional<std::string> ring;
  std::optional<std::string> storage;
  bool no_hints = false;
  bool no_anti_entropy = false;
  std::optional<std::string> experiment;
  std::optional<std::string> bug;
  uint64_t rare_paths = 0;
  std::optional<std::string> time_limit;
  std::optional<double> rate;
  std::optional<std::string> coordination;
  std::optional<std::string> concurrency;
  std::optional<std::string> nemesis_interval;
  std::optional<std::string> partition;
  std::optional<std::string> kill;
  std::optional<std::string> request_timeout;
  std::optional<std::string> convergence_limit;
  std::optional<double> require_availability;
  std::optional<std::string> seed;
  bool sim = false;
  std::optional<std::string> sim_latency;
  std::optional<std::string> sim_drawn;
  std::optional<std::string> sim_sync;
  std::string schedule;
  std::string trace;
  std::string store = "store";
  bool json = false;
  bool keep_running = false;
  bool live = false;
  bool fail_fast = false;
  bool verbose = false;
};
int run_command(const RunFlags& flags, SteadyClock::time_point began);

// `arguments` of a command that takes --schedule FILE: with what the file's header says before what was typed. What was
// typed goes before. The error names the file and the reason.
tl::expected<std::vector<std::string>, std::string> with_schedule_header(std::vector<std::string> arguments);

struct CheckFlags {
  std::string history;  // a file, the directory of a run, or "-"
  std::vector<std::string> checkers;
  std::optional<std::string> format;
  std::optional<std::string> model;
  std::optional<std::string> initial;
  std::optional<std::string> quorums;
  bool per_key = false;
  std::optional<int> threads;
  std::optional<std::string> time_budget;
  std::optional<std::string> memory_budget;
  std::vector<std::string> log_patterns;
  bool explain = false;
  bool json = false;
};
int check_command(const CheckFlags& flags);

struct ConvertFlags {
  std::string history;  // as above
  std::string to = "edn";
  std::optional<std::string> format;
  bool per_key = false;
  std::optional<std::string> output;  // a file; else standard output
};
int convert_command(const ConvertFlags& flags);

struct FuzzFlags {
  std::string workload = "all";
  std::string nemesis = "all";  // or a comma list
  std::string bug;
  std::string mode;
  std::string time_limit;
  std::optional<int64_t> runs;
  std::string time;
  int jobs = 0;  // 0: one for each processor
  uint64_t seed = 1;
  bool first_only = false;
  std::string shrink_time = "30s";
  std::string store = "store";
};
int fuzz_command(const FuzzFlags& flags);

struct MatrixFlags {
  std::string workload = "all";
  std::string nemesis = "none,partition,kill,pause,lose-disk";  // a block of lines for each
  int seeds = 3;
  uint64_t seed = 1;
  std::string time_limit = "20s";
  bool json = false;
};
int matrix_command(const MatrixFlags& flags);

struct ReconcileFlags {
  std::string kind = "all";
  std::string reconciler;  // a program and its arguments; empty: the node's own code
  int histories = 1000;
  int replicas = 3;
  uint64_t seed = 1;
};
int reconcile_command(const ReconcileFlags& flags);

struct ExploreFlags {
  std::string bug;  // all: a table of all of them
  std::string workload = "counter";
  int nodes = 3;
  std::string script = "w =";
  std::string fault = "crash";
  std::optional<size_t> states;
};
int explore_command(const ExploreFlags& flags);

struct ShrinkFlags {
  std::string what;     // a schedule, or the directory of a run
  std::string failure;  // CHECKER or CHECKER:ANOMALY; empty: the first that fails
  std::string time;     // empty: 30s, or 10m if real
  bool real = false;    // against processes
  int repeats = 3;      // of each candidate, if real
  std::string out;      // empty: beside what is shrunk
  std::string bug;
};
int shrink_command(const ShrinkFlags& flags);

// The settings that these flags ask for; with a schedule, what its header says before them.
tl::expected<RunSettings, std::string> settings_of(const RunFlags& flags, const System& system);
// Parses the arguments of `harness run` (without those two words).
tl::expected<RunFlags, std::string> parse_run_flags(std::vector<std::string> arguments);

// "workloads", "nemeses", "checkers", "bugs" or "systems".
int list_command(const std::string& what);

int version_command();

struct BenchFlags {
  enum class What { kRun, kBugs, kRing, kNode, kSim, kSla } what = What::kRun;
  std::optional<int> seeds;          // 5 for bugs, 100 for rings
  std::string time_limit;            // of each run; empty: what the benchmark takes usually
  std::vector<std::string> bugs;     // empty: all
  std::vector<std::string> nemeses;  // sla; empty: all that real clusters can have
  double rate = 500;                 // sla: operations a second
  std::optional<int> rounds;         // node, sim
  bool speed_only = false;           // sim
  bool overload = false;             // node
  bool efficiency = false;           // node
  uint64_t start_keys = 0;           // node; 0: measure something else
};
int bench_command(const BenchFlags& flags);
int bench_ring(int seeds);
int bench_formats(int64_t operations, int threads);
int bench_node(const BenchFlags& flags);

int bench_sim(const BenchFlags& flags);
int bench_sla(const BenchFlags& flags);
int bench_scale();
// `porcupine`: a program that judges the same histories (beside.h); empty: figures of a table stand beside.
int bench_checkers(const std::string& porcupine);
// A row of bench_checkers: the etcd logs. True if its goal was met.
bool bench_corpus(Terminal& terminal);
// Rows of bench_checkers: sets, carts, counters, causal order. True if every goal was met.
bool bench_collections(Terminal& terminal);

// Parses the command line and runs the command that it names. Exit codes: 0 valid (or done), 1 invalid, 2 unknown, 254
// bad arguments, 255 the harness itself failed.
int harness_main(int argc, const char* const* argv, SteadyClock::time_point began);

// "harness: REASON" on standard error; returns `exit_code`.
int complain(int exit_code, const std::string& reason);

// The program file of this process, and the node beside it.
std::filesystem::path this_program();
std::filesystem::path node_program();

}  // namespace harness
