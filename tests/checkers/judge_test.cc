#include <gtest/gtest.h>

#include <functional>
#include <set>

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

// What clients of some store did, without a word of what it promises; and the checkers that have something to judge in
// it. All the others must say that they learnt nothing, whoever names them.
struct Foreign {
  std::string what;
  std::function<void(Scenario&)> fill;
  std::set<std::string> valid;
};

Value values(std::initializer_list<Value> list) { return Value(List(list)); }

const std::vector<Foreign>& foreign_histories() {
  static const std::vector<Foreign> histories = {
      {"nothing", [](Scenario&) {}, {}},
      {"reads of nothing", [](Scenario& s) { s.read(0, "", {}).read(1, "", {}); }, {}},
      {"writes that nobody reads",
       [](Scenario& s) { s.invoke(0, "write", "", 1).ok(0).invoke(1, "write", "", 2).ok(1); },
       {}},
      {"a register",
       [](Scenario& s) {
         s.invoke(0, "write", "", 1).ok(0).read(1, "", 1).invoke(1, "write", "", 2).ok(1).read(1, "", 2);
       },
       {"linearizable", "regular", "safe", "sessions", "causal", "causal-convergent"}},
      {"a register that nobody answered",
       [](Scenario& s) { s.invoke(0, "write", "", 1).info(0).invoke(1, "read", "").fail(1); },
       {}},
      {"compare-and-sets",
       [](Scenario& s) {
         s.invoke(0, "write", "", 1).ok(0).invoke(0, "cas", "", values({1, 2})).ok(0).read(0, "", 2);
       },
       {"linearizable", "regular", "safe", "sessions", "causal", "causal-convergent"}},
      {"transactions",
       [](Scenario& s) {
         s.invoke(0, "txn", "", values({values({"w", "x", 1})})).ok(0);
         s.invoke(0, "txn", "", values({values({"r", "x", {}})})).ok(0, values({values({"r", "x", 1})}));
       },
       {"linearizable"}},
      {"a lock",
       [](Scenario& s) { s.invoke(0, "acquire", "").ok(0).invoke(0, "release", "").ok(0); },
       {"linearizable"}},
      {"texts",
       [](Scenario& s) { s.invoke(0, "put", "x", "a").ok(0).invoke(0, "get", "x").ok(0, "a"); },
       {"linearizable", "regular", "safe"}},
      {"a counter", [](Scenario& s) { s.invoke(0, "add", "", 1).ok(0).read(0, "", 1); }, {"counter"}},
      {"a set",
       [](Scenario& s) { s.invoke(0, "add", "", 1).ok(0).read(0, "", values({1})); },
       {"set-full", "strong-set"}},
      {"a queue",
       [](Scenario& s) { s.invoke(0, "enqueue", "", 1).ok(0).invoke(0, "dequeue", "").ok(0, 1); },
       {"queue", "total-queue"}},
      {"ids", [](Scenario& s) { s.invoke(0, "generate", "").ok(0, 1); }, {"unique-ids"}},
      {"what nobody knows here",
       [](Scenario& s) {
         s.invoke(0, "transfer", "", Value(Map{{"from", 1}})).ok(0).invoke(1, "balance", "").ok(1, 7);
       },
       {}}};
  return histories;
}

TEST(Judge, ACheckerThatHasNothingToJudgeIsUnknown) {
  for (const Foreign& foreign : foreign_histories()) {
    Scenario s = elsewhere();
    s.history.test = {};
    s.history.test.workload.clear();
    foreign.fill(s);
    for (const CheckerInfo& checker : all_checkers()) {
      const std::string name(checker.name);
      const Result result = check(s.history, name);
      SCOPED_TRACE(foreign.what + ", " + name + ": " + result.summary);
      if (foreign.valid.count(name) > 0) {
        EXPECT_EQ(result.verdict, Verdict::kValid);
      } else {
        EXPECT_TRUE(result.verdict == Verdict::kUnknown || result.verdict == Verdict::kReported)
            << to_string(result.verdict);
      }
      EXPECT_FALSE(result.summary.empty());
    }
  }
}

TEST(Judge, QuorumsThatNoRecordTellsAreToldByTheCaller) {
  Scenario s = elsewhere();
  s.history.test = {};
  s.invoke(0, "write", "", 1).ok(0).read(1, "", 1).invoke(0, "write", "", 2).ok(0).read(1, "", 1);
  const auto judged = [&](std::optional<Quorums> quorums) {
    return judge(s.history, {.only = {"quorum-reads"}, .quorums = quorums}).results.at(0);
  };
  const Result unknown = judged({});
  EXPECT_EQ(unknown.verdict, Verdict::kReported);
  EXPECT_NE(unknown.summary.find("2 reads answered, 1 stale of 2"), std::string::npos) << unknown.summary;
  EXPECT_NE(unknown.summary.find("--quorums"), std::string::npos) << unknown.summary;
  EXPECT_EQ(judged(Quorums{3, 2, 2}).verdict, Verdict::kInvalid);
  EXPECT_EQ(judged(Quorums{3, 1, 2}).verdict, Verdict::kReported);
  EXPECT_EQ(judge(s.history, {.only = {"quorum-reads"}, .quorums = Quorums{3, 2, 2}}).verdict, Verdict::kInvalid);
  s.history.events.pop_back();
  s.history.events.pop_back();
  EXPECT_EQ(judged(Quorums{3, 2, 2}).verdict, Verdict::kValid);
}

TEST(Judge, WhatNobodyWroteMayHaveBeenThereAtFirst) {
  Scenario s = elsewhere();
  s.history.test = {};
  s.read(0, "", 0).invoke(0, "write", "", 1).ok(0).read(0, "", 1);
  const auto told = [&](std::optional<Value> initial) {
    return judge(s.history, {.only = {"linearizable"}, .initial = std::move(initial)}).results.at(0);
  };
  EXPECT_EQ(told({}).verdict, Verdict::kInvalid);
  EXPECT_NE(told({}).summary.find("--initial"), std::string::npos) << told({}).summary;
  EXPECT_EQ(told(Value(0)).verdict, Verdict::kValid);
  EXPECT_EQ(told(Value(7)).verdict, Verdict::kInvalid);
  EXPECT_EQ(told(Value(7)).summary.find("--initial"), std::string::npos);
  // Stale, but written.
  s.read(0, "", Value()).history.events.erase(s.history.events.begin(), s.history.events.begin() + 2);
  EXPECT_EQ(told({}).verdict, Verdict::kInvalid);
  EXPECT_EQ(told({}).summary.find("--initial"), std::string::npos);
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
