#include "checkers/counter_interval.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "checkers/trial.h"
#include "tests/checkers/cases.h"
#include "tests/checkers/draws.h"

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

// Clients of a counter that is right, or nearly: reads show what was acknowledged, some of what was not, and are now
// and then wrong by one. Increments take their time.
History nearly_right(Choices& choices, bool decrements) {
  Scenario s("");
  std::vector<int64_t> processes = {0, 1, 2, 3};
  std::vector<int64_t> unsure;  // deltas
  int64_t fresh = 4, sum = 0;
  while (choices.more()) {
    int64_t& process = processes[choices.below(4)];
    if (!s.is_open(process)) {
      const int64_t delta = (1 + static_cast<int64_t>(choices.below(4))) * (decrements && choices.one_in(3) ? -1 : 1);
      const bool read = choices.one_in(2);
      read ? s.invoke(process, "read", "k") : s.invoke(process, "add", "k", delta);
      if (!read) unsure.push_back(delta);
    } else if (s.open(process).f == "read") {
      int64_t shown = sum + (choices.one_in(8) ? 1 : 0);
      for (const int64_t delta : unsure) shown += choices.one_in(2) ? delta : 0;
      s.ok(process, shown);
    } else if (choices.one_in(3)) {
      const int64_t delta = s.open(process).value.integer();
      if (s.ends_badly(process, choices.below(8), fresh)) continue;
      s.ok(process);
      sum += delta;
      unsure.erase(std::find(unsure.begin(), unsure.end(), delta));
    }
  }
  return std::move(s.history);
}

// Is the read the sum of what was acknowledged before it and of some subset of what was open while it ran?
bool is_a_sum(const Operation& read, const Operations& operations) {
  int64_t rest = read.result().integer();
  std::vector<int64_t> open;
  for (const Operation& add : operations.all()) {
    if (add.f() != "add" || add.failed() || add.invoked > read.returned) continue;
    const int64_t delta = add.argument().integer();
    if (add.ok() && add.returned < read.invoked) {
      rest -= delta;
    } else {
      open.push_back(delta);
    }
  }
  for (uint32_t subset = 0; subset < uint32_t{1} << open.size(); ++subset) {
    int64_t sum = 0;
    for (size_t i = 0; i < open.size(); ++i) sum += (subset >> i & 1) != 0 ? open[i] : 0;
    if (sum == rest) return true;
  }
  return false;
}

// Is it less than an earlier read and all that came wholly between the two, though nothing was taken away so far?
bool went_back(const Operation& read, const Operations& operations) {
  for (const Operation& add : operations.all()) {
    const bool counts = add.f() == "add" && !add.failed() && add.invoked < read.returned;
    if (counts && add.argument().integer() < 0) return false;
  }
  for (const Operation& earlier : operations.all()) {
    if (earlier.f() != "read" || !earlier.ok() || earlier.returned > read.invoked) continue;
    int64_t least = earlier.result().integer();
    for (const Operation& add : operations.all()) {
      const bool between = add.f() == "add" && add.invoked > earlier.returned && add.returned < read.invoked;
      if (between && add.ok()) least += add.argument().integer();
    }
    if (read.result().integer() < least) return true;
  }
  return false;
}

TEST(CounterFromElsewhere, IsCondemnedExactlyIfAReadIsNoSumOrWentBack) {
  size_t sums = 0, back = 0, valid = 0;
  for (const bool decrements : {false, true}) {
    for_each_case(6'000, 40, [&](Choices& choices) {
      const History history = nearly_right(choices, decrements);
      const Operations operations(history);
      bool no_sum = false, backwards = false;
      for (const Operation& read : operations.all()) {
        if (read.f() != "read" || !read.ok()) continue;
        no_sum = no_sum || !is_a_sum(read, operations);
        backwards = backwards || went_back(read, operations);
      }
      const Result result = counter(history);
      ASSERT_EQ(result.verdict == Verdict::kInvalid, no_sum || backwards)
          << (result.witnesses.empty() ? result.summary : result.witnesses[0].explanation);
      sums += no_sum;
      back += backwards && !no_sum;
      valid += !no_sum && !backwards;
    });
  }
  EXPECT_GT(sums, 500U);
  EXPECT_GT(back, 100U);
  EXPECT_GT(valid, 1'000U);
}

}  // namespace
}  // namespace checkers
