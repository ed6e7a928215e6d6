// harness matrix: each way of running the store, under each kind of fault, and what clients meet there.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "checkers/verdict.h"
#include "harness/cli/comma_list.h"
#include "harness/cli/commands.h"
#include "harness/fuzz/anomalies.h"
#include "harness/report/terminal.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"
#include "harness/run/signals.h"

namespace harness {

namespace {

struct Mode {
  std::string workload;
  std::string name;
  std::vector<std::string> flags;  // of `harness run`, beside the workload

  std::string title() const { return workload + ", " + name; }
};

// Of each workload from the weakest to the strongest.
const std::vector<Mode>& modes() {
  static const std::vector<Mode> all = {
      {"cart", "last-write-wins", {"--merge", "last-write-wins"}},
      {"cart", "union", {"--merge", "union"}},
      {"cart", "observed-remove", {}},
      {"cart", "observed-remove, by item", {"--cart-layout", "segregated"}},
      {"cart", "observed-remove, strict", {"--strict"}},
      {"counter", "repeats counted", {"--bug", "double-increment"}},
      {"counter", "identified", {}},
      {"counter", "identified, strict", {"--strict"}},
      {"register", "R=W=1", {"--strict", "--plain", "--read-quorum", "1", "--write-quorum", "1"}},
      {"register", "sloppy", {"--plain"}},
      {"register", "sloppy, siblings", {}},
      {"register", "R+W>N", {"--strict", "--plain"}},
      {"register", "R+W>N, siblings", {"--strict"}},
      {"register", "linearizable", {"--lin"}},
  };
  return all;
}

std::vector<std::string> flags_of(const Mode& mode, const std::string& nemesis, const MatrixFlags& flags) {
  std::vector<std::string> all = {"--workload", mode.workload};
  all.insert(all.end(), mode.flags.begin(), mode.flags.end());
  all.insert(all.end(), {"--nemesis", nemesis, "--nemesis-interval", "2s", "--rate", "400", "--time-limit",
                         flags.time_limit, "--sim"});
  return all;
}

struct Cell {
  AnomalyCounts counts;
  std::string broken;   // a promise of the mode; empty: none
  std::string refused;  // why this mode cannot have this nemesis; empty: it can
};

tl::expected<RunSettings, std::string> settings_with(std::vector<std::string> arguments, uint64_t seed,
                                                     const System& system) {
  arguments.insert(arguments.end(), {"--seed", std::to_string(seed)});
  auto run = parse_run_flags(std::move(arguments));
  if (!run) return tl::unexpected(run.error());
  auto settings = settings_of(*run, system);
  if (!settings) return settings;
  auto drawn = nemesis::draw_schedule(nemesis_settings(*settings));
  if (!drawn) return tl::unexpected(drawn.error());
  return settings;
}

// All runs of one cell. The error is the harness's own.
tl::expected<Cell, std::string> cell_of(const std::vector<std::string>& arguments, const MatrixFlags& flags,
                                        const System& system) {
  Cell cell;
  for (int i = 0; i < flags.seeds; ++i) {
    const uint64_t seed = flags.seed + static_cast<uint64_t>(i);
    auto settings = settings_with(arguments, seed, system);
    if (!settings) {
      cell.refused = settings.error();
      return cell;
    }
    auto played = play(*settings, system);
    if (!played) return tl::unexpected(played.error());
    cell.counts += count_anomalies(*played, *settings);
    if (cell.broken.empty() && settings->cluster.bug.empty() && !played->failures.empty())
      cell.broken = fmt::format("{} (--seed {})", to_text(played->failures.front()), seed);
  }
  return cell;
}

std::string percent(const Tally& tally) {
  if (tally.of == 0) return "";
  if (tally.count == 0) return "0";
  const double share = 100.0 * static_cast<double>(tally.count) / static_cast<double>(tally.of);
  return share < 0.1 ? "< 0.1 %" : fmt::format("{:.1f} %", share);
}

constexpr int kModeColumns = 31;
constexpr int kAnomalyColumns = 11;

std::string heading(const std::string& first) {
  std::string line = "  " + pad(first, kModeColumns);
  for (const AnomalyInfo& info : all_anomalies()) line += pad_left(info.name, kAnomalyColumns);
  return line;
}

std::string row(const Terminal& terminal, const Mode& mode, const Cell& cell) {
  std::string line = "  " + pad(mode.title(), kModeColumns);
  if (!cell.refused.empty()) return line + terminal.paint(Colour::kDim, "  " + cell.refused);
  for (const AnomalyInfo& info : all_anomalies()) {
    const Tally& tally = cell.counts[info.anomaly];
    const bool met = tally.count > 0 && info.anomaly != Anomaly::kUnanswered;
    line += terminal.paint(met ? Colour::kRed : Colour::kNone, pad_left(percent(tally), kAnomalyColumns));
  }
  if (!cell.broken.empty()) line += "\n" + terminal.paint(Colour::kRed, "    breaks its promise: " + cell.broken);
  return line;
}

checkers::Value to_value(const Mode& mode, const std::string& nemesis, const std::vector<std::string>& arguments,
                         const Cell& cell) {
  checkers::Value value;
  value.set("mode", mode.title());
  value.set("nemesis", nemesis);
  value.set("command", fmt::format("bin/harness run {}", fmt::join(arguments, " ")));
  for (const AnomalyInfo& info : all_anomalies()) {
    const Tally& tally = cell.counts[info.anomaly];
    if (tally.of == 0) continue;
    checkers::Value counted;
    counted.set("count", tally.count);
    counted.set("of", tally.of);
    value.set(info.name, std::move(counted));
  }
  if (!cell.broken.empty()) value.set("broken", cell.broken);
  if (!cell.refused.empty()) value.set("refused", cell.refused);
  return value;
}

}  // namespace

int matrix_command(const MatrixFlags& flags) {
  auto system = make_system("dynamo", node_program());
  if (!system) return complain(kBadArguments, system.error());
  std::vector<Mode> rows;
  for (const Mode& mode : modes()) {
    if (flags.workload == "all" || mode.workload == flags.workload) rows.push_back(mode);
  }
  if (rows.empty())
    return complain(kBadArguments,
                    fmt::format("--workload \"{}\": there are cart, counter, register, all", flags.workload));
  const std::vector<std::string> nemeses = comma_list(flags.nemesis);
  for (const std::string& nemesis : nemeses) {  // before any time is spent
    const auto& known = nemesis::all_nemeses();
    if (std::none_of(known.begin(), known.end(), [&](const auto& info) { return info.name == nemesis; }))
      return complain(kBadArguments, fmt::format("unknown nemesis \"{}\"; harness list nemeses shows them", nemesis));
  }
  if (auto valid = parse_duration(flags.time_limit); !valid)
    return complain(kBadArguments, "--time-limit: " + valid.error());

  Signals signals;
  Terminal terminal(flags.json ? stderr : stdout);
  checkers::List cells;
  bool good = true;
  terminal.print_line(fmt::format("  {} runs of {} a line in the simulated world, from seed {} on", flags.seeds,
                                  flags.time_limit, flags.seed));
  for (const std::string& nemesis : nemeses) {
    terminal.print_line("");
    terminal.print_line(terminal.paint(Colour::kDim, heading(nemesis)));
    for (const Mode& mode : rows) {
      const std::vector<std::string> arguments = flags_of(mode, nemesis, flags);
      if (terminal.interactive()) terminal.print("\r  " + mode.title() + " …");
      auto cell = cell_of(arguments, flags, **system);
      if (terminal.interactive()) terminal.print("\r\x1b[K");
      if (Signals::interrupted()) return checkers::exit_code(checkers::Verdict::kUnknown);
      if (!cell) return complain(kHarnessFailed, cell.error());
      good = good && cell->broken.empty();
      terminal.print_line(row(terminal, mode, *cell));
      cells.push_back(to_value(mode, nemesis, arguments, *cell));
    }
  }
  terminal.print_line("");
  for (const AnomalyInfo& info : all_anomalies())
    terminal.print_line("  " + pad(info.name, 12) + wrap(std::string(info.what), 14, Terminal::kTextColumns - 14));
  if (flags.json) Terminal(stdout).print_line(checkers::to_json(checkers::Value(std::move(cells))));
  return checkers::exit_code(good ? checkers::Verdict::kValid : checkers::Verdict::kInvalid);
}

}  // namespace harness
