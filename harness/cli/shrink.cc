// harness shrink.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "checkers/verdict.h"
#include "harness/cli/child.h"
#include "harness/cli/commands.h"
#include "harness/cli/print_schedule.h"
#include "harness/fuzz/campaign.h"
#include "harness/fuzz/repeat.h"
#include "harness/report/terminal.h"
#include "harness/report/text.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"
#include "harness/run/signals.h"
#include "harness/run/store.h"

namespace harness {

namespace {

namespace fs = std::filesystem;

// What is to be shrunk, how, and where to.
struct Task {
  const ShrinkFlags& flags;
  const System& system;
  RunSettings settings;
  std::chrono::milliseconds time;
  fs::path out;
};

// The class that was asked for, or the first.
std::optional<FailureClass> chosen(const std::vector<FailureClass>& failures, const std::string& wanted) {
  for (const FailureClass& each : failures) {
    const bool named = wanted.empty() || wanted == each.checker || wanted == each.checker + ":" + each.anomaly ||
                       wanted == to_folder(each);
    if (named) return each;
  }
  return std::nullopt;
}

int nothing_to_shrink(const std::vector<FailureClass>& failures, const std::string& wanted, const std::string& where) {
  std::vector<std::string> classes;
  for (const FailureClass& each : failures) classes.push_back(to_text(each));
  return complain(checkers::exit_code(checkers::Verdict::kUnknown),
                  classes.empty()
                      ? fmt::format("the run does not fail {}: there is nothing to shrink", where)
                      : fmt::format("the run does not fail as {}: it fails as {}", wanted, fmt::join(classes, ", ")));
}

int shrink_simulated(const Task& task, Terminal& terminal) {
  auto first = play(task.settings, task.system);
  if (!first) return complain(kHarnessFailed, first.error());
  const std::optional<FailureClass> failure = chosen(first->failures, task.flags.failure);
  if (!failure) return nothing_to_shrink(first->failures, task.flags.failure, "in the simulated world");
  const auto result =
      shrink_run(task.settings, task.system, failure, {.most_time = task.time}, task.out, [&](const Shrunk& so_far) {
        if (!terminal.interactive()) return;
        terminal.print(
            fmt::format("\r\x1b[K  {} lines of {}, {} runs", so_far.lines_after, so_far.lines_before, so_far.runs));
      });
  if (terminal.interactive()) terminal.print("\r\x1b[K");
  if (!result) return complain(kHarnessFailed, result.error());
  const Smallest& smallest = result->smallest;
  terminal.print_line(fmt::format("  {}: {} lines shrunk to {} in {} runs, {}", to_text(result->failure),
                                  smallest.lines_before, smallest.lines_after, smallest.runs, to_text(smallest.time)));
  print_schedule(terminal, smallest.schedule);
  terminal.print_line("");
  terminal.print_line("  " + wrap(result->explanation, 2));
  terminal.print_line("");
  terminal.print_line(fmt::format("  again  bin/harness run --sim --schedule {}", shown(task.out / "schedule.txt")));
  return checkers::exit_code(checkers::Verdict::kInvalid);
}

nemesis::Schedule with_header(const RunSettings& settings) {
  nemesis::Schedule schedule = *settings.schedule;
  schedule.header = schedule_header(settings);
  return schedule;
}

// Runs against real processes, each by a harness of its own, which leaves nothing behind whatever happens to it.
class RealRuns {
 public:
  explicit RealRuns(fs::path folder) : folder_(std::move(folder)) {}

  // The classes in which the run failed; none also if it could not be carried out, and then problem() says why.
  std::vector<FailureClass> play(const RunSettings& settings) {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
    fs::create_directories(folder_, ignored);
    const fs::path file = folder_ / "schedule.txt";
    if (auto written = write_file(file, nemesis::to_text(with_header(settings))); !written) {
      problem_ = written.error();
      return {};
    }
    const auto finished = run_program({this_program().string(), "run", "--json", "--schedule", file.string(), "--store",
                                       (folder_ / "store").string()},
                                      folder_ / "errors");
    if (!finished) {
      problem_ = finished.error();
      return {};
    }
    if (finished->exit_code > checkers::exit_code(checkers::Verdict::kUnknown)) {
      problem_ =
          fmt::format("a run ended with exit code {}; see {}", finished->exit_code, (folder_ / "errors").string());
    }
    return classes_in(finished->output);
  }
  fs::path folder() const { return folder_; }
  const std::string& problem() const { return problem_; }

 private:
  static std::vector<FailureClass> classes_in(const std::string& results) {
    std::set<FailureClass> classes;
    const nlohmann::json json = nlohmann::json::parse(results, nullptr, false);
    if (!json.is_object() || !json.contains("results")) return {};
    for (const auto& result : json["results"]) {
      if (result.value("verdict", "") != "invalid") continue;
      std::vector<std::string> anomalies;
      for (const auto& witness : result["witnesses"]) anomalies.push_back(witness.value("anomaly", ""));
      add_classes(classes, result.value("checker", ""), anomalies);
    }
    return {classes.begin(), classes.end()};
  }

  const fs::path folder_;
  std::string problem_;
};

int shrink_real(const Task& task, Terminal& terminal) {
  RunSettings settings = task.settings;
  settings.schedule->header.clear();
  RealRuns runs(task.out / "plays");
  const int times = task.flags.repeats;
  // Which class, and how often?
  std::map<FailureClass, int> shown_in;
  for (int i = 0; i < times && !Signals::interrupted(); ++i) {
    for (const FailureClass& each : runs.play(settings)) ++shown_in[each];
  }
  std::vector<FailureClass> failures;
  for (const auto& [failure, count] : shown_in) failures.push_back(failure);
  std::stable_sort(failures.begin(), failures.end(),
                   [&](const auto& a, const auto& b) { return shown_in[a] > shown_in[b]; });
  const std::optional<FailureClass> failure = chosen(failures, task.flags.failure);
  if (!failure) {
    if (failures.empty() && !runs.problem().empty()) return complain(kHarnessFailed, runs.problem());
    return nothing_to_shrink(failures, task.flags.failure, fmt::format("in any of {} plays", times));
  }
  const Rate before{shown_in[*failure], times};
  terminal.print_line(fmt::format("  {}: {} lines, shown by {} plays", to_text(*failure), lines_of(*settings.schedule),
                                  to_text(before)));

  const fs::path kept = task.out / "run";  // the last play that failed: always one of the smallest schedule
  const Repeated::PlayOnce play_once = [&](const RunSettings& candidate) {
    std::vector<FailureClass> classes = runs.play(candidate);
    if (std::find(classes.begin(), classes.end(), *failure) == classes.end()) return classes;
    std::error_code ignored;
    fs::remove_all(kept, ignored);
    fs::rename(fs::canonical(runs.folder() / "store" / "latest", ignored), kept, ignored);
    return classes;
  };
  Repeated repeated(*failure, times, play_once);
  const StillFails still_fails = [&](const RunSettings& candidate) {
    return validate(candidate, task.system).has_value() && repeated.fails(candidate);
  };
  const Shrunk small = shrink(settings, still_fails, {.most_time = task.time}, [&](const Shrunk& so_far) {
    const std::string line =
        fmt::format("  {} lines of {}   {} candidates in {} plays   the last to fail did in {}", so_far.lines_after,
                    so_far.lines_before, so_far.runs, repeated.plays(), to_text(repeated.last()));
    if (terminal.interactive()) {
      terminal.print("\r\x1b[K" + line);
    } else {
      terminal.print_line(line);
    }
  });
  if (terminal.interactive()) terminal.print("\r\x1b[K");
  const Rate after = repeated.rate(small.settings);
  std::error_code ignored;
  fs::remove_all(runs.folder(), ignored);

  const nemesis::Schedule schedule = with_header(small.settings);
  nemesis::Schedule original = *task.settings.schedule;
  original.header = schedule_header(task.settings);
  const std::string rate = fmt::format("# {}, shown by {} plays\n", to_text(*failure), to_text(after));
  const std::pair<const char*, std::string> files[] = {{"original.txt", nemesis::to_text(original)},
                                                       {"schedule.txt", nemesis::to_text(schedule) + rate}};
  for (const auto& [name, text] : files) {
    if (auto written = write_file(task.out / name, text); !written) return complain(kHarnessFailed, written.error());
  }
  terminal.print_line(fmt::format("  {}: {} lines shrunk to {} by {} candidates in {} plays, {}", to_text(*failure),
                                  small.lines_before, small.lines_after, small.runs, repeated.plays(),
                                  to_text(small.time)));
  terminal.print_line(fmt::format("  reproduction rate  {} at first, {} now", to_text(before), to_text(after)));
  print_schedule(terminal, schedule);
  terminal.print_line("");
  terminal.print_line(fmt::format("  again  bin/harness run --schedule {}", shown(task.out / "schedule.txt")));
  terminal.print_line(fmt::format("  a play that failed  {}", shown(kept)));
  return checkers::exit_code(checkers::Verdict::kInvalid);
}

}  // namespace

int shrink_command(const ShrinkFlags& flags) {
  fs::path file = flags.what;
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) file /= "schedule.txt";
  auto system = make_system("dynamo", node_program());
  if (!system) return complain(kBadArguments, system.error());
  std::vector<std::string> arguments = {"run", "--schedule", file.string()};
  if (!flags.real) arguments.emplace_back("--sim");
  if (!flags.bug.empty()) arguments.insert(arguments.end(), {"--bug", flags.bug});
  auto expanded = with_schedule_header(arguments);
  if (!expanded) return complain(kBadArguments, expanded.error());
  expanded->erase(expanded->begin());
  auto run_flags = parse_run_flags(*expanded);
  if (!run_flags) return complain(kBadArguments, fmt::format("{}: header: {}", file.string(), run_flags.error()));
  auto settings = settings_of(*run_flags, **system);
  if (!settings) return complain(kBadArguments, settings.error());
  auto time = parse_duration(!flags.time.empty() ? flags.time : flags.real ? "10m" : "30s");
  if (!time) return complain(kBadArguments, "--time: " + time.error());
  const Task task{flags, **system, std::move(*settings), *time,
                  flags.out.empty() ? file.parent_path() / "shrunk" : fs::path(flags.out)};

  Signals signals;
  Terminal terminal(stdout);
  return flags.real ? shrink_real(task, terminal) : shrink_simulated(task, terminal);
}

}  // namespace harness
