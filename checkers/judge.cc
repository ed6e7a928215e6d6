// The door to all checkers: which of them fit a history, and what their answers add up to.
#include <algorithm>

#include "checkers/trial.h"

namespace checkers {
namespace {

struct Checker {
  CheckerInfo info;
  std::string_view workload;  // the only one that it fits; empty: every workload
  Result (*check)(const Trial&);
};

const Checker kCheckers[] = {
    {{"convergence", "after the last fault every replica of every acknowledged key holds the same, read or not"},
     "",
     check_convergence},
    {{"cart",
      "no acknowledged addition is lost, no removed item returns, nothing comes from nowhere, quantities are right"},
     "cart",
     check_cart},
    {{"counter", "every acknowledged increment counts exactly once, the same on every replica"},
     "counter",
     check_counter},
    {{"siblings", "no acknowledged write is lost unless a later one was built on it, and no superseded one returns"},
     "register",
     check_siblings},
    {{"quorum-reads", "a strict read reflects every strict write acknowledged before it began, where R+W > N"},
     "",
     check_quorum_reads},
    {{"availability", "the share of operations that were answered, by side of the partition"}, "", check_availability},
    {{"crashes", "no node ended by itself or reported a memory error"}, "", check_crashes},
    {{"stats", "counts by operation and outcome, exact latency quantiles"}, "", check_stats},
};

bool wanted(const Checker& checker, const TestInfo& test, const std::vector<std::string>& only) {
  if (!only.empty()) return std::find(only.begin(), only.end(), checker.info.name) != only.end();
  // A history from elsewhere, without a test record, has no workload and no nodes: only figures can be told.
  if (test.workload.empty()) return checker.check == check_stats;
  return checker.workload.empty() || checker.workload == test.workload;
}

Verdict overall(const std::vector<Result>& results) {
  const auto any = [&](Verdict verdict) {
    return std::any_of(results.begin(), results.end(), [&](const Result& result) { return result.verdict == verdict; });
  };
  if (any(Verdict::kInvalid)) return Verdict::kInvalid;
  // A run of which nothing was judged is not valid either.
  if (any(Verdict::kUnknown) || !any(Verdict::kValid)) return Verdict::kUnknown;
  return Verdict::kValid;
}

}  // namespace

const std::vector<CheckerInfo>& all_checkers() {
  static const std::vector<CheckerInfo> infos = [] {
    std::vector<CheckerInfo> list;
    for (const Checker& checker : kCheckers) list.push_back(checker.info);
    return list;
  }();
  return infos;
}

Judgement judge(const History& history, const Judging& how) {
  const Trial trial(history, how);
  Judgement judgement;
  for (const Checker& checker : kCheckers) {
    if (wanted(checker, history.test, how.only)) judgement.results.push_back(checker.check(trial));
  }
  judgement.verdict = overall(judgement.results);
  return judgement;
}

}  // namespace checkers
