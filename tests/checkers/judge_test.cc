#include <gtest/gtest.h>

#include "checkers/verdict.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

std::vector<std::string> names(const Judgement& judgement) {
  std::vector<std::string> out;
  for (const Result& result : judgement.results) out.push_back(result.checker);
  return out;
}

TEST(Judge, RunsTheCheckersThatFitTheWorkload) {
  EXPECT_EQ(names(judge(Scenario("cart").history)),
            (std::vector<std::string>{"convergence", "cart", "quorum-reads", "availability", "crashes", "stats"}));
  EXPECT_EQ(names(judge(Scenario("register").history)),
            (std::vector<std::string>{"convergence", "siblings", "sessions", "quorum-reads", "availability", "crashes",
                                      "stats"}));
  EXPECT_EQ(names(judge(Scenario("cart").history, {.only = {"crashes"}})), std::vector<std::string>{"crashes"});
}

TEST(Judge, AHistoryFromElsewhereIsNeverCalledValid) {
  Scenario s("");
  s.read(1, "", Value(1));
  const Judgement judgement = judge(s.history);
  EXPECT_EQ(names(judgement), std::vector<std::string>{"stats"});
  EXPECT_EQ(judgement.verdict, Verdict::kUnknown);
}

// An empty run must not pass: each checker of data has to say that it learnt nothing.
TEST(Judge, NoEvidenceIsUnknown) {
  for (const std::string workload : {"cart", "counter", "register", "set"}) {
    const Judgement judgement = judge(Scenario(workload, "strict").history);
    EXPECT_EQ(judgement.verdict, Verdict::kUnknown) << workload;
    for (const Result& result : judgement.results) {
      if (result.checker == "crashes") continue;
      EXPECT_EQ(result.verdict, Verdict::kUnknown) << workload << " " << result.checker;
      EXPECT_FALSE(result.summary.empty());
    }
  }
}

TEST(Judge, ExitCodesAreThoseOfJepsen) {
  EXPECT_EQ(exit_code(Verdict::kValid), 0);
  EXPECT_EQ(exit_code(Verdict::kInvalid), 1);
  EXPECT_EQ(exit_code(Verdict::kUnknown), 2);
}

TEST(Judge, ResultsBecomeAValueForResultsJson) {
  Scenario s("register");
  s.history.exits.push_back({Nanos(5), "n2", 0, 11, false, ""});
  const Value value = to_value(judge(s.history, {.only = {"crashes"}}));
  EXPECT_EQ(value["verdict"].string(), "invalid");
  const Value& crash = value["results"].list().at(0);
  EXPECT_EQ(crash["checker"].string(), "crashes");
  EXPECT_EQ(crash["evidence"]["nodes watched"].integer(), 3);
  EXPECT_EQ(crash["witnesses"].list().at(0)["replicas"].list().at(0).string(), "n2");
}

TEST(Judge, WatchesNodesThatJoinToo) {
  Scenario s("register");
  s.fault("join", Value(Map{{"nodes", texts({"n4", "n5"})}})).fault("leave", Value(Map{{"nodes", texts({"n1"})}}));
  const Value value = to_value(judge(s.history, {.only = {"crashes"}}));
  EXPECT_EQ(value["results"].list().at(0)["evidence"]["nodes watched"].integer(), 5);
}

}  // namespace
}  // namespace checkers
