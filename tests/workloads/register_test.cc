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

TEST(Register, OfOneValueIsWrittenPlainlyAndInModeLinHalfTheWritesAreIdentified) {
  for (const Registers registers : {Registers::kPlain, Registers::kLinear}) {
    const Driven run = drive({.workload = "register", .seed = 2, .registers = registers});
    int identified = 0;
    int writes = 0;
    std::map<std::string, int64_t> seqs;  // by session and key
    for (const Step& step : run.steps) {
      EXPECT_TRUE(step.operation.plain);
      if (step.operation.f != "write") continue;
      ++writes;
      if (step.operation.session.empty()) continue;
      ++identified;
      int64_t& seq = seqs[step.operation.session + " " + step.operation.key];
      EXPECT_GT(step.operation.seq, seq) << "no seq is used for two writes";
      seq = step.operation.seq;
    }
    EXPECT_GT(writes, 1'000);
    EXPECT_NEAR(identified, registers == Registers::kLinear ? writes / 2 : 0, writes / 10);
  }
}

}  // namespace
}  // namespace workloads
