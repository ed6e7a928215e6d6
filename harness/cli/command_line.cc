// The grammar of the command line. CLI11 stays in this file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "checkers/history_file.h"
#include "harness/cli/commands.h"
#include "harness/run/run.h"

namespace harness {

namespace {

constexpr const char* kAbout =
    "DynamoCS tests a distributed key-value store while its network and its nodes fail, and says whether it kept its "
    "promises.";

constexpr const char* kExamples = R"(Examples
  harness run --nemesis partition                    carts on five nodes whose network is cut and healed
  harness run --workload counter --nemesis partition,kill --time-limit 1m
  harness run --workload register --strict --nemesis pause --seed 7
  harness run --bug forget-hints --replicas 2 …      a planted bug; harness list bugs gives each one's flags
  harness run --target redis                         a foreign store: one redis-server
  harness fuzz --time 10m                            searches simulated runs for failures, and shrinks them
  harness matrix                                     every mode under every fault: what each costs
  harness check store/latest                         judges a history again, without the run

Exit codes
  0 valid    1 invalid    2 unknown    254 bad arguments    255 the harness itself failed
)";

constexpr const char* kRunExamples = R"(Examples
  harness run --workload cart --nemesis partition
      Five nodes, three copies of each key, writes and reads answered by two. The network is cut
      and healed in shapes drawn from the seed; at the end every copy of every cart is compared.
  harness run --workload counter --nemesis partition,kill
      Identified increments, repeated at other nodes when no answer came: each counts once.
  harness run --workload register --strict --nemesis pause --read-quorum 2 --write-quorum 2
      R + W > N and no fallbacks: a read must see every write acknowledged before it began.
  harness run --workload register --lin --nemesis partition,kill
      Each operation seems to happen at one instant: what clients saw has such an order.
  harness run --workload register --strict --plain --nemesis pause,partition --rate 1000
      The same clients without it: R + W > N alone lets a read see what the next one misses.
  harness run --merge last-write-wins --nemesis partition
      What the other way of reconciling carts costs, counted.
  harness run --sim --nemesis partition,kill --time-limit 10m --seed 7
      Ten minutes of a simulated cluster, in some seconds; again, to the last event.
  harness run --schedule store/latest/schedule.txt
      What that run did once more, line by line; with --sim in the simulated world.
  harness run --nemesis none --rate 0 --storage memory --keep-running
      As fast as it goes; then look around with redis-cli -p PORT.

Durations are written 20s, 500ms or 2m. A run prints its seed and the command that repeats it.
)";

void add_run(CLI::App& app, RunFlags& f) {
  app.footer(kRunExamples);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);  // so that a flag can be appended
  app.allow_extras();                                                            // they are refused below, by name
  const char* what = "What to test";
  app.add_option("--workload", f.workload, "cart, counter, register or set (default cart)")
      ->type_name("NAME")
      ->group(what);
  app.add_option("--nemesis", f.nemesis, "none, or a comma list; see harness list nemeses (default none)")
      ->type_name("LIST")
      ->group(what);
  app.add_option("--target", f.target, "dynamo, or redis: one redis-server")
      ->type_name("SYSTEM")
      ->group(what)
      ->capture_default_str();
  app.add_option("--bug", f.bug, "plant a bug in every node; see harness list bugs")->type_name("NAME")->group(what);
  app.add_option("--rare-paths", f.rare_paths,
                 "make what nodes seldom do common: tiny limits, short times, late answers; others for each number "
                 "(dynamo-node --help)")
      ->type_name("N")
      ->group(what);

  app.add_flag("--sim", f.sim, "in a deterministic simulated world: same seed, same run, and minutes in a second")
      ->group(what);
  app.add_option("--schedule", f.schedule,
                 "the operations and faults of this file instead of drawn ones, under the settings in its header")
      ->type_name("FILE")
      ->group(what);

  const char* cluster = "The cluster";
  app.add_option("--nodes", f.nodes, "processes, each on a host of its own (default 5)")
      ->type_name("COUNT")
      ->group(cluster);
  app.add_option("--replicas", f.replicas, "N: copies of each key (default 3)")->type_name("N")->group(cluster);
  app.add_option("--read-quorum", f.read_quorum, "R: replies that a read waits for (default 2)")
      ->type_name("R")
      ->group(cluster);
  app.add_option("--write-quorum", f.write_quorum, "W: acknowledgements that a write waits for (default 2)")
      ->type_name("W")
      ->group(cluster);
  auto* sloppy =
      app.add_flag("--sloppy", f.sloppy, "other nodes stand in for homes that are away (default)")->group(cluster);
  auto* strict =
      app.add_flag("--strict", f.strict, "only the N homes of a key count")->group(cluster)->excludes(sloppy);
  auto* lin = app.add_flag("--lin", f.lin, "registers are linearizable: a majority of the homes, whatever R and W are")
                  ->group(cluster)
                  ->excludes(sloppy)
                  ->excludes(strict);
  app.add_flag("--plain", f.plain, "registers have one value, by GET and SET, instead of siblings (as with --lin)")
      ->group(cluster)
      ->excludes(lin);
  app.add_option("--merge", f.merge,
                 "carts and sets: observed-remove, union or last-write-wins (default observed-remove)")
      ->type_name("NAME")
      ->group(cluster);
  app.add_option("--cart-layout", f.cart_layout,
                 "carts: object, one key for each; segregated, a key for each item of one (default object)")
      ->type_name("NAME")
      ->group(cluster);
  app.add_option("--ring", f.ring,
                 "how slots fall to nodes: tokens:64, so many virtual nodes each; equal:256, so many equal partitions "
                 "(default tokens:64)")
      ->type_name("KIND")
      ->group(cluster);
  app.add_option("--storage", f.storage,
                 "lmdb; redis, redis-everysec: a Redis under each node, by its appendfsync; memory: a killed node "
                 "forgets (default lmdb)")
      ->type_name("NAME")
      ->group(cluster);
  app.add_option("--sim-latency", f.sim_latency, "with --sim: what a message takes (default 200us-2ms)")
      ->type_name("RANGE")
      ->group(cluster);
  app.add_option("--sim-sync", f.sim_sync, "with --sim: what a sync of a disk takes (default 100us-2ms)")
      ->type_name("RANGE")
      ->group(cluster);
  app.add_option("--sim-drawn", f.sim_drawn,
                 "with --sim: PART/OF: only for one in OF of the messages and syncs is the time drawn, the others take "
                 "the shortest; the first such part is 0 (default 0/1)")
      ->type_name("PART/OF")
      ->group(cluster);
  app.add_flag("--no-hints", f.no_hints, "no hinted handoff")->group(cluster);
  app.add_flag("--no-anti-entropy", f.no_anti_entropy, "replicas do not compare themselves")->group(cluster);
  app.add_option(
         "--experiment", f.experiment,
         "non-expanding: each request reaches R or W homes drawn at random, and no others ever; strict, without "
         "hints and anti-entropy")
      ->type_name("NAME")
      ->group(cluster);
  app.add_option("--request-timeout", f.request_timeout, "a node answers within it (default 1s)")
      ->type_name("TIME")
      ->group(cluster);

  const char* load = "Operations and faults";
  app.add_option("--time-limit", f.time_limit, "length of the main phase (default 20s)")
      ->type_name("TIME")
      ->group(load);
  app.add_option("--rate", f.rate, "operations a second of all clients; 0: as fast as possible (default 200)")
      ->type_name("OPS")
      ->group(load);
  app.add_option("--concurrency", f.concurrency, "clients, or 2n: two for each node (default 2n)")
      ->type_name("COUNT")
      ->group(load);
  app.add_option("--coordination", f.coordination,
                 "server: each client asks a node of its own, for whatever key; client: it knows the homes of keys, "
                 "and asks the first (default server)")
      ->type_name("WHO")
      ->group(load);
  app.add_option("--nemesis-interval", f.nemesis_interval, "mean time between two faults of a kind (default 4s)")
      ->type_name("TIME")
      ->group(load);
  app.add_option("--partition", f.partition, "isolate-one, halves, majorities-ring, bridge or one-way (default: drawn)")
      ->type_name("SHAPE")
      ->group(load);
  app.add_option("--kill", f.kill, "how many nodes at once: one, minority or all (default: drawn)")
      ->type_name("TARGETS")
      ->group(load);
  app.add_option("--seed", f.seed, "of everything drawn (default: drawn, and printed)")
      ->type_name("NUMBER")
      ->group(load);

  const char* verdict = "The verdict";
  app.add_option("--convergence-limit", f.convergence_limit,
                 "replicas must be equal so long after the last fault (default 30s)")
      ->type_name("TIME")
      ->group(verdict);
  app.add_option("--require-availability", f.require_availability,
                 "least share of operations to be answered, 0 to 1 (default: reported only)")
      ->type_name("SHARE")
      ->group(verdict);
  app.add_flag("--live", f.live, "judge what can be judged while the run goes on: counter, cart, set, register")
      ->group(verdict);
  app.add_flag("--fail-fast", f.fail_fast, "the same, and heal and stop at the first violation")->group(verdict);

  const char* output = "Output";
  app.add_option("--store", f.store, "runs are kept here")->type_name("DIR")->group(output)->capture_default_str();
  app.add_flag("--json", f.json, "results on standard output, everything else on standard error")->group(output);
  app.add_option("--trace", f.trace, "with --sim: a line for each event, to compare two runs by")
      ->type_name("FILE")
      ->group(output);
  app.add_flag("--keep-running", f.keep_running, "leave the cluster up after the verdict, until ctrl-C")->group(output);
  app.add_flag("-v,--verbose", f.verbose, "say every fault, every look at the replicas, the nodes' command lines")
      ->group(output);
}

constexpr const char* kCheckExamples = R"(Examples
  harness check store/latest
      The verdict of a run again, from its history alone.
  harness check history.edn --checker linearizable --model cas-register --initial 0
      A history of Jepsen's. Without --checker those are taken that fit the operations seen.
  zcat big.jsonl.gz | harness check - --threads 4 --time-budget 5m
  harness check history.edn --explain
      Beside each violation the very lines that contradict each other.

What a file may be: docs/history.md. A line that is not understood ends it with FILE:LINE:COLUMN: REASON and
exit code 254. Ctrl-C ends a long check with what is known by then.
)";

constexpr const char* kConvertExamples = R"(Examples
  harness convert store/latest > history.edn
      The operations of a run, as Jepsen, Knossos and Elle read them.
  harness convert jepsen.log --to jsonl --output history.jsonl
)";

constexpr const char* kHistory = "a file in any of the formats, the directory of a run, or - for standard input";

std::string format_help() {
  std::string text = "force a format:";
  for (const auto& format : checkers::history_formats()) text += fmt::format(" {} ({});", format.name, format.what);
  text.back() = '.';
  return text + " Default: told by the content";
}

void add_source(CLI::App& app, std::string& history, std::optional<std::string>& format, bool& per_key) {
  app.add_option("HISTORY", history, kHistory)->required()->type_name("");
  app.add_option("--format", format, format_help())->type_name("NAME");
  app.add_flag("--per-key", per_key,
               "values are [key value], and each key an object of its own (default: if all look like that)");
}

void add_fuzz(CLI::App& app, FuzzFlags& f) {
  app.allow_extras();
  app.footer(R"(Examples
  harness fuzz --time 10m                            every workload, every nemesis, one process a processor
  harness matrix                                     every mode under every fault: what each costs
  harness fuzz --workload cart --nemesis partition,kill --runs 1000
  harness fuzz --bug forget-hints --first-only       how soon is a planted bug found, and how small does it get?

Each seed is a cluster, a load and a selection of faults of its own, run in the simulated world. Failures are grouped by
checker and anomaly; one of each is shrunk and kept in a folder: schedule.txt runs again with
  harness run --sim --schedule FOLDER/schedule.txt
and, without --sim, against real processes.
)");
  app.add_option("--workload", f.workload, "cart, counter, register, set or all")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--nemesis", f.nemesis, "a comma list, or all; each seed has some of them")
      ->type_name("LIST")
      ->capture_default_str();
  app.add_option("--mode", f.mode, "sloppy, strict or lin (default: drawn)")->type_name("MODE");
  app.add_option("--bug", f.bug, "plant a bug in every node; see harness list bugs")->type_name("NAME");
  app.add_option("--time-limit", f.time_limit, "length of each main phase (default: drawn)")->type_name("TIME");
  auto* runs = app.add_option("--runs", f.runs, "try so many seeds")->type_name("COUNT")->check(CLI::PositiveNumber);
  app.add_option("--time", f.time, "search so long (default 1m, without --runs)")->type_name("TIME")->excludes(runs);
  app.add_option("--jobs", f.jobs, "processes (default: one for each processor)")
      ->type_name("COUNT")
      ->check(CLI::Range(1, 256));
  app.add_option("--seed", f.seed, "the first seed")->type_name("NUMBER")->capture_default_str();
  app.add_flag("--first-only", f.first_only, "the first failure ends the search");
  app.add_option("--shrink-time", f.shrink_time, "for each class of failures; 0s: do not shrink")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--store", f.store, "what is found is kept here")->type_name("DIR")->capture_default_str();
}

void add_matrix(CLI::App& app, MatrixFlags& f) {
  app.allow_extras();
  app.footer(R"(Examples
  harness matrix                                     every mode under no fault, partitions, kills, pauses, lost disks
  harness matrix --workload register --nemesis partition,clock --seeds 20

What each way of running the store costs: the share of operations that met an anomaly, promised or not, beside the share
that was not answered. An empty place: the workload has no such thing. Exit code 1: a mode broke what it does promise.
)");
  app.add_option("--workload", f.workload, "cart, counter, register or all")->type_name("NAME")->capture_default_str();
  app.add_option("--nemesis", f.nemesis, "a comma list; see harness list nemeses")
      ->type_name("LIST")
      ->capture_default_str();
  app.add_option("--seeds", f.seeds, "runs of each mode under each nemesis")
      ->type_name("COUNT")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  app.add_option("--seed", f.seed, "the first seed")->type_name("NUMBER")->capture_default_str();
  app.add_option("--time-limit", f.time_limit, "length of each main phase")->type_name("TIME")->capture_default_str();
  app.add_flag("--json", f.json, "counts on standard output, everything else on standard error");
}

void add_reconcile(CLI::App& app, ReconcileFlags& f) {
  app.allow_extras();
  app.footer(R"(Examples
  harness fuzz reconcile                                       the node's own code
  harness fuzz reconcile --kind cart --reconciler "./my-merge --verbose"

Random histories of writes, additions, removals, increments, deliveries and crashes on several replicas of one key. What
the reconciler shows must be what a brute-force model of causality expects, after every step and every order of merging.
The smallest history that it gets wrong is told as a story. Writing such a program: docs/reconcile.md
)");
  app.add_option("--kind", f.kind, "values, cart, counter or all")->type_name("KIND")->capture_default_str();
  app.add_option("--reconciler", f.reconciler, "a program that speaks JSON on its standard input and output")
      ->type_name("PROGRAM");
  app.add_option("--histories", f.histories, "of each kind")
      ->type_name("COUNT")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--replicas", f.replicas, "of the key")
      ->type_name("COUNT")
      ->capture_default_str()
      ->check(CLI::Range(2, 10));
  app.add_option("--seed", f.seed, "of what is drawn")->type_name("NUMBER")->capture_default_str();
}

void add_explore(CLI::App& app, ExploreFlags& f) {
  app.allow_extras();
  app.footer(R"(Examples
  harness explore                                      two increments, the second a retry, and a crash
  harness explore --workload set --script "w1 r3" --fault none --bug repair-with-first-reply
  harness explore --bug all                            which planted bugs has this space, and how short a way to each?

One key, W = R = 2, strict, every node a home; operations, deliveries, syncs of disks and one fault in all orders, fewest
steps first. A script has one to four operations, which begin in its order: w (a write), = (the same again, under its
identity), r (a read), each with the number of the node that it is sent to, or without: one node after another.
Time stands still: what only timers bring about (hints, time-outs, anti-entropy, members that come and go) is not in
this space.
)");
  app.add_option("--bug", f.bug,
                 "plant a bug in every node; see harness list bugs. all: a table of all, with small cases")
      ->type_name("NAME");
  app.add_option("--workload", f.workload, "counter, register, set or cart")->type_name("NAME")->capture_default_str();
  app.add_option("--nodes", f.nodes, "2 or 3")->type_name("COUNT")->capture_default_str()->check(CLI::Range(2, 3));
  app.add_option("--script", f.script, "the operations")->type_name("TEXT")->capture_default_str();
  app.add_option("--fault", f.fault, "none, crash, lose-disk or clock; it strikes one node, once, or not at all")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--states", f.states, "give up after so many (default: 200,000; with --bug all 3,000 a case)")
      ->type_name("COUNT")
      ->check(CLI::PositiveNumber);
}

void add_shrink(CLI::App& app, ShrinkFlags& f) {
  app.allow_extras();
  app.footer(R"(Examples
  harness shrink store/latest                                     in the simulated world
  harness shrink failing.txt --failure cart:lost-addition
  harness shrink store/latest --real --repeats 5 --time 30m       against real processes

Lines are taken away and what is left is made simpler, as long as the run still fails in the same class. A run against
real processes is not the same twice: with --real each candidate is played up to so many times, and fails as soon as one
play shows the class. At the end the smallest is played so many times, and k/n tells how many showed it.
)");
  app.add_option("RUN", f.what, "a schedule, or the directory of a run that left one")->required()->type_name("");
  app.add_option("--failure", f.failure, "CHECKER or CHECKER:ANOMALY to keep (default: the first that is found)")
      ->type_name("CLASS");
  app.add_option("--bug", f.bug, "plant a bug in every node")->type_name("NAME");
  app.add_option("--time", f.time, "at most so long (default: 30s; with --real 10m)")->type_name("TIME");
  CLI::Option* real = app.add_flag("--real", f.real, "play candidates against real processes");
  app.add_option("--repeats", f.repeats, "plays of each candidate, of which one must fail")
      ->type_name("COUNT")
      ->capture_default_str()
      ->check(CLI::Range(1, 100))
      ->needs(real);
  app.add_option("--out", f.out, "directory for the small run (default: shrunk/ beside the schedule)")
      ->type_name("DIR");
}

void add_check(CLI::App& app, CheckFlags& f) {
  app.allow_extras();
  app.footer(kCheckExamples);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_source(app, f.history, f.format, f.per_key);
  app.add_option("--checker", f.checkers,
                 "only these; see harness list checkers (default: those that fit the workload or the operations seen)")
      ->delimiter(',')
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("NAME,…");
  app.add_option("--model", f.model,
                 "what a key is: register, cas-register, multi-register, mutex or kv (default: told by the operations)")
      ->type_name("NAME");
  app.add_option("--initial", f.initial, "value of a key before its first write, as JSON or EDN (default: none)")
      ->type_name("VALUE");
  app.add_option("--quorums", f.quorums,
                 "of a history that does not say: how many replicas there are, and how many of them each read and each "
                 "write waited for (for the checker quorum-reads)")
      ->type_name("N,R,W");
  app.add_option("--threads", f.threads, "that may work at the same time (default: one for each core)")
      ->type_name("COUNT")
      ->check(CLI::Range(1, 1024));
  app.add_option("--time-budget", f.time_budget, "of a search; what is undecided then is unknown (default 60s)")
      ->type_name("TIME");
  app.add_option("--memory-budget", f.memory_budget, "of a search, likewise (default 4GB)")->type_name("BYTES");
  app.add_option("--log-pattern", f.log_patterns,
                 "no line of the nodes' logs beside the history may match this (POSIX extended); may be repeated")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("REGEX");
  app.add_flag("--explain", f.explain,
               "the proof of each violation in full: the lines of the history that it speaks of");
  app.add_flag("--json", f.json, "results on standard output, everything else on standard error");
}

void add_convert(CLI::App& app, ConvertFlags& f) {
  app.allow_extras();
  app.footer(kConvertExamples);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_source(app, f.history, f.format, f.per_key);
  app.add_option("--to", f.to, "edn (Jepsen's), or jsonl (ours)")->type_name("NAME")->capture_default_str();
  app.add_option("--output", f.output, "a file (default: standard output)")->type_name("FILE");
}

std::string unknown_command(const std::string& word) {
  return fmt::format(
      "unknown command \"{}\": there are run, fuzz, shrink, matrix, explore, check, convert, list and version (harness "
      "--help)",
      word);
}

}  // namespace

tl::expected<RunFlags, std::string> parse_run_flags(std::vector<std::string> arguments) {
  CLI::App app("", "run");
  RunFlags flags;
  add_run(app, flags);
  try {
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
  } catch (const CLI::Error& error) {
    return tl::unexpected(std::string(error.what()));
  }
  if (app.remaining_size() > 0) return tl::unexpected("unknown argument " + app.remaining().front());
  return flags;
}

int harness_main(int argc, const char* const* argv, SteadyClock::time_point began) {
  CLI::App app(kAbout, "harness");
  app.footer(kExamples);
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);

  RunFlags run;
  CLI::App* run_app = app.add_subcommand("run", "start a cluster, hurt it, judge it");
  add_run(*run_app, run);

  FuzzFlags fuzz;
  CLI::App* fuzz_app = app.add_subcommand("fuzz", "search simulated runs for failures, and shrink them");
  add_fuzz(*fuzz_app, fuzz);
  ReconcileFlags reconcile;
  CLI::App* reconcile_app = fuzz_app->add_subcommand("reconcile", "search for histories that a reconciler gets wrong");
  add_reconcile(*reconcile_app, reconcile);

  MatrixFlags matrix;
  CLI::App* matrix_app = app.add_subcommand("matrix", "what each mode costs under each kind of fault");
  add_matrix(*matrix_app, matrix);

  ExploreFlags explore;
  CLI::App* explore_app = app.add_subcommand("explore", "try every order of a few operations");
  add_explore(*explore_app, explore);

  ShrinkFlags shrink;
  CLI::App* shrink_app = app.add_subcommand("shrink", "make the schedule of a failing run small");
  add_shrink(*shrink_app, shrink);

  CheckFlags check;
  CLI::App* check_app = app.add_subcommand("check", "judge a history that exists");
  add_check(*check_app, check);

  ConvertFlags convert;
  CLI::App* convert_app = app.add_subcommand("convert", "write a history in another format");
  add_convert(*convert_app, convert);

  std::string list;
  CLI::App* list_app = app.add_subcommand("list", "what there is: workloads, nemeses, checkers, bugs, systems");
  list_app->add_option("WHAT", list, "workloads, nemeses, checkers, bugs or systems")->required()->type_name("");

  CLI::App* version_app = app.add_subcommand("version", "print the version");

  BenchFlags bench;
  CLI::App* bench_app = app.add_subcommand("bench", "the measurements of bin/bench")->group("");
  bench_app->require_subcommand(1);
  CLI::App* bench_run =
      bench_app->add_subcommand("run", "time to the first operation, and operations a second beside redis-benchmark");
  bench_run->add_option("--time-limit", bench.time_limit, "length of each measured run (default 5s)")
      ->type_name("TIME");
  CLI::App* bench_bugs = bench_app->add_subcommand("bugs", "which seeds catch which planted bug");
  bench_bugs->add_option("--seeds", bench.seeds, "seeds to try for each bug (default 5)")
      ->type_name("COUNT")
      ->check(CLI::Range(1, 1000));
  bench_bugs->add_option("--time-limit", bench.time_limit, "length of each run (default: as the bug's flags say)")
      ->type_name("TIME");
  bench_bugs->add_option("--bug", bench.bugs, "only these")->delimiter(',')->type_name("NAME,…");
  CLI::App* bench_ring = bench_app->add_subcommand("ring", "how evenly each kind of ring spreads the slots");
  bench_ring->add_option("--seeds", bench.seeds, "rings to make of each kind (default 100)")
      ->type_name("COUNT")
      ->check(CLI::Range(1, 1000));
  int64_t formats_operations = 1'000'000;
  int formats_threads = 0;
  CLI::App* bench_reading =
      bench_app->add_subcommand("formats", "lines a second that each format of histories is read with");
  bench_reading->add_option("--operations", formats_operations, "of the history that is read")
      ->type_name("COUNT")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}));
  bench_reading->add_option("--threads", formats_threads, "beside one (default: one for each core)")
      ->type_name("COUNT");
  CLI::App* bench_judge =
      bench_app->add_subcommand("checkers", "how fast histories are judged, beside goals and beside Porcupine");
  std::string porcupine;
  bench_judge
      ->add_option("--porcupine", porcupine,
                   "judges the same histories in the same run: called as PROGRAM MODEL FILE, says `VERDICT SECONDS` "
                   "(docs/performance.md; default: figures measured elsewhere)")
      ->type_name("PROGRAM");

  CLI::App* bench_node = bench_app->add_subcommand("node", "what three nodes cost, beside one redis-server");
  bench_node->add_option("--rounds", bench.rounds, "the median of so many (default 3)")
      ->type_name("COUNT")
      ->check(CLI::Range(1, 100));
  auto* overload = bench_node->add_flag("--overload", bench.overload, "three times what they can do, for 30 s");
  bench_node->add_option("--time-limit", bench.time_limit, "of the overload (default 30s)")
      ->type_name("TIME")
      ->needs(overload);
  bench_node->add_option("--start", bench.start_keys, "how long a node takes to start with so many keys in LMDB")
      ->type_name("KEYS")
      ->check(CLI::Range(1, 100'000'000))
      ->excludes(overload);
  bench_node
      ->add_flag("--efficiency", bench.efficiency,
                 "operations a second of processor time as nodes are added, and how busy they must be to hold it")
      ->excludes(overload)
      ->excludes("--start");
  CLI::App* bench_sim = bench_app->add_subcommand(
      "sim", "how fast the simulated world is, and how soon and how small fuzzing finds each planted bug");
  auto* sim_bugs =
      bench_sim->add_option("--bug", bench.bugs, "only these, and no speed")->delimiter(',')->type_name("NAME,…");
  bench_sim->add_flag("--speed", bench.speed_only, "only how fast the world is")->excludes(sim_bugs);
  bench_sim->add_option("--rounds", bench.rounds, "speed is the median of so many (default 5)")
      ->type_name("COUNT")
      ->check(CLI::Range(1, 100));

  CLI::App* bench_agreed = bench_app->add_subcommand(
      "sla", "Dynamo's agreement, 99.9 % within 300 ms at 500 requests a second, under each fault of a real cluster");
  bench_agreed->add_option("--rate", bench.rate, "operations a second of all clients")
      ->type_name("OPS")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 1e6));
  bench_agreed->add_option("--time-limit", bench.time_limit, "length of each run (default 20s)")->type_name("TIME");
  bench_agreed->add_option("--nemesis", bench.nemeses, "only these")->delimiter(',')->type_name("NAME,…");

  CLI::App* bench_scaled =
      bench_app->add_subcommand("scale", "what gossip and a change of members cost as clusters grow");

  if (argc < 2) {
    std::cerr << app.help();
    return kBadArguments;
  }
  std::vector<std::string> arguments(argv + 1, argv + argc);  // --schedule is a flag of `run` alone
  if (auto expanded = with_schedule_header(arguments)) {
    arguments = std::move(*expanded);
  } else {
    return complain(kBadArguments, expanded.error());
  }
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
    app.parse(arguments);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    if (app.get_subcommands().empty()) return complain(kBadArguments, unknown_command(argv[1]));
    return complain(kBadArguments, fmt::format("{} (harness {} --help shows the flags)", error.what(),
                                               app.get_subcommands()[0]->get_name()));
  }
  for (const CLI::App* command : app.get_subcommands()) {
    if (command->remaining_size() == 0) continue;
    return complain(kBadArguments, fmt::format("unknown argument \"{}\" (harness {} --help shows the flags)",
                                               command->remaining().front(), command->get_name()));
  }
  if (run_app->parsed()) return run_command(run, began);
  if (reconcile_app->parsed()) return reconcile_command(reconcile);
  if (fuzz_app->parsed()) return fuzz_command(fuzz);
  if (matrix_app->parsed()) return matrix_command(matrix);
  if (explore_app->parsed()) return explore_command(explore);
  if (shrink_app->parsed()) return shrink_command(shrink);
  if (check_app->parsed()) return check_command(check);
  if (convert_app->parsed()) return convert_command(convert);
  if (list_app->parsed()) return list_command(list);
  if (version_app->parsed()) return version_command();
  if (bench_reading->parsed()) return bench_formats(formats_operations, formats_threads);
  if (bench_scaled->parsed()) return bench_scale();
  if (bench_judge->parsed()) return bench_checkers(porcupine);
  bench.what = bench_run->parsed()      ? BenchFlags::What::kRun
               : bench_ring->parsed()   ? BenchFlags::What::kRing
               : bench_node->parsed()   ? BenchFlags::What::kNode
               : bench_sim->parsed()    ? BenchFlags::What::kSim
               : bench_agreed->parsed() ? BenchFlags::What::kSla
                                        : BenchFlags::What::kBugs;
  return bench_command(bench);
}

}  // namespace harness
