// However a run ends, no process, namespace or rule stays behind. (Namespaces and rules live as long as a process in
// them: no process, nothing left.)
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/system/program.h"

namespace system_test {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> long_run(const Workshop& workshop) {
  return {workshop.harness().string(),
          "run",
          "--workload",
          "cart",
          "--nemesis",
          "partition,pause,kill",
          "--time-limit",
          "100s",
          "--nemesis-interval",
          "1s"};
}

// With faults on: some node is cut off, stopped or dead by then.
constexpr char kFaultOn[] = " s  partition ";

void expect_nothing_left(const Workshop& workshop) {
  EXPECT_TRUE(await([&] { return workshop.processes().empty(); }, 5s));
}

TEST(WaysOut, CtrlCHealsStopsAndJudgesWhatWasSeen) {
  Workshop workshop;
  Background run(long_run(workshop), workshop.path());
  ASSERT_FALSE(run.await_output(kFaultOn, 20s).empty());
  ASSERT_TRUE(await([&] { return workshop.processes().size() > 5; }, 10s));
  run.signal(SIGINT);
  EXPECT_EQ(run.await_end(60s), 2) << "an interrupted run cannot be valid";
  expect_nothing_left(workshop);
  EXPECT_TRUE(std::filesystem::exists(workshop.store() / "latest" / "history.jsonl"));
}

TEST(WaysOut, AKilledHarnessLeavesNothingBehind) {
  Workshop workshop;
  Background run(long_run(workshop), workshop.path());
  ASSERT_TRUE(await([&] { return workshop.processes().size() > 5; }, 20s));
  // In the middle of a pause: stopped processes must go too.
  ASSERT_FALSE(run.await_output(" s  pause ", 30s).empty());
  run.signal(SIGKILL);
  run.await_end(5s);
  expect_nothing_left(workshop);
}

TEST(WaysOut, ASecondCtrlCEndsAtOnce) {
  Workshop workshop;
  Background run(long_run(workshop), workshop.path());
  ASSERT_TRUE(await([&] { return workshop.processes().size() > 5; }, 20s));
  run.signal(SIGINT);
  run.signal(SIGINT);
  EXPECT_NE(run.await_end(20s), 0);
  expect_nothing_left(workshop);
}

}  // namespace
}  // namespace system_test
