// harness fuzz.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "checkers/verdict.h"
#include "harness/cli/comma_list.h"
#include "harness/cli/commands.h"
#include "harness/cli/print_schedule.h"
#include "harness/fuzz/campaign.h"
#include "harness/report/terminal.h"
#include "harness/report/text.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"
#include "harness/run/signals.h"
#include "harness/run/store.h"

namespace harness {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kUsualTime{60'000};

tl::expected<CampaignSettings, std::string> campaign_of(const FuzzFlags& flags, const System& system) {
  CampaignSettings settings;
  SwarmFrame& frame = settings.frame;
  if (flags.workload != "all") frame.workload = flags.workload;
  if (flags.nemesis != "all") frame.nemeses = comma_list(flags.nemesis);
  frame.bug = flags.bug;
  frame.mode = flags.mode;
  const auto take = [](const char* flag, const std::string& text, Millis& into) -> tl::expected<void, std::string> {
    auto duration = parse_duration(text);
    if (!duration) return tl::unexpected(fmt::format("--{}: {}", flag, duration.error()));
    into = *duration;
    return {};
  };
  if (!flags.time_limit.empty()) {
    frame.time_limit = Millis(0);
    if (auto taken = take("time-limit", flags.time_limit, *frame.time_limit); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  settings.runs = flags.runs.value_or(0);
  if (!flags.runs) settings.time = kUsualTime;
  if (!flags.time.empty()) {
    if (auto taken = take("time", flags.time, settings.time); !taken) return tl::unexpected(taken.error());
  }
  if (auto taken = take("shrink-time", flags.shrink_time, settings.shrink_time); !taken) {
    return tl::unexpected(taken.error());
  }
  settings.jobs = flags.jobs > 0 ? flags.jobs : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  settings.first_seed = flags.seed;
  settings.first_only = flags.first_only;

  // What is fixed must fit together; the rest is drawn so that it does.
  RunSettings tried = default_settings(system);
  tried.sim = true;
  if (!frame.workload.empty()) tried.workload = frame.workload;
  if (!frame.nemeses.empty()) tried.nemeses = frame.nemeses;
  if (!frame.mode.empty()) tried.cluster.mode = frame.mode;
  if (frame.mode == "lin") tried.workload = frame.workload.empty() ? "register" : frame.workload;
  tried.cluster.bug = frame.bug;
  if (frame.time_limit) tried.time_limit = *frame.time_limit;
  if (auto valid = validate(tried, system); !valid) return tl::unexpected(valid.error());
  if (!frame.mode.empty() && frame.mode != "sloppy" && frame.mode != "strict" && frame.mode != "lin") {
    return tl::unexpected(fmt::format("--mode \"{}\": there are sloppy, strict, lin", frame.mode));
  }
  if (frame.mode == "lin") frame.workload = "register";
  auto schedule = nemesis::draw_schedule(nemesis_settings(tried));
  if (!schedule) return tl::unexpected(schedule.error());
  return settings;
}

// One overprinted line on a terminal; in a pipe a plain one every few seconds.
class FuzzProgress {
 public:
  explicit FuzzProgress(Terminal& terminal) : terminal_(terminal) {}
  void show(const CampaignState& state, const FoundClass* shrinking) {
    const auto now = Clock::now();
    if (now < next_) return;
    next_ = now + (terminal_.interactive() ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5'000));
    const std::string line = text(state, shrinking);
    if (terminal_.interactive()) {
      terminal_.print("\r\x1b[K" + terminal_.paint(Colour::kCyan, clip(line, terminal_.columns() - 1)));
      shown_ = true;
    } else {
      terminal_.print_line(line);
    }
  }
  void clear() {
    if (shown_) terminal_.print("\r\x1b[K");
    shown_ = false;
  }

 private:
  static std::string text(const CampaignState& state, const FoundClass* shrinking) {
    std::string line = fmt::format("  {} seeds  {:.1f} h simulated", with_commas(state.seeds),
                                   std::chrono::duration<double>(state.virtual_time).count() / 3600);
    for (const FoundClass& found : state.found) {
      line += fmt::format("  │ {} ×{}, seed {}", to_text(found.failure), with_commas(found.seeds), found.first_seed);
    }
    if (shrinking != nullptr) line += fmt::format("  │ shrinking {}", to_text(shrinking->failure));
    return line;
  }

  Terminal& terminal_;
  Clock::time_point next_{};
  bool shown_ = false;
};

// Finds it again, and shrinks it.
std::string search_again(const FuzzFlags& flags, uint64_t seed) {
  std::string command = "bin/harness fuzz";
  const FuzzFlags usual;
  const auto add = [&command](const char* flag, const std::string& value, const std::string& unless) {
    if (value != unless) command += fmt::format(" --{} {}", flag, value);
  };
  add("workload", flags.workload, usual.workload);
  add("nemesis", flags.nemesis, usual.nemesis);
  add("mode", flags.mode, usual.mode);
  add("bug", flags.bug, usual.bug);
  add("time-limit", flags.time_limit, usual.time_limit);
  return command + fmt::format(" --seed {} --runs 1", seed);
}

void print_class(Terminal& terminal, const FoundClass& found, int64_t seeds, const FuzzFlags& flags) {
  terminal.print_line("");
  terminal.print_line("  " + terminal.paint(Colour::kRed, "✗ " + to_text(found.failure)) +
                      fmt::format("   {} of {} seeds, the first is {}", with_commas(found.seeds), with_commas(seeds),
                                  found.first_seed));
  if (found.smallest) {
    terminal.print_line(fmt::format("    {} lines shrunk to {} in {} runs, {}", found.smallest->lines_before,
                                    found.smallest->lines_after, found.smallest->runs, to_text(found.smallest->time)));
    print_schedule(terminal, found.smallest->schedule);
    if (!found.folder.empty()) {
      terminal.print_line(
          fmt::format("    again  bin/harness run --sim --schedule {}", shown(found.folder / "schedule.txt")));
    }
  } else if (!found.problem.empty()) {
    terminal.print_line("    not shrunk: " + found.problem);
  } else {
    terminal.print_line("    not shrunk; again, and small  " + search_again(flags, found.first_seed));
  }
}

}  // namespace

int fuzz_command(const FuzzFlags& flags) {
  auto system = make_system("dynamo", node_program());
  if (!system) return complain(kBadArguments, system.error());
  auto settings = campaign_of(flags, **system);
  if (!settings) return complain(kBadArguments, settings.error());
  auto directory = create_run_directory(flags.store, "fuzz", std::chrono::system_clock::now());
  if (!directory) return complain(kBadArguments, "--store: " + directory.error());
  settings->directory = *directory;

  Signals signals;
  Terminal terminal(stdout);
  FuzzProgress progress(terminal);
  const CampaignState state =
      run_campaign(*settings, **system,
                   [&](const CampaignState& now, const FoundClass* shrinking) { progress.show(now, shrinking); });
  progress.clear();

  const double seconds = std::chrono::duration<double>(state.search_time).count();
  const double simulated = std::chrono::duration<double>(state.virtual_time).count();
  terminal.print_line(fmt::format("  {} seeds from {} on, {:.1f} h simulated in {} by {} {}: {} × real time",
                                  with_commas(state.seeds), settings->first_seed, simulated / 3600,
                                  to_text(state.search_time), settings->jobs,
                                  settings->jobs == 1 ? "process" : "processes",
                                  with_commas(static_cast<int64_t>(seconds > 0 ? simulated / seconds : 0))));
  for (const FoundClass& found : state.found) print_class(terminal, found, state.seeds, flags);
  if (!state.error.empty()) return complain(kHarnessFailed, state.error);
  if (!state.found.empty()) return checkers::exit_code(checkers::Verdict::kInvalid);
  terminal.print_line(state.interrupted ? "  interrupted; no failure until then" : "  no failure");
  return checkers::exit_code(state.interrupted || state.seeds == 0 ? checkers::Verdict::kUnknown
                                                                   : checkers::Verdict::kValid);
}

}  // namespace harness
