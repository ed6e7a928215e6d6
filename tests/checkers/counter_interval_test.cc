#include "checkers/counter_interval.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "tests/checkers/draws.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

Result counter(const History& history) { return check(history, "counter"); }

std::string anomaly(const History& history) {
  const Result result = counter(history);
  return result.witnesses.empty() ? std::string(to_string(result.verdict)) : result.witnesses[0].anomaly;
}

TEST(CounterFromElsewhere, AReadShowsWhatWasAcknowledgedBeforeIt) {
  EXPECT_EQ(anomaly(elsewhere().invoke(0, "add", "k", 3).ok(0).invoke(1, "read", "k").ok(1, 3).history), "valid");
  EXPECT_EQ(anomaly(elsewhere().invoke(0, "add", "k", 3).ok(0).invoke(1, "read", "k").ok(1, 0).history),
            "lost increment");
  EXPECT_EQ(anomaly(elsewhere().invoke(0, "add", "k", 3).ok(0).invoke(1, "read", "k").ok(1, 6).history),
            "increment counted twice");
}

TEST(CounterFromElsewhere, DecrementsLowerTheLowerBoundOnly) {
  const auto with_open_decrement = [](int64_t value) {
    return elsewhere()
        .invoke(0, "add", "k", 3)
        .ok(0)
        .invoke(2, "add", "k", -2)
        .invoke(1, "read", "k")
        .ok(1, value)
        .history;
  };
  EXPECT_EQ(anomaly(with_open_decrement(1)), "valid");
  EXPECT_EQ(anomaly(with_open_decrement(3)), "valid");
  EXPECT_EQ(anomaly(with_open_decrement(0)), "lost increment");
  EXPECT_EQ(anomaly(with_open_decrement(2)), "impossible sum") << "the decrement counts whole or not";
}

TEST(CounterFromElsewhere, AnIndeterminateIncrementCountsEitherWayForEver) {
  for (const int64_t value : {1, 6}) {
    EXPECT_EQ(anomaly(elsewhere()
                          .invoke(0, "add", "k", 5)
                          .info(0)
                          .invoke(2, "add", "k", 1)
                          .ok(2)
                          .invoke(1, "read", "k")
                          .ok(1, value)
                          .history),
              "valid");
  }
  EXPECT_EQ(anomaly(elsewhere()
                        .invoke(0, "add", "k", 5)
                        .fail(0)
                        .invoke(2, "add", "k", 1)
                        .ok(2)
                        .invoke(1, "read", "k")
                        .ok(1, 6)
                        .history),
            "increment counted twice")
      << "one that failed never counts";
}

// The interval alone would let the second read pass: 5 is open all the time.
TEST(CounterFromElsewhere, WithoutDecrementsItNeverGoesBack) {
  EXPECT_EQ(
      anomaly(
          elsewhere().invoke(0, "add", "k", 5).invoke(1, "read", "k").ok(1, 5).invoke(2, "read", "k").ok(2, 0).history),
      "counter went back");
  EXPECT_EQ(anomaly(elsewhere()
                        .invoke(0, "add", "k", 3)
                        .invoke(4, "add", "k", 2)
                        .invoke(1, "read", "k")
                        .ok(1, 3)
                        .invoke(3, "add", "k", 2)
                        .ok(3)
                        .invoke(2, "read", "k")
                        .ok(2, 4)
                        .history),
            "counter went back")
      << "2 came wholly between";
}

TEST(CounterFromElsewhere, ReadsOfTheSameTimeMayDiffer) {
  EXPECT_EQ(
      anomaly(
          elsewhere().invoke(0, "add", "k", 5).invoke(1, "read", "k").invoke(2, "read", "k").ok(1, 5).ok(2, 0).history),
      "valid");
}

// A counter that is one object, whatever its clients do at the same time: each operation takes effect at a moment of
// its own between its invocation and its completion; of those without an outcome some do, some do not.
History of_one_object(Choices& choices, bool decrements) {
  Scenario s("");
  struct Open {
    bool read = false, done = false;
    int64_t delta = 0, seen = 0;
  };
  std::map<int64_t, Open> open;
  int64_t value = 0;
  while (choices.more()) {
    const int64_t process = choices.below(4);
    const auto running = open.find(process);
    if (running == open.end()) {
      Open& operation = open[process];
      operation.read = choices.below(2) == 0;
      operation.delta = 1 + choices.below(9);
      if (decrements && choices.below(2) == 0) operation.delta = -operation.delta;
      operation.read ? s.invoke(process, "read", "k") : s.invoke(process, "add", "k", operation.delta);
    } else if (!running->second.done) {
      running->second.done = true;
      if (!running->second.read) value += running->second.delta;
      running->second.seen = value;
      if (running->second.read || !choices.one_in(8)) continue;
      s.info(process);  // it happened, and nobody was told
      open.erase(running);
    } else {
      running->second.read ? s.ok(process, running->second.seen) : s.ok(process);
      open.erase(running);
    }
  }
  return s.history;
}

RC_GTEST_PROP(CounterFromElsewhere, OneObjectIsNeverCondemned, (bool decrements)) {
  Choices choices(*draws());
  const History history = of_one_object(choices, decrements);
  const Result result = counter(history);
  if (!result.witnesses.empty()) RC_LOG() << result.witnesses[0].explanation;
  RC_ASSERT(result.verdict != Verdict::kInvalid);
}

RC_GTEST_PROP(CounterFromElsewhere, AReadBeyondAllIncrementsIsCondemned, (bool decrements)) {
  Choices choices(*draws());
  History history = of_one_object(choices, decrements);
  Event* last = nullptr;
  int64_t sum = 0;
  for (Event& event : history.events) {
    if (event.f == "read" && event.type == EventType::kOk) last = &event;
    if (event.f == "add" && event.type == EventType::kInvoke) sum += std::max<int64_t>(event.value.integer(), 0);
  }
  if (last == nullptr) return;
  last->value = Value(sum + 1);
  RC_ASSERT(counter(history).verdict == Verdict::kInvalid);
}

}  // namespace
}  // namespace checkers
