// The counter's bounds against brute force: all subsets of what may have counted.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "checkers/operations.h"
#include "tests/checkers/draws.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

constexpr int64_t kCounterProcesses = 4;

Scenario random_counter(Choices choices) {
  Scenario s("counter", "strict");
  int64_t fresh = kCounterProcesses;
  std::vector<int64_t> processes = {0, 1, 2, 3};
  int adds = 0;
  while (choices.more()) {
    int64_t& process = processes[choices.below(kCounterProcesses)];
    if (!s.is_open(process)) {
      if (choices.below(2) == 0 || adds >= 10) {
        s.invoke(process, "read", "k");
      } else {
        const auto delta = static_cast<int64_t>(choices.below(9)) - 3;
        s.invoke(process, "add", "k", Value(delta == 0 ? 1 : delta));
        ++adds;
      }
      continue;
    }
    const uint32_t end = choices.below(6);
    if (s.open(process).f == "read") {
      s.ok(process, Value(static_cast<int64_t>(choices.below(40)) - 10));
    } else if (!s.ends_badly(process, end, fresh)) {
      s.ok(process);
    }
  }
  return s;
}

// Smallest and largest sum of the adds that must count and any of those that may.
std::pair<int64_t, int64_t> brute_bounds(const std::vector<int64_t>& must, const std::vector<int64_t>& may) {
  int64_t base = 0;
  for (const int64_t delta : must) base += delta;
  int64_t low = base, high = base;
  for (uint32_t subset = 0; subset < (1u << may.size()); ++subset) {
    int64_t sum = base;
    for (size_t i = 0; i < may.size(); ++i) sum += (subset >> i & 1) != 0 ? may[i] : 0;
    low = std::min(low, sum);
    high = std::max(high, sum);
  }
  return {low, high};
}

RC_GTEST_PROP(CounterReads, AreStaleExactlyIfNoSubsetOfTheOpenIncrementsExplainsThem, ()) {
  const Scenario s = random_counter(Choices(*draws()));
  const Operations operations(s.history);
  int64_t expected = 0;
  for (const Operation& read : operations.all()) {
    if (read.f() != "read" || !read.ok()) continue;
    std::vector<int64_t> must, may, attempted;
    for (const Operation& add : operations.all()) {
      if (add.f() != "add" || add.failed() || add.invoked > read.returned) continue;
      (add.ok() && add.returned < read.invoked ? must : may).push_back(add.argument().integer());
      attempted.push_back(add.argument().integer());
    }
    const int64_t value = read.result().integer();
    const auto [lowest, highest] = brute_bounds({}, attempted);
    if (value < lowest || value > highest) continue;  // the counter checker's business
    const auto [low, high] = brute_bounds(must, may);
    expected += value < low || value > high;
  }
  RC_ASSERT(check(s.history, "quorum-reads").violations == expected);
}

RC_GTEST_PROP(CounterFinals, AreCondemnedExactlyIfNoSubsetOfTheIndeterminateIncrementsAddsUp, ()) {
  Scenario s = random_counter(Choices(*draws()));
  const auto value = *rc::gen::inRange<int64_t>(-12, 30);
  s.final_read(1'000, "k", "n1", Value(value));
  const Operations operations(s.history);
  std::vector<int64_t> open;
  int64_t base = 0;
  for (const Operation& add : operations.all()) {
    if (add.f() != "add" || add.failed()) continue;
    if (add.ok()) {
      base += add.argument().integer();
    } else {
      open.push_back(add.argument().integer());
    }
  }
  bool possible = false;
  for (uint32_t subset = 0; subset < (1u << open.size()); ++subset) {
    int64_t sum = base;
    for (size_t i = 0; i < open.size(); ++i) sum += (subset >> i & 1) != 0 ? open[i] : 0;
    possible = possible || sum == value;
  }
  // Reads on the way are bounded too; only the last one is compared here.
  History last = s.history;
  for (Event& event : last.events) {
    if (event.f == "read" && event.process != 1'000 && event.type == EventType::kOk) event.type = EventType::kFail;
  }
  RC_ASSERT((check(last, "counter").violations == 0) == possible);
}

}  // namespace
}  // namespace checkers
