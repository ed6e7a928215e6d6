// Runs that are judged while they go on.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/system/program.h"

namespace system_test {
namespace {

// The output without its line breaks: a terminal's width decides where a sentence is broken.
std::string in_one_line(const std::string& output) {
  std::istringstream in(output);
  std::string line;
  for (std::string word; in >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

Ended run(const Workshop& workshop, const std::string& time_limit, int seed, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {
      "run",       "--workload",   "counter",     "--strict",    "--nemesis",
      "partition", "--partition",  "isolate-one", "--fail-fast", "--nemesis-interval",
      "2s",        "--time-limit", time_limit,    "--seed",      std::to_string(seed)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return workshop.run(arguments);
}

TEST(Live, AViolationStopsTheRunWhichHealsAsAlways) {
  Workshop workshop;
  // Real processes and real time: a schedule shows a bug often, not always.
  constexpr int kSeeds = 4;
  Ended ended;
  for (int seed = 1; seed <= kSeeds && ended.exit_code != 1; ++seed)
    ended = run(workshop, "30s", seed, {"--bug", "acknowledge-early"});
  ASSERT_EQ(ended.exit_code, 1) << ended.output << ended.errors;
  EXPECT_NE(in_one_line(ended.output).find("Live, by counter: "), std::string::npos) << ended.output;
  EXPECT_NE(in_one_line(ended.output).find("The run was stopped there"), std::string::npos) << ended.output;
  EXPECT_TRUE(workshop.processes().empty());

  std::ifstream file(workshop.store() / "latest" / "results.json");
  const nlohmann::json results = nlohmann::json::parse(file, nullptr, false);
  EXPECT_LT(results["run"]["main_seconds"].get<double>(), 29.0);
  EXPECT_FALSE(results["run"]["complete"].get<bool>());
  std::ifstream history(workshop.store() / "latest" / "history.jsonl");
  const std::string text((std::istreambuf_iterator<char>(history)), {});
  EXPECT_NE(text.find("\"name\":\"heal\""), std::string::npos);
  EXPECT_EQ(text.find("\"name\":\"final-reads\""), std::string::npos);
}

TEST(Live, TheCorrectNodeRunsToItsEnd) {
  Workshop workshop;
  const Ended ended = run(workshop, "5s", 1, {});
  EXPECT_EQ(ended.exit_code, 0) << ended.output << ended.errors;
  EXPECT_NE(in_one_line(ended.output).find("no violation."), std::string::npos) << ended.output;
}

}  // namespace
}  // namespace system_test
