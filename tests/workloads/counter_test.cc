#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "tests/workloads/drive.h"

namespace workloads {
namespace {

using checkers::EventType;

TEST(Counter, TotalsAreTheSumOfWhatTheSessionMayHaveAdded) {
  const Driven run = drive({.workload = "counter", .seed = 21, .fail_percent = 30, .info_percent = 5});
  std::map<std::pair<std::string, std::string>, std::pair<int64_t, int64_t>> totals;
  int refused = 0;
  for (const Step& step : run.steps) {
    const Operation& operation = step.operation;
    if (operation.f != "add") continue;
    const int64_t amount = operation.value.integer();
    ASSERT_NE(amount, 0);
    auto& [plus, minus] = totals[{operation.session, operation.key}];
    const int64_t new_plus = plus + (amount > 0 ? amount : 0);
    const int64_t new_minus = minus + (amount < 0 ? -amount : 0);
    ASSERT_EQ(operation.plus, new_plus) << to_text(operation);
    ASSERT_EQ(operation.minus, new_minus) << to_text(operation);
    if (step.outcome == EventType::kFail) {
      ++refused;
    } else {
      plus = new_plus;
      minus = new_minus;
    }
  }
  EXPECT_GT(refused, 1'000);
}

TEST(Counter, AddsBothSignsAndReadsInBetween) {
  const Driven run = drive({.workload = "counter", .seed = 3});
  int positive = 0;
  int negative = 0;
  int read = 0;
  for (const Step& step : run.steps) {
    if (step.operation.f == "read") {
      ++read;
    } else {
      ++(step.operation.value.integer() > 0 ? positive : negative);
    }
  }
  EXPECT_GT(positive, negative);
  EXPECT_GT(negative, 1'000);
  EXPECT_GT(read, 1'000);
}

// After an unknown outcome nobody may guess the next number: the whole session is given up with its process.
TEST(Counter, ASessionEndsWithTheOperationThatStayedUnknown) {
  const Driven run = drive({.workload = "counter", .seed = 9, .info_percent = 20});
  std::map<std::string, bool> ended;
  for (const Step& step : run.steps) {
    if (step.operation.session.empty()) continue;
    ASSERT_FALSE(ended[step.operation.session]) << step.operation.session;
    if (step.outcome == EventType::kInfo) ended[step.operation.session] = true;
  }
}

}  // namespace
}  // namespace workloads
