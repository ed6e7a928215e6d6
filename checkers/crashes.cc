// Nodes that died by themselves, and what their logs say.
#include <fmt/format.h>

#include "checkers/explain.h"
#include "checkers/members.h"
#include "checkers/trial.h"

namespace checkers {
namespace {

// A node ends so when its disk fails, is full, or memory is limited: it counts as killed.
constexpr int kDiskFailed = 75;

std::string how(const NodeExit& exit) {
  if (exit.signal != 0) return fmt::format("ended by signal {}", exit.signal);
  return fmt::format("exited with code {}", exit.code);
}

}  // namespace

Result check_crashes(const Trial& trial) {
  const History& history = trial.history;
  Result result = result_of("crashes", trial.terms.crashes.text);
  Findings findings;
  int64_t killed = 0, failed_disks = 0;
  for (const NodeExit& exit : history.exits) {
    const bool disk = exit.signal == 0 && exit.code == kDiskFailed;
    killed += exit.expected;
    failed_disks += !exit.expected && disk;
    const bool crashed = !exit.expected && !disk;
    if (!crashed && exit.report.empty()) continue;
    findings.add([&] {
      Witness witness;
      witness.anomaly = exit.report.empty() ? "crash" : "error report";
      witness.replicas = {exit.node};
      witness.explanation =
          fmt::format("Node {} {} at {}, {}.", exit.node, how(exit), seconds(exit.time),
                      exit.expected ? "when the harness ended it" : "and the harness had not killed it");
      if (!exit.report.empty()) witness.explanation += fmt::format(" Its log says: {}", exit.report);
      return witness;
    });
  }
  const auto nodes = static_cast<int64_t>(members_ever(history).size());
  result.evidence = {{"nodes watched", nodes}, {"kills by the harness", killed}};
  if (failed_disks > 0) result.evidence.push_back({"exits for a failing disk", failed_disks});
  if (nodes > 0) result.verdict = Verdict::kValid;
  findings.move_into(result);
  result.summary = findings.count() > 0 ? fmt::format("{} by itself or reported an error",
                                                      count(findings.count(), "node process") + " ended")
                   : nodes > 0          ? fmt::format("none of {} crashed", count(nodes, "node"))
                                        : "no node was watched";
  return result;
}

}  // namespace checkers
