// Counts and latencies, by operation. Nothing here is promised; but a run in which nothing succeeded has shown nothing.
// Whoever asks for this checker by name on a history from elsewhere wants to know, as with Jepsen's, whether every kind
// of operation succeeded at least once.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "checkers/explain.h"
#include "checkers/trial.h"

namespace checkers {
namespace {

struct OutcomeCounts {
  int64_t ok = 0, fail = 0, info = 0;
  std::vector<int64_t> latencies;  // ns, of ok operations
  const Operation* first = nullptr;

  int64_t all() const { return ok + fail + info; }
};

Value to_value(OutcomeCounts& counts) {
  Value out;
  out.set("count", counts.all());
  out.set("ok", counts.ok);
  out.set("fail", counts.fail);
  out.set("info", counts.info);
  out.set("latency_ns", quantiles(counts.latencies));
  return out;
}

}  // namespace

Result check_stats(const Trial& trial) {
  std::map<std::string, OutcomeCounts> by_f;
  int64_t ok = 0;
  Headway headway(trial.judging, "stats", trial.operations.all().size());
  bool all_seen = true;
  for (const Operation& operation : trial.operations.all()) {
    if (all_seen = headway.advance(); !all_seen) break;
    OutcomeCounts& counts = by_f[operation.f()];
    if (counts.first == nullptr) counts.first = &operation;
    // Counted as recorded: a read without an answer is what its client saw, not what it means to the checkers.
    const EventType type = operation.completion != nullptr ? operation.completion->type : EventType::kInfo;
    if (type == EventType::kOk) {
      ++ok;
      ++counts.ok;
      counts.latencies.push_back((operation.end() - operation.start()).count());
    } else {
      ++(type == EventType::kFail ? counts.fail : counts.info);
    }
  }
  Result result = result_of("stats", "counts and latencies are reported; nothing is promised of them");
  const auto all = static_cast<int64_t>(trial.operations.all().size());
  result.verdict = ok > 0 ? Verdict::kReported : Verdict::kUnknown;
  result.evidence = {{"operations", all}, {"ok", ok}};
  result.summary =
      ok > 0 ? fmt::format("{}, {} ok", count(all, "operation"), percent(ok, all)) : "no operation succeeded";
  const auto& named = trial.judging.only;
  const bool asked =
      trial.history.test.workload.empty() && std::find(named.begin(), named.end(), "stats") != named.end();
  Findings findings;
  std::string never;
  for (auto& [f, counts] : by_f) {
    if (counts.ok == 0) {
      never += fmt::format("; no {} succeeded", f);
      if (asked && ok > 0 && all_seen)
        findings.add([&name = f, &seen = counts] {
          return make_witness("never succeeded", {seen.first},
                              fmt::format("None of {} succeeded. The first of them: {}.",
                                          count(seen.all(), name + " operation"), describe_with_end(*seen.first)));
        });
    }
    if (counts.ok > 0) {
      const Value latency = quantiles(counts.latencies);
      result.summary += fmt::format("; {}: p50 {}, p99 {}", f, duration(Nanos(latency["p50"].integer())),
                                    duration(Nanos(latency["p99"].integer())));
    }
    result.details.set(f, to_value(counts));
  }
  if (ok > 0) result.summary += never;
  findings.move_into(result);
  return result;
}

}  // namespace checkers
