// What a checker answers, and the door to all of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history.h"
#include "checkers/judging.h"
#include "checkers/subject.h"

namespace checkers {

// kValid: no violation found, and there was evidence that could have shown one.
// kUnknown: nothing was learnt (no evidence, no final read, budget spent). kReported: looked at, but not judged,
// because the promise table does not promise it; never changes the verdict of a run.
enum class Verdict { kValid, kInvalid, kUnknown, kReported };
std::string_view to_string(Verdict verdict);

// How many things were looked at that could have refuted the promise, e.g. {"reads judged", 1204}.
struct Evidence {
  std::string what;
  int64_t count = 0;
};

// One contradiction, small enough to verify by hand.
struct Witness {
  std::string anomaly;  // class, e.g. "lost addition", "stale read"
  std::string key;
  std::vector<int64_t> events;        // indices of the few events that contradict each other
  std::vector<std::string> replicas;  // nodes concerned, if any
  std::string explanation;            // "Let A = …, B = …. Then A happened before B, because …, yet …"
};

struct Result {
  std::string checker;
  Verdict verdict = Verdict::kUnknown;
  std::string promise;  // the row of the promise table that this cites
  std::string summary;  // one line for people
  std::vector<Evidence> evidence;
  std::vector<Witness> witnesses;  // the first few; `violations` counts all
  int64_t violations = 0;
  Value details;  // figures for results.json: latencies, counts, times
};

struct Judgement {
  Verdict verdict = Verdict::kUnknown;  // invalid if any is; else unknown if any is; else valid
  std::vector<Result> results;
  Subject subject;
};

struct CheckerInfo {
  std::string_view name;
  std::string_view promise;  // one line for `harness list checkers`
};
const std::vector<CheckerInfo>& all_checkers();

// The promise table of a run, derived from the settings alone.
std::vector<Promise> derive_promises(const TestInfo& test);

// Runs the checkers that fit the history's workload (without one: its subject), or those named. Unknown names are
// refused by the command line first.
Judgement judge(const History& history, const Judging& how = {});

// Are the dumps of one stage in agreement? The runner asks this while it waits for quiet; the convergence checker
// judges with the same rule. Returns the keys whose holders differ.
std::vector<std::string> differing_keys(const History& history, const std::vector<Dump>& dumps);

// results.json.
Value to_value(const Judgement& judgement);

// Exit code of a verdict: 0 valid, 1 invalid, 2 unknown.
int exit_code(Verdict verdict);

}  // namespace checkers
