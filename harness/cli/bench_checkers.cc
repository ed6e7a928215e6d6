// How fast the judge is: histories made in memory, judged for linearizability, beside goals and beside what Porcupine
// took for histories of the same shape.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>

#include "harness/cli/allocator.h"
#include "harness/cli/bench_histories.h"
#include "harness/cli/beside.h"
#include "harness/cli/commands.h"
#include "harness/cli/spent.h"
#include "harness/cli/workers.h"
#include "harness/report/terminal.h"
#include "harness/run/duration.h"

namespace harness {

namespace {

using checkers::Judging;
using checkers::linear::Answer;

constexpr int kLinearRounds = 5;
constexpr size_t kThreads = 2;

struct LinearRow {
  std::string what;
  BenchShape shape;
  double goal_seconds;
  std::string porcupine;
  int rounds = kLinearRounds;
};

std::vector<LinearRow> linear_rows() {
  return {
      {"register, 1,000,000 operations, 4,000 keys, 5 clients each",
       {.operations = 1'000'000, .keys = 4'000, .clients = 5},
       0.15,
       "2.7-4.4 s, 1.1 GB"},
      {"register, 10,000 operations, one key, 10 clients",
       {.operations = 10'000, .clients = 10},
       0.001,
       "1.8 s, 1.2 GB"},
      {"  the same, one stale read in it",
       {.operations = 10'000, .clients = 10, .stale_read = true},
       0.001,
       "12.2 s, 5.6 GB"},
      {"cas of five values, 1,000 operations, 30 clients",
       {.operations = 1'000, .clients = 30, .values = 5, .cas = true},
       0.01,
       "21.7 s, 2.2 GB"},
      {"  10 clients, 10 % of unknown outcome",
       {.operations = 1'000, .clients = 10, .values = 5, .cas = true, .crashed_percent = 10},
       0.01,
       "42 s, 2.7 GB"},
      {"  1,000,000 operations, 4,000 keys, 10 clients each",
       {.operations = 1'000'000, .keys = 4'000, .clients = 10, .values = 5, .cas = true},
       0.5,
       "5.6-6.6 s, 1.1 GB"},
      {"register, 10,000,000 operations, one key, 10 clients",
       {.operations = 10'000'000, .clients = 10},
       2.5,
       "killed at 8 GB with 100,000",
       1},
  };
}

// Memory of this process at its highest since the start of the measurement, above what it was then; the kernel keeps
// the mark. Nothing where it does not.
class HighWater {
 public:
  HighWater() {
    give_back_free_memory();
    std::ofstream("/proc/self/clear_refs") << 5;
    before_ = kilobytes("VmRSS:");
  }
  std::optional<size_t> bytes() const {
    const std::optional<size_t> after = kilobytes("VmHWM:");
    if (!before_ || !after) return {};
    return 1024 * (*after - std::min(*before_, *after));
  }

 private:
  static std::optional<size_t> kilobytes(const std::string& name) {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
      size_t value = 0;
      if (word == name && status >> value) return value;
    }
    return {};
  }

  std::optional<size_t> before_;
};

struct Measured {
  Spent spent;
  std::optional<size_t> bytes;
  bool right = false;
};

Measured measure(const checkers::linear::History& history, bool linearizable) {
  Workers workers(kThreads);
  Judging how;
  how.for_each = [&workers](size_t count, const Judging::Work& work) { workers.for_each(count, work); };
  how.clock = [] { return std::chrono::steady_clock::now().time_since_epoch(); };

  Measured measured;
  const HighWater memory;
  Answer answer;
  measured.spent = spent_on([&] { answer = checkers::linear::check(history, how); });
  measured.bytes = memory.bytes();
  measured.right = answer.verdict == (linearizable ? Answer::Verdict::kLinearizable : Answer::Verdict::kViolated);
  return measured;
}

std::string time_of(double seconds) {
  if (seconds < 0.001) return fmt::format("{:.0f} us", seconds * 1e6);
  return seconds < 1 ? fmt::format("{:.3g} ms", seconds * 1e3) : fmt::format("{:.2f} s", seconds);
}

std::string size_of(std::optional<size_t> bytes) {
  return bytes ? fmt::format("{} MB", (*bytes + 500'000) / 1'000'000) : "-";
}

std::string bar(double part, double whole) {
  std::string out;
  for (int i = 0; i < static_cast<int>(24 * part / whole + 0.5); ++i) out += "█";
  return out;
}

bool print_rows(Terminal& terminal, const std::optional<BesideProgram>& beside) {
  const auto line = [](std::string_view what, std::string_view time, std::string_view cpu, std::string_view memory,
                       std::string_view goal, std::string_view porcupine) {
    return "  " + pad(what, 60) + pad_left(time, 10) + pad_left(cpu, 10) + pad_left(memory, 9) + pad_left(goal, 19) +
           "  " + std::string(porcupine);
  };
  terminal.print_line(terminal.paint(Colour::kDim, line("history", "median", "cpu", "memory", "goal",
                                                        beside ? "Porcupine (this run)" : "Porcupine (table)")));
  bool all_right = true;
  for (LinearRow& row : linear_rows()) {
    std::vector<Measured> rounds;
    for (int round = 1; round <= row.rounds; ++round) {
      row.shape.seed = static_cast<uint64_t>(round);
      rounds.push_back(measure(bench_history(row.shape), !row.shape.stale_read));
      all_right = all_right && rounds.back().right;
      if (!rounds.back().right) terminal.print_line(fmt::format("  seed {}: wrong verdict", round));
    }
    std::sort(rounds.begin(), rounds.end(),
              [](const Measured& a, const Measured& b) { return a.spent.seconds < b.spent.seconds; });
    const Measured& median = rounds[rounds.size() / 2];
    const bool reached = median.spent.seconds <= row.goal_seconds;
    if (beside) {
      row.shape.seed = 1;
      row.porcupine = beside->judge(bench_history(row.shape), !row.shape.stale_read);
    }
    terminal.print_line(terminal.paint(
        reached ? Colour::kNone : Colour::kRed,
        line(row.what, time_of(median.spent.seconds), time_of(median.spent.cpu_seconds), size_of(median.bytes),
             fmt::format("≤ {} {}", time_of(row.goal_seconds), reached ? "reached" : "missed"), row.porcupine)));
  }
  return all_right;
}

bool plot_sizes(Terminal& terminal) {
  struct Point {
    uint32_t operations;
    Measured measured;
  };
  std::vector<Point> points;
  for (uint32_t millions = 2; millions <= 10; millions += 2) {
    const uint32_t operations = millions * 1'000'000;
    points.push_back({operations, measure(bench_history({.operations = operations, .clients = 10}), true)});
  }
  double most_seconds = 1e-9, most_bytes = 1;
  for (const Point& point : points) {
    most_seconds = std::max(most_seconds, point.measured.spent.cpu_seconds);
    most_bytes = std::max(most_bytes, static_cast<double>(point.measured.bytes.value_or(0)));
  }
  bool all_right = true;
  for (const Point& point : points) {
    all_right = all_right && point.measured.right;
    terminal.print_line("  " + pad_left(with_commas(point.operations), 12) +
                        pad_left(time_of(point.measured.spent.cpu_seconds), 10) + " " +
                        pad(bar(point.measured.spent.cpu_seconds, most_seconds), 26) +
                        pad_left(size_of(point.measured.bytes), 8) + " " +
                        bar(static_cast<double>(point.measured.bytes.value_or(0)), most_bytes));
  }
  return all_right;
}

}  // namespace

int bench_checkers(const std::string& porcupine) {
  Terminal terminal(stdout);
  double load = 0;
  getloadavg(&load, 1);
  terminal.print_line(
      fmt::format("linearizable: medians of {} histories, judged from memory by {} threads, on {} processors with a "
                  "load average of "
                  "{:.1f} before.\nMemory is beyond the history. Porcupine: {}\n",
                  kLinearRounds, kThreads, std::thread::hardware_concurrency(), load,
                  porcupine.empty() ? "measured elsewhere on two cores (its newest commit of 2026, go 1.19) on "
                                      "histories\nof the same shape; not in this run."
                                    : porcupine + ", on the first history of each row, by its own clock."));
  std::optional<BesideProgram> beside;
  if (!porcupine.empty()) beside.emplace(porcupine);
  const bool rows_right = print_rows(terminal, beside);
  terminal.print_line("");
  const bool corpus_right = bench_corpus(terminal);
  terminal.print_line("\nOne key, 10 clients, unique writes: processor time, and memory beyond the history\n");
  const bool sizes_right = plot_sizes(terminal);
  terminal.print_line(
      "\nOther checkers: time, and processor time, from a history in memory to the result; one thread\n");
  const bool others_right = bench_collections(terminal);
  return rows_right && sizes_right && others_right && corpus_right ? 0 : 1;
}

}  // namespace harness
