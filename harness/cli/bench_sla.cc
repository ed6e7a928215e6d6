// Dynamo's service level agreement beside ours: `harness bench sla`. "A response within 300 ms for 99.9 % of its
// requests for a peak client load of 500 requests per second" (section 2.2 of the paper), under each fault alone; and
// its table 2, client-driven against server-driven coordination (section 6.4).
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <optional>
#include <thread>

#include "checkers/explain.h"
#include "checkers/history_file.h"
#include "checkers/operations.h"
#include "harness/cli/commands.h"
#include "harness/cli/own_run.h"
#include "harness/report/terminal.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"
#include "nemesis/nemesis.h"

namespace harness {

namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kAgreed = std::chrono::milliseconds(300);
constexpr double kAgreedShare = 0.999;
// Each waits for its answer before it goes on. So many that others go on where some wait.
constexpr int kSlaClients = 200;
// How many operations 20 s bring is drawn, too, with each seed within some 15 % of the rate. With this one it is 1 %
// less.
constexpr int kSlaSeed = 7;

struct Waited {
  int64_t asked = 0;
  std::vector<int64_t> nanos;  // of those that were answered, sorted

  std::string at(size_t of_a_thousand) const {
    return nanos.empty() ? "–" : to_text(nanoseconds(checkers::quantile(nanos, of_a_thousand)));
  }
  std::string average() const {
    if (nanos.empty()) return "–";
    return to_text(nanoseconds(std::accumulate(nanos.begin(), nanos.end(), int64_t{0}) / std::ssize(nanos)));
  }
  double answered() const { return share(std::ssize(nanos)); }
  double in_time() const {
    return share(std::upper_bound(nanos.begin(), nanos.end(), kAgreed.count()) - nanos.begin());
  }

 private:
  double share(int64_t count) const { return asked == 0 ? 0 : static_cast<double>(count) / static_cast<double>(asked); }
};

// The operations of the main phase.
struct Served {
  Waited all;
  Waited reads;
  Waited writes;
  std::string verdict;
};

void add(Waited& waited, const checkers::Operation& operation) {
  ++waited.asked;
  if (operation.completion == nullptr || operation.completion->type != checkers::EventType::kOk) return;
  waited.nanos.push_back((operation.end() - operation.start()).count());
}

// Adds those that began at `from` or later.
void add(Served& served, const checkers::History& history, nanoseconds from) {
  const checkers::Operations operations(history);
  for (const checkers::Operation& operation : operations.all()) {
    if (operation.final() || operation.start() < from) continue;
    add(served.all, operation);
    add(operation.f() == "read" ? served.reads : served.writes, operation);
  }
  for (Waited* waited : {&served.all, &served.reads, &served.writes}) {
    std::sort(waited->nanos.begin(), waited->nanos.end());
  }
}

using Words = std::vector<std::string>;

// One `harness run` with these flags, by its history. The error says why there is none.
std::optional<std::string> serve(Served& served, const Words& flags, nanoseconds from, const Scratch& scratch) {
  const auto ended = own_run(scratch, flags);
  if (!ended) return ended.error();
  std::ifstream file(own_store(scratch) / "latest" / "history.jsonl");
  const auto history = checkers::read_history(file);
  if (!history) return checkers::to_string(history.error(), "history.jsonl");
  add(served, *history, from);
  served.verdict = ended->results.value("verdict", "");
  forget_own_run(scratch);
  return std::nullopt;
}

struct SlaRun {
  std::string nemesis = "none";
  std::string mode = "sloppy";
  std::string coordination = "server";
  int clients = kSlaClients;
  int seed = kSlaSeed;
};

Words words_of(const SlaRun& run, const BenchFlags& flags) {
  Words words = {"--workload", "cart", "--" + run.mode};
  const auto flag = [&words](const char* name, const std::string& value) { words.insert(words.end(), {name, value}); };
  flag("--nemesis", run.nemesis);
  flag("--coordination", run.coordination);
  flag("--rate", fmt::format("{}", flags.rate));
  flag("--concurrency", std::to_string(run.clients));
  flag("--time-limit", flags.time_limit);
  flag("--seed", std::to_string(run.seed));
  if (run.nemesis == "kill-storage") flag("--storage", "redis");
  return words;
}

// What `harness run` says against it; nothing: it will do.
std::optional<std::string> objection(const SlaRun& sla, const BenchFlags& flags, const System& system) {
  const auto run = parse_run_flags(words_of(sla, flags));
  if (!run) return run.error();
  const auto settings = settings_of(*run, system);
  if (!settings) return settings.error();
  return std::nullopt;
}

// Those that were asked for, or all that a real cluster can have.
tl::expected<Words, std::string> nemeses_of(const BenchFlags& flags, const System& system) {
  if (auto wrong = objection({}, flags, system)) return tl::unexpected(*wrong);
  Words names;
  if (flags.nemeses.empty()) {
    for (const nemesis::NemesisInfo& info : nemesis::all_nemeses()) {
      if (!objection({.nemesis = std::string(info.name)}, flags, system)) names.emplace_back(info.name);
    }
    return names;
  }
  for (const std::string& name : flags.nemeses) {
    if (auto wrong = objection({.nemesis = name}, flags, system)) return tl::unexpected(*wrong);
  }
  return flags.nemeses;
}

std::string sla_percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string sla_line(const Words& cells) {
  constexpr int kNames = 18;
  constexpr int kFigures = 12;
  std::string line = "  " + pad(cells[0], kNames) + pad(cells[1], kFigures - 4);
  for (size_t i = 2; i < cells.size(); ++i) line += pad_left(cells[i], kFigures);
  return line;
}

void print_agreement(Terminal& terminal, const std::string& nemesis, const std::string& mode, const Served& served) {
  const Waited& all = served.all;
  const bool kept = all.in_time() >= kAgreedShare;
  terminal.print_line(sla_line({nemesis, mode, with_commas(all.asked), sla_percent(all.answered()), all.at(500),
                                all.at(990), all.at(999)}) +
                      terminal.paint(kept ? Colour::kGreen : Colour::kRed, pad_left(sla_percent(all.in_time()), 16)) +
                      (served.verdict == "invalid" ? terminal.paint(Colour::kRed, "  invalid") : ""));
}

void print_coordination(Terminal& terminal, const std::string& who, const Served& served, const Words& paper) {
  const Words ours = {served.reads.at(999), served.writes.at(999), served.reads.average(), served.writes.average()};
  std::string line = "  " + pad(who, 18);
  for (size_t i = 0; i < ours.size(); ++i) line += pad_left(ours[i], 11) + pad_left("(" + paper[i] + ")", 11);
  terminal.print_line(line);
}

void print_headings(Terminal& terminal, const BenchFlags& flags) {
  double load = 0;  // what else keeps the machine busy
  getloadavg(&load, 1);
  terminal.print_line(
      fmt::format("  Carts on five nodes, N=3 R=2 W=2, {} operations a second by {} clients, {} of each fault alone",
                  flags.rate, kSlaClients, flags.time_limit));
  terminal.print_line(
      fmt::format("  {} processors with a load average of {:.1f} before", std::thread::hardware_concurrency(), load));
  terminal.print_line("  Dynamo's agreement: 99.90 % within 300 ms, of all that is asked for\n");
  terminal.print_line(
      terminal.paint(Colour::kDim, sla_line({"nemesis", "quorums", "operations", "answered", "p50", "p99", "p99.9"}) +
                                       pad_left("within 300 ms", 16)));
}

std::optional<std::string> under_faults(const BenchFlags& flags, const Words& nemeses, const Scratch& scratch,
                                        Terminal& terminal, Terminal& progress) {
  for (const std::string& nemesis : nemeses) {
    for (const std::string mode : {"sloppy", "strict"}) {
      progress.print_line(fmt::format("{}, {}", nemesis, mode));
      Served seen;
      if (auto wrong = serve(seen, words_of({.nemesis = nemesis, .mode = mode}, flags), nanoseconds(0), scratch)) {
        return wrong;
      }
      print_agreement(terminal, nemesis, mode, seen);
    }
  }
  return std::nullopt;
}

// In turns, so that both have the same neighbours.
std::optional<std::string> by_coordination(const BenchFlags& flags, const Scratch& scratch, Terminal& terminal,
                                           Terminal& progress) {
  constexpr int kFew = 10;                                     // clients: each connects to every node but once
  constexpr nanoseconds kConnected = std::chrono::seconds(1);  // what comes before is not counted
  constexpr int kTurns = 3;
  Served server;
  Served client;
  for (int turn = 1; turn <= kTurns; ++turn) {
    for (auto& [who, served] : {std::pair("server", &server), std::pair("client", &client)}) {
      progress.print_line(fmt::format("{}-driven, turn {} of {}", who, turn, kTurns));
      const Words words = words_of({.coordination = who, .clients = kFew, .seed = turn}, flags);
      if (auto wrong = serve(*served, words, kConnected, scratch)) return wrong;
    }
  }
  terminal.print_line(
      fmt::format("\n  Without faults, sloppy, {} clients, {} turns each; in brackets table 2 of the paper, in ms\n",
                  kFew, kTurns));
  std::string heading = "  " + pad("coordination", 18);
  for (const char* name : {"p99.9 read", "p99.9 write", "mean read", "mean write"}) heading += pad_left(name, 22);
  terminal.print_line(terminal.paint(Colour::kDim, heading));
  print_coordination(terminal, "server-driven", server, {"68.9", "68.5", "3.9", "4.02"});
  print_coordination(terminal, "client-driven", client, {"30.4", "30.4", "1.55", "1.9"});
  return std::nullopt;
}

}  // namespace

int bench_sla(const BenchFlags& typed) {
  BenchFlags flags = typed;
  if (flags.time_limit.empty()) flags.time_limit = "20s";
  const auto system = make_system("dynamo", node_program());
  if (!system) return complain(kBadArguments, system.error());
  const auto nemeses = nemeses_of(flags, **system);
  if (!nemeses) return complain(kBadArguments, nemeses.error());
  Scratch scratch;
  Terminal terminal(stdout);
  Terminal progress(stderr);
  print_headings(terminal, flags);
  if (auto wrong = under_faults(flags, *nemeses, scratch, terminal, progress)) return complain(kHarnessFailed, *wrong);
  if (auto wrong = by_coordination(flags, scratch, terminal, progress)) return complain(kHarnessFailed, *wrong);
  return 0;
}

}  // namespace harness
