// How fast histories are read: lines a second of each format, from memory, so that no disk is measured.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "checkers/history_file.h"
#include "harness/cli/commands.h"
#include "harness/cli/workers.h"
#include "harness/report/terminal.h"
#include "harness/run/duration.h"
#include "harness/run/event_loop.h"
#include "harness/run/run.h"

namespace harness {

namespace {

using checkers::Event;
using checkers::EventType;
using checkers::Map;

constexpr int kProcesses = 20;
constexpr int kKeys = 4'000;
constexpr int kReadings = 3;

Event event_at(int64_t index, EventType type, int64_t operation, bool as_in_a_run) {
  Event event;
  event.index = index;
  event.time = checkers::Nanos(index * 51'237);
  event.type = type;
  event.process = operation % kProcesses;
  const bool read = operation % 2 == 1;
  event.f = read ? "read" : "write";
  event.key = std::to_string(operation % kKeys);
  if (!read || type == EventType::kOk) event.value = checkers::Value(operation);
  if (as_in_a_run) {
    event.fields = Map{{"r", 2}, {"w", 2}, {"mode", "strict"}, {"node", fmt::format("n{}", 1 + operation % 5)}};
    if (type == EventType::kOk) {
      event.fields.set("coordinator", "n2");
      event.fields.set("acks", checkers::List{"n2", "n4"});
      event.fields.set("hints", 0);
    }
  }
  return event;
}

std::string log_line(const Event& event) {
  return fmt::format("INFO  jepsen.util - {}\t:{}\t:{}\t[{} {}]\n", event.process,
                     event.type == EventType::kInvoke ? "invoke" : "ok", event.f, event.key,
                     event.value.is_null() ? "nil" : std::to_string(event.value.integer()));
}

struct Sample {
  std::string name;
  std::string text;
  int64_t lines = 0;
};

Sample sample(std::string name, int64_t operations, bool as_in_a_run, std::string (*write)(const Event&)) {
  Sample made{std::move(name), "", 0};
  // In waves: every client has one operation open.
  for (int64_t first = 0; first < operations; first += kProcesses) {
    const int64_t last = std::min(operations, first + kProcesses);
    for (const EventType type : {EventType::kInvoke, EventType::kOk}) {
      for (int64_t operation = first; operation < last; ++operation)
        made.text += write(event_at(made.lines++, type, operation, as_in_a_run));
    }
  }
  return made;
}

// The best of some rounds; seconds, or nothing if it could not be read.
double seconds_to_read(const Sample& sample, Workers& workers) {
  double best = 0;
  for (int round = 0; round < kReadings; ++round) {
    std::istringstream in(sample.text);
    checkers::Reading how;
    how.for_each = [&workers](size_t count, const checkers::Judging::Work& work) { workers.for_each(count, work); };
    const auto began = SteadyClock::now();
    const auto history = checkers::read_history(in, how);
    const std::chrono::duration<double> took = SteadyClock::now() - began;
    if (!history || static_cast<int64_t>(history->events.size()) != sample.lines) return 0;
    best = round == 0 ? took.count() : std::min(best, took.count());
  }
  return best;
}

}  // namespace

int bench_formats(int64_t operations, int threads) {
  Terminal terminal(stdout);
  Workers one(1), all(static_cast<size_t>(threads));
  terminal.print_line(fmt::format("{} operations, the best of {} rounds; {} thread{}\n", with_commas(operations),
                                  kReadings, all.threads(), all.threads() == 1 ? "" : "s"));
  terminal.print_line(fmt::format("  {:<42}{:>12}{:>9}{:>14}{:>16}", "format", "lines", "MB", "lines a second",
                                  fmt::format("on {} thread{}", all.threads(), all.threads() == 1 ? "" : "s")));
  const Sample samples[] = {
      sample("jsonl, as others write it", operations, false, [](const Event& e) { return checkers::to_line(e); }),
      sample("jsonl, with all fields of a run", operations, true, [](const Event& e) { return checkers::to_line(e); }),
      sample("edn, [key value]", operations, false, [](const Event& e) { return checkers::to_edn(e); }),
      sample("jepsen-log, [key value]", operations, false, log_line)};
  bool read = true;
  for (const Sample& one_of : samples) {
    const double alone = seconds_to_read(one_of, one), together = seconds_to_read(one_of, all);
    read = read && alone > 0 && together > 0;
    const auto rate = [&](double seconds) {
      return seconds > 0 ? with_commas(static_cast<int64_t>(static_cast<double>(one_of.lines) / seconds)) : "not read";
    };
    terminal.print_line(fmt::format("  {:<42}{:>12}{:>9}{:>14}{:>16}", one_of.name, with_commas(one_of.lines),
                                    one_of.text.size() / 1'000'000, rate(alone), rate(together)));
  }
  return read ? 0 : kHarnessFailed;
}

}  // namespace harness
