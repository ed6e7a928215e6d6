// The door to all checkers: which of them fit a history, and what their answers add up to.
#include <algorithm>

#include "checkers/trial.h"

namespace checkers {
namespace {

struct Checker {
  CheckerInfo info;
  std::string_view workload;  // the only one that it fits; empty: every workload; kElsewhere: none of ours
  Result (*check)(const Trial&);
  std::vector<std::string_view> subjects = {};  // of histories without a test record that it fits (subject.h)
  std::string_view mode = {};                   // the only one that it fits; empty: every mode
  bool only_by_name = false;                    // fits nothing unless it is asked for
};

constexpr std::string_view kElsewhere = "-";

const Checker kCheckers[] = {
    {{"convergence", "after the last fault every replica of every acknowledged key holds the same, read or not"},
     "",
     check_convergence},
    {{"cart",
      "no acknowledged addition is lost, no removed item returns, nothing comes from nowhere, quantities are right"},
     "cart",
     check_cart},
    {{"set", "no acknowledged addition of a member is lost, no removed one returns, nothing comes from nowhere"},
     "set",
     check_set},
    {{"set-full", "elements once known are in every later read of a set that only grows; nothing comes from nowhere"},
     kElsewhere,
     check_set_full,
     {"set"}},
    {{"strong-set", "the reads of a set that only grows are linearizable"}, kElsewhere, check_strong_set},
    {{"queue", "what is dequeued was enqueued before, and no more often"}, kElsewhere, check_queue, {"queue"}},
    {{"total-queue", "every acknowledged element comes out of a queue that is drained, and nothing else does"},
     kElsewhere,
     check_total_queue,
     {"queue"}},
    {{"unique-ids", "no id is handed out twice"}, kElsewhere, check_unique_ids, {"unique-ids"}},
    {{"counter", "every acknowledged increment counts exactly once, the same on every replica"},
     "counter",
     check_counter,
     {"counter"}},
    {{"siblings", "no acknowledged write is lost unless a later one was built on it, and no superseded one returns"},
     "register",
     check_siblings},
    {{"sessions", "read your writes, monotonic reads, monotonic writes, writes follow reads"},
     "register",
     check_sessions},
    {{"causal", "every session of a register sees causes before effects (CC)"}, kElsewhere, check_causal},
    {{"causal-convergent", "causes before effects, and one order of concurrent writes for all sessions (CCv)"},
     kElsewhere,
     check_causal_convergent},
    {{"quorum-reads", "a strict read reflects every strict write acknowledged before it began, where R+W > N"},
     "",
     check_quorum_reads},
    {{"linearizable", "every operation takes effect at one moment between its call and its return, each key by itself"},
     "register",
     check_linearizable,
     {"register", "cas-register", "multi-register", "mutex", "kv"},
     "lin"},
    {.info = {"regular", "a read shows the last write over before it began, or one under way since"},
     .workload = "register",
     .check = check_regular,
     .only_by_name = true},
    {.info = {"safe", "a read that no write ran beside shows the last write before it"},
     .workload = "register",
     .check = check_safe,
     .only_by_name = true},
    {.info = {"staleness", "by how many versions and how long reads are behind, beside the closed form; reported"},
     .workload = "register",
     .check = check_staleness,
     .only_by_name = true},
    {{"availability", "the share of operations that were answered, by side of the partition"}, "", check_availability},
    {{"crashes", "no node ended by itself or reported a memory error"}, "", check_crashes},
    {{"logs", "no line of a node's log matches one of the patterns given (--log-pattern)"}, kElsewhere, check_logs},
    {{"clock", "how far each node's clock was off, for a plot"}, kElsewhere, check_clock},
    {{"stats", "counts by operation and outcome, exact latency quantiles"}, "", check_stats},
};

template <typename List, typename Item>
bool contains(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool wanted(const Checker& checker, const Trial& trial) {
  if (!trial.judging.only.empty()) return contains(trial.judging.only, checker.info.name);
  if (checker.check == check_logs) return !trial.judging.log_patterns.empty();
  if (checker.only_by_name) return false;
  const std::string& workload = trial.history.test.workload;
  // A history from elsewhere has no workload and no nodes, but its operations tell what it is about.
  if (workload.empty()) return checker.check == check_stats || contains(checker.subjects, trial.subject.name);
  const bool fits_mode = checker.mode.empty() || checker.mode == trial.history.test.mode;
  return fits_mode && (checker.workload.empty() || checker.workload == workload);
}

Result interrupted(const Checker& checker) {
  Result result = result_of(std::string(checker.info.name), std::string(checker.info.promise));
  result.summary = "not looked at: interrupted before";
  return result;
}

// Of a checker that may have left off before it had seen all. What it found by then stands.
void cut_short(Result& result) {
  if (result.verdict == Verdict::kValid) result.verdict = Verdict::kUnknown;
  result.summary += "; interrupted: perhaps not all was looked at";
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
  judgement.subject = trial.subject;
  for (const Checker& checker : kCheckers) {
    if (!wanted(checker, trial)) continue;
    if (how.stopped()) {
      judgement.results.push_back(interrupted(checker));
      continue;
    }
    judgement.results.push_back(checker.check(trial));
    if (how.stopped()) cut_short(judgement.results.back());
  }
  judgement.verdict = overall(judgement.results);
  return judgement;
}

}  // namespace checkers
