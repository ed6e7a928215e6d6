// The measurements of the simulator and of fuzzing: `harness bench sim`.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "harness/cli/commands.h"
#include "harness/cli/spent.h"
#include "harness/fuzz/campaign.h"
#include "harness/report/terminal.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"
#include "harness/run/signals.h"

namespace harness {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kSearchTime{60};
constexpr std::chrono::milliseconds kShrinkTime{5'000};
constexpr int kSpeedRounds = 5;
constexpr double kEventsGoal = 300'000;
constexpr double kRatioGoal = 1'000;

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

// Five nodes, carts, all faults: 100 operations and about one fault a virtual second, judged by all checkers.
RunSettings speed_settings(const System& system, uint64_t seed) {
  RunSettings settings = default_settings(system);
  settings.sim = true;
  settings.workload = "cart";
  settings.nemeses = simulated_nemeses();
  std::erase(settings.nemeses, "lose-many-disks");
  settings.nemesis_interval = Millis(1'000) * static_cast<int64_t>(settings.nemeses.size());
  settings.rate = 100;
  settings.time_limit = std::chrono::minutes(5);
  settings.cluster.seed = seed;
  return settings;
}

tl::expected<void, std::string> bench_speed(const System& system, int rounds, Terminal& terminal) {
  std::vector<double> events;
  std::vector<double> ratios;
  for (int round = 1; round <= rounds; ++round) {
    const RunSettings settings = speed_settings(system, static_cast<uint64_t>(round));
    if (auto valid = validate(settings, system); !valid) return tl::unexpected(valid.error());
    tl::expected<Played, std::string> played;
    const Spent spent = spent_on([&] { played = play(settings, system); });
    if (!played) return tl::unexpected(played.error());
    const double took = spent.cpu_seconds;
    events.push_back(static_cast<double>(played->events) / took);
    ratios.push_back(seconds(played->virtual_time) / took);
    for (const FailureClass& failure : played->failures) {
      return tl::unexpected(fmt::format("the clean node fails as {} with seed {}", to_text(failure), round));
    }
  }
  const auto row = [&terminal](const char* what, std::vector<double> values, double goal) {
    std::sort(values.begin(), values.end());
    const double median = values[values.size() / 2];
    terminal.print_line(
        "  " + pad(what, 50) +
        terminal.paint(median >= goal ? Colour::kGreen : Colour::kRed,
                       pad_left(with_commas(static_cast<int64_t>(median)), 12)) +
        fmt::format("  goal ≥ {}  {}", with_commas(static_cast<int64_t>(goal)), median >= goal ? "reached" : "missed"));
  };
  terminal.print_line(
      fmt::format("  Five nodes, carts, all faults, 100 operations a second; one process, medians of {}", rounds));
  row("simulated events a second, judged", events, kEventsGoal);
  row("virtual time over real time", ratios, kRatioGoal);
  terminal.print_line("");
  return {};
}

std::string line_of(std::string_view bug, std::string_view found, std::string_view seeds, std::string_view time,
                    std::string_view lines, std::string_view runs, std::string_view shrinking) {
  return "  " + pad(bug, 26) + pad(found, 38) + pad_left(seeds, 7) + pad_left(time, 10) + pad_left(lines, 12) +
         pad_left(runs, 7) + pad_left(shrinking, 10);
}

// True if the bug was found and became small.
bool bench_bug(const System& system, const std::string& bug, Terminal& terminal) {
  constexpr size_t kFewLines = 8;
  CampaignSettings settings;
  settings.frame.bug = bug;
  settings.time = kSearchTime;
  settings.jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  settings.first_only = true;
  settings.shrink_time = kShrinkTime;
  const CampaignState state = run_campaign(settings, system, nullptr);
  if (state.found.empty()) {
    terminal.print_line(terminal.paint(
        Colour::kRed, line_of(bug, "not found", with_commas(state.seeds), to_text(state.search_time), "", "", "")));
    return false;
  }
  // One seed may fail in several classes: the one that becomes smallest tells most.
  const FoundClass* best = &state.found.front();
  for (const FoundClass& found : state.found) {
    if (found.smallest && (!best->smallest || found.smallest->lines_after < best->smallest->lines_after)) best = &found;
  }
  if (!best->smallest) {
    terminal.print_line(
        terminal.paint(Colour::kRed, line_of(bug, to_text(best->failure), std::to_string(best->found_after),
                                             to_text(state.search_time), best->problem, "", "")));
    return false;
  }
  const Smallest& smallest = *best->smallest;
  const bool good = smallest.lines_after <= kFewLines;
  terminal.print_line(
      terminal.paint(good ? Colour::kNone : Colour::kRed,
                     line_of(bug, to_text(best->failure), std::to_string(best->found_after), to_text(state.search_time),
                             fmt::format("{} → {}", smallest.lines_before, smallest.lines_after),
                             std::to_string(smallest.runs), to_text(smallest.time))));
  return good;
}

}  // namespace

int bench_sim(const BenchFlags& flags) {
  const std::vector<std::string>& only = flags.bugs;
  auto system = make_system("dynamo", node_program());
  if (!system) return complain(kBadArguments, system.error());
  Signals signals;
  Terminal terminal(stdout);
  std::vector<std::string> bugs;
  for (const BugInfo& bug : all_bugs()) {
    if (only.empty() || std::find(only.begin(), only.end(), bug.name) != only.end()) bugs.emplace_back(bug.name);
  }
  if (only.empty()) {
    if (auto measured = bench_speed(**system, flags.rounds.value_or(kSpeedRounds), terminal); !measured)
      return complain(kHarnessFailed, measured.error());
    if (flags.speed_only) return 0;
  }
  terminal.print_line(
      terminal.paint(Colour::kDim, line_of("bug", "found as", "seeds", "after", "lines", "runs", "shrinking")));
  bool all_good = true;
  for (const std::string& bug : bugs) {
    all_good = bench_bug(**system, bug, terminal) && all_good;
    if (Signals::interrupted()) return checkers::exit_code(checkers::Verdict::kUnknown);
  }
  return all_good ? 0 : 1;
}

}  // namespace harness
