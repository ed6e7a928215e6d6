#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/workloads/drive.h"

namespace workloads {
namespace {

TEST(Register, EveryValueIsWrittenOnce) {
  const Driven run = drive({.workload = "register", .seed = 1, .fail_percent = 30, .info_percent = 10});
  std::set<std::string> values;
  for (const Step& step : run.steps) {
    if (step.operation.f != "write") continue;
    EXPECT_TRUE(values.insert(step.operation.value.string()).second) << step.operation.value.string();
    EXPECT_EQ(step.operation.value.string().rfind("v" + std::to_string(step.process) + ".", 0), 0U);
  }
}

// Every blind write stays a sibling until someone reads: a few of them, or the key drowns.
TEST(Register, AKeyIsWrittenBlindlyAtMostThreeTimesAndThenNeverRead) {
  const Driven run = drive({.workload = "register", .seed = 5});
  std::map<std::string, int> blind;
  std::set<std::string> looked_at;
  for (const Step& step : run.steps) {
    if (step.operation.blind) ++blind[step.operation.key];
    if (reads(step.operation)) looked_at.insert(step.operation.key);
  }
  ASSERT_GT(blind.size(), 10U);
  for (const auto& [key, writes] : blind) {
    EXPECT_LE(writes, 3) << key;
    EXPECT_EQ(looked_at.count(key), 0U) << key;
  }
}

}  // namespace
}  // namespace workloads
