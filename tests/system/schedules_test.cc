// What fuzzing found in the simulated world happens among real processes too: schedules of planted bugs, each shrunk to
// a few lines, run against a real cluster.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/system/program.h"

namespace system_test {
namespace {

struct Planted {
  const char* bug;
  const char* anomaly;  // as the verdict names it
};
void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.bug; }

class ShrunkSchedules : public testing::TestWithParam<Planted> {};

TEST_P(ShrunkSchedules, ShowTheSameAnomalyAmongRealProcesses) {
  const std::string file =
      (std::filesystem::path(SCHEDULES) / "planted" / (std::string(GetParam().bug) + ".txt")).string();
  const Workshop workshop;
  // Real time has its own will: a schedule shows a bug often, not always.
  constexpr int kTries = 3;
  Ended ended;
  for (int i = 0; i < kTries && ended.exit_code != 1; ++i) {
    ended = workshop.run({"run", "--schedule", file, "--bug", GetParam().bug});
  }
  EXPECT_EQ(ended.exit_code, 1) << ended.output << ended.errors;
  EXPECT_NE(ended.output.find(GetParam().anomaly), std::string::npos) << ended.output;
}

INSTANTIATE_TEST_SUITE_P(Each, ShrunkSchedules,
                         testing::Values(Planted{"no-anti-entropy", "replicas differ"},
                                         Planted{"forget-hints", "lost addition"},
                                         Planted{"reuse-actor", "lost addition"}),
                         [](const auto& info) {
                           std::string name = info.param.bug;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace system_test
