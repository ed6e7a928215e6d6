// What fuzzing found in the simulated world happens among real processes too: schedules of planted bugs, each shrunk to
// a few lines, run against a real cluster.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

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

// Among real processes, too, lines are taken away that the failure does not need.
TEST(ShrinkReal, TakesLinesAwayAndSaysHowOftenTheRestFails) {
  const Workshop workshop;
  std::ifstream planted(std::filesystem::path(SCHEDULES) / "planted" / "reuse-actor.txt");
  std::stringstream text;
  text << planted.rdbuf() << "@0.100s p0 set.add set:1 ada via n1\n@0.300s p1 set.add set:1 bob via n3\n";
  const std::filesystem::path file = workshop.path() / "failing.txt";
  std::ofstream(file) << text.str();
  const Ended ended = workshop.run({"shrink", file.string(), "--real", "--repeats", "2", "--time", "20s", "--bug",
                                    "reuse-actor", "--failure", "set:lost addition"});
  ASSERT_EQ(ended.exit_code, 1) << ended.output << ended.errors;
  EXPECT_NE(ended.output.find("reproduction rate"), std::string::npos) << ended.output;
  std::ifstream small(workshop.path() / "shrunk" / "schedule.txt");
  std::stringstream lines;
  lines << small.rdbuf();
  EXPECT_EQ(lines.str().find("set:1 "), std::string::npos) << lines.str();
  EXPECT_NE(lines.str().find("set:3"), std::string::npos) << lines.str();
  EXPECT_NE(lines.str().find("/2 plays"), std::string::npos) << lines.str();
  EXPECT_TRUE(std::filesystem::exists(workshop.path() / "shrunk" / "run" / "history.jsonl"));
  EXPECT_FALSE(std::filesystem::exists(workshop.path() / "shrunk" / "plays"));
}

}  // namespace
}  // namespace system_test
