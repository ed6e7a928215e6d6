// The measurements that the README quotes. Each is made by running this program (and redis-benchmark) as a user would.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <thread>

#include "harness/cli/child.h"
#include "harness/cli/commands.h"
#include "harness/cli/own_run.h"
#include "harness/cli/scratch.h"
#include "harness/report/terminal.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"
#include "harness/run/signals.h"
#include "harness/systems/system.h"

namespace harness {

namespace {

using nlohmann::json;
template <typename T>
using Result = tl::expected<T, std::string>;

constexpr int kRuns = 5;
constexpr double kSetUpGoalMs = 300;
constexpr double kOperationsGoal = 20'000;

struct RunFigures {
  json results;
  int exit_code = 0;
  double set_up_ms = 0;
  double operations_per_second = 0;
};

std::vector<std::string> words_of(std::string_view line) {
  std::istringstream in{std::string(line)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// One `harness run` with these flags.
Result<RunFigures> measure(const Scratch& scratch, const std::vector<std::string>& flags) {
  auto ended = own_run(scratch, flags);
  if (!ended) return tl::unexpected(ended.error());
  RunFigures measured;
  measured.exit_code = ended->exit_code;
  measured.results = std::move(ended->results);
  const json& run = measured.results["run"];
  const std::chrono::nanoseconds first(run.value("first_operation_ns", int64_t{0}));
  measured.set_up_ms = std::chrono::duration<double, std::milli>(first - ended->began.time_since_epoch()).count();
  measured.operations_per_second = run.value("operations_per_second", 0.0);
  forget_own_run(scratch);
  return measured;
}

// Requests a second of SET and GET, out of redis-benchmark's lines `"SET","61728.40",…`.
Result<std::vector<double>> redis_benchmark(const Scratch& scratch, int port) {
  auto finished =
      run_program({"redis-benchmark", "-p", std::to_string(port), "-t", "set,get", "-n", "100000", "-c", "50", "--csv"},
                  scratch.path() / "log");
  if (!finished) return tl::unexpected(finished.error());
  std::vector<double> rates;
  std::istringstream lines(finished->output);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("\"SET\",\"", 0) == 0 || line.rfind("\"GET\",\"", 0) == 0)
      rates.push_back(std::stod(line.substr(7)));
  }
  if (rates.size() != 2)
    return tl::unexpected(
        std::string("redis-benchmark gave no rates for SET and GET; is Debian's redis-tools installed?"));
  return rates;
}

struct Row {
  std::string what;
  std::string unit;
  std::vector<double> values;
  std::string goal;
  std::optional<double> at_most;
  std::optional<double> at_least;
};

void print_row(Terminal& terminal, Row row) {
  std::vector<std::string> each;
  for (double value : row.values) each.push_back(rounded_with_commas(value));
  std::sort(row.values.begin(), row.values.end());
  const double median = row.values[row.values.size() / 2];
  const bool reached = (!row.at_most || median <= *row.at_most) && (!row.at_least || median >= *row.at_least);
  Colour colour = row.goal.empty() ? Colour::kNone : reached ? Colour::kGreen : Colour::kRed;
  terminal.print_line("  " + pad(row.what, 50) +
                      terminal.paint(colour, pad_left(rounded_with_commas(median) + " " + row.unit, 13)) + "  " +
                      (row.goal.empty() ? "" : row.goal + (reached ? "  reached" : "  missed")));
  terminal.print_line("  " + terminal.paint(Colour::kDim, pad("", 50) + fmt::format("of {}", fmt::join(each, ", "))));
}

int bench_run(const BenchFlags& flags) {
  Scratch scratch;
  Terminal terminal(stdout);
  Terminal progress(stderr);
  const std::string length = flags.time_limit.empty() ? "5s" : flags.time_limit;
  double load = 0;  // what else kept the machine busy
  getloadavg(&load, 1);
  auto port = free_port();
  if (!port) return complain(kHarnessFailed, port.error());
  auto redis = Server::start(
      {"redis-server", "--port", std::to_string(*port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"},
      scratch.path() / "redis.log");
  if (!redis) return complain(kHarnessFailed, redis.error());
  if (!wait_for_port(*port, std::chrono::seconds(5)))
    return complain(kHarnessFailed, "redis-server does not listen; is it installed?");

  Row set_up{"five nodes up, first operation sent (lmdb)", "ms", {}, "goal ≤ 300", kSetUpGoalMs, {}};
  Row cluster{"operations/s: five nodes in memory, recorded", "", {}, "goal ≥ 20,000", {}, kOperationsGoal};
  Row foreign{"operations/s: one redis-server, recorded", "", {}, "", {}, {}};
  Row set{"redis-benchmark SET/s: one redis-server", "", {}, "", {}, {}};
  Row get{"redis-benchmark GET/s: one redis-server", "", {}, "", {}, {}};
  for (int round = 1; round <= kRuns; ++round) {
    progress.print_line(fmt::format("round {} of {}", round, kRuns));
    const std::string seed = std::to_string(round);
    auto quick = measure(scratch, {"--workload", "register", "--time-limit", "500ms", "--seed", seed});
    auto fast = measure(scratch, {"--workload", "counter", "--storage", "memory", "--rate", "0", "--concurrency", "10n",
                                  "--time-limit", length, "--seed", seed});
    auto alone = measure(scratch, {"--target", "redis", "--storage", "memory", "--workload", "register", "--rate", "0",
                                   "--concurrency", "50", "--time-limit", length, "--seed", seed});
    auto rates = redis_benchmark(scratch, *port);
    for (const auto* each : {&quick, &fast, &alone}) {
      if (!*each) return complain(kHarnessFailed, each->error());
    }
    if (!rates) return complain(kHarnessFailed, rates.error());
    set_up.values.push_back(quick->set_up_ms);
    cluster.values.push_back(fast->operations_per_second);
    foreign.values.push_back(alone->operations_per_second);
    set.values.push_back((*rates)[0]);
    get.values.push_back((*rates)[1]);
  }
  terminal.print_line(fmt::format("Medians of {}, on {} processors with a load average of {:.1f} before\n", kRuns,
                                  std::thread::hardware_concurrency(), load));
  for (const Row& row : {set_up, cluster, foreign, set, get}) print_row(terminal, row);
  return 0;
}

std::string verdict_of(const json& results, std::string_view checker) {
  for (const json& result : results["results"]) {
    if (result.value("checker", "") == checker) return result.value("verdict", "");
  }
  return "did not run";
}

struct BugRow {
  int caught = 0;  // by the checker that is to catch it
  int others = 0;  // only by another one
  int clean_valid = 0;
  int clean_unknown = 0;
  int clean_invalid = 0;
};

int seeds_of(const BenchFlags& flags) { return flags.seeds.value_or(5); }

Result<BugRow> try_bug(const BenchFlags& flags, const Scratch& scratch, const BugInfo& bug, Terminal& progress) {
  BugRow row;
  for (int seed = 1; seed <= seeds_of(flags); ++seed) {
    std::vector<std::string> words = words_of(bug.flags);
    words.insert(words.end(), {"--seed", std::to_string(seed)});
    if (!flags.time_limit.empty()) words.insert(words.end(), {"--time-limit", flags.time_limit});
    auto clean = measure(scratch, words);
    if (!clean) return tl::unexpected(clean.error());
    words.insert(words.end(), {"--bug", std::string(bug.name)});
    auto planted = measure(scratch, words);
    if (!planted) return tl::unexpected(planted.error());

    const bool caught = verdict_of(planted->results, bug.checker) == "invalid";
    row.caught += caught ? 1 : 0;
    row.others += !caught && planted->exit_code == 1 ? 1 : 0;
    row.clean_valid += clean->exit_code == 0 ? 1 : 0;
    row.clean_invalid += clean->exit_code == 1 ? 1 : 0;
    row.clean_unknown += clean->exit_code == 2 ? 1 : 0;
    progress.print_line(fmt::format("{} seed {}: {}; without the bug: {}", bug.name, seed,
                                    caught ? "caught" : "not caught by " + std::string(bug.checker),
                                    clean->results.value("verdict", "")));
  }
  return row;
}

int bench_bugs(const BenchFlags& flags) {
  std::vector<BugInfo> bugs;
  for (const BugInfo& bug : all_bugs()) {
    if (flags.bugs.empty() || std::find(flags.bugs.begin(), flags.bugs.end(), bug.name) != flags.bugs.end())
      bugs.push_back(bug);
  }
  for (const std::string& name : flags.bugs) {
    if (std::none_of(bugs.begin(), bugs.end(), [&name](const BugInfo& bug) { return bug.name == name; })) {
      return complain(kBadArguments, fmt::format("unknown bug \"{}\"; harness list bugs shows them", name));
    }
  }
  Scratch scratch;
  Terminal terminal(stdout);
  Terminal progress(stderr);
  std::vector<BugRow> rows;
  for (const BugInfo& bug : bugs) {
    auto row = try_bug(flags, scratch, bug, progress);
    if (!row) return complain(kHarnessFailed, row.error());
    rows.push_back(*row);
  }
  auto line = [](std::string_view bug, std::string_view checker, std::string_view caught, std::string_view others,
                 std::string_view clean) {
    return "  " + pad(bug, 26) + pad(checker, 15) + pad_left(caught, 10) + pad_left(others, 12) + "   " +
           std::string(clean);
  };
  terminal.print_line(
      terminal.paint(Colour::kDim, line("bug", "checker", "caught", "by others", "the same seeds without the bug")));
  bool all_as_hoped = true;
  for (size_t i = 0; i < bugs.size(); ++i) {
    const BugRow& row = rows[i];
    const bool good = row.caught > 0 && row.clean_invalid == 0;
    all_as_hoped = all_as_hoped && good;
    std::string clean =
        fmt::format("{} valid, {} unknown, {} invalid", row.clean_valid, row.clean_unknown, row.clean_invalid);
    terminal.print_line(
        terminal.paint(good ? Colour::kNone : Colour::kRed,
                       line(bugs[i].name, bugs[i].checker, fmt::format("{} of {}", row.caught, seeds_of(flags)),
                            std::to_string(row.others), clean)));
  }
  return all_as_hoped ? 0 : 1;
}

}  // namespace

int bench_command(const BenchFlags& flags) {
  if (flags.what == BenchFlags::What::kRing) return bench_ring(flags.seeds.value_or(100));
  if (flags.what == BenchFlags::What::kSim) return bench_sim(flags);
  Signals signals;  // ctrl-C ends the program that runs; then the scratch directory goes, too
  if (flags.what == BenchFlags::What::kNode) return bench_node(flags);
  if (flags.what == BenchFlags::What::kSla) return bench_sla(flags);
  return flags.what == BenchFlags::What::kRun ? bench_run(flags) : bench_bugs(flags);
}

}  // namespace harness
