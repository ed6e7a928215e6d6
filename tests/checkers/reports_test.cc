// What is reported rather than judged: latencies, availability by side, staleness, the price of a merge mode, time to
// converge.
#include <gtest/gtest.h>

#include "checkers/explain.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

using std::chrono::milliseconds;

TEST(Quantiles, AreExact) {
  std::vector<int64_t> samples;
  for (int64_t i = 100; i >= 1; --i) samples.push_back(i);
  const Value q = quantiles(samples);
  EXPECT_EQ(q["p50"].integer(), 50);
  EXPECT_EQ(q["p95"].integer(), 95);
  EXPECT_EQ(q["p99"].integer(), 99);
  EXPECT_EQ(q["max"].integer(), 100);
  EXPECT_EQ(quantile(samples, 985), 99) << "98 are fewer than 98.5 %";
  EXPECT_EQ(quantile(samples, 999), 100);
  std::vector<int64_t> one = {7}, none;
  EXPECT_EQ(quantiles(one)["p50"].integer(), 7);
  EXPECT_EQ(quantile(one, 1), 7);
  EXPECT_TRUE(quantiles(none).is_null());
}

TEST(Words, TimesHaveAFittingUnit) {
  EXPECT_EQ(duration(Nanos(900)), "900 ns");
  EXPECT_EQ(duration(Nanos(12'340)), "12.3 us");
  EXPECT_EQ(duration(milliseconds(999)), "999 ms");
  EXPECT_EQ(duration(milliseconds(1304)), "1.304 s");
  EXPECT_EQ(seconds(milliseconds(1304)), "1.304 s");
  EXPECT_EQ(excerpt(std::string(199, 'x') + "ä"), std::string(199, 'x') + "…");
}

TEST(Stats, CountByOperationAndOutcomeWithLatencies) {
  Scenario s("register");
  s.invoke(1, "write", "k", Value("a"))
      .ok(1)
      .invoke(1, "write", "k", Value("b"))
      .fail(1)
      .invoke(1, "write", "k", Value("c"))
      .info(1)
      .invoke(2, "read", "k");
  const Result stats = check(s.history, "stats");
  EXPECT_EQ(stats.verdict, Verdict::kReported);
  EXPECT_EQ(stats.details["write"]["ok"].integer(), 1);
  EXPECT_EQ(stats.details["write"]["fail"].integer(), 1);
  EXPECT_EQ(stats.details["write"]["info"].integer(), 1);
  EXPECT_EQ(stats.details["write"]["latency_ns"]["max"].integer(), 10'000'000);
  EXPECT_EQ(stats.details["read"]["info"].integer(), 1);
  EXPECT_NE(stats.summary.find("no read succeeded"), std::string::npos);
}

// Row G4: availability is reported.
TEST(Availability, IsToldBySideOfThePartition) {
  Scenario s("register");
  const auto at = [](const char* node) { return Value(Map{{"node", node}}); };
  s.invoke(1, "write", "k", Value("a"), at("n1")).ok(1);
  s.fault("start-partition", Value(Map{{"shape", "halves"}, {"sides", List{texts({"n1"}), texts({"n2", "n3"})}}}));
  s.invoke(1, "write", "k", Value("b"), at("n1")).info(1).invoke(2, "write", "k", Value("c"), at("n3")).ok(2);
  s.fault("stop-partition", {}, true);
  s.invoke(2, "write", "k", Value("d"), at("n1")).ok(2);
  const Result result = check(s.history, "availability");
  EXPECT_EQ(result.verdict, Verdict::kReported);
  EXPECT_EQ(result.details["places"]["whole network"]["operations"].integer(), 2);
  EXPECT_EQ(result.details["places"]["halves: side of 1 of 3"]["answered"].integer(), 0);
  EXPECT_EQ(result.details["places"]["halves: side of 2 of 3"]["answered"].integer(), 1);
}

// Row G4: second by second.
TEST(Availability, IsToldBySecond) {
  Scenario s("register");
  const auto at = [](const char* node) { return Value(Map{{"node", node}}); };
  s.invoke(1, "write", "k", Value("a"), at("n1")).ok(1).invoke(1, "write", "k", Value("b"), at("n1"));
  s.wait(std::chrono::seconds(1)).invoke(2, "write", "k", Value("c"), at("n1")).wait(std::chrono::seconds(2));
  s.info(1).fail(2).invoke(3, "write", "k", Value("d"), at("n1")).ok(3);
  const Value seconds = check(s.history, "availability").details["seconds"];
  EXPECT_EQ(to_json(seconds), R"({"operations":[2,1,0,1],"answered":[1,0,0,1]})");
}

TEST(Availability, WithoutSidesTheCutsTellWhatANodeReaches) {
  Scenario s("register");
  s.fault("start-partition", Value(Map{{"shape", "bridge"}, {"cuts", List{texts({"n1", "n3"}), texts({"n3", "n1"})}}}));
  s.invoke(1, "write", "k", Value("a"), Value(Map{{"node", "n2"}})).ok(1);
  s.invoke(1, "write", "k", Value("b"), Value(Map{{"node", "n1"}})).ok(1);
  const Result result = check(s.history, "availability");
  EXPECT_EQ(result.details["places"]["bridge: node that reaches 3 of 3"]["operations"].integer(), 1);
  EXPECT_EQ(result.details["places"]["bridge: node that reaches 2 of 3"]["operations"].integer(), 1);
}

TEST(QuorumReads, StalenessIsDescribedInVersionsAndInTime) {
  Scenario s("register");  // sloppy
  const auto parents = [](const std::vector<std::string>& values) { return Value(Map{{"parents", texts(values)}}); };
  s.invoke(1, "write", "k", Value("a"), parents({})).ok(1);     // events 0, 1
  s.invoke(1, "write", "k", Value("b"), parents({"a"})).ok(1);  // 2, 3: acknowledged at 40 ms
  s.invoke(1, "write", "k", Value("c"), parents({"b"})).ok(1);  // 4, 5
  s.read(2, "k", texts({"a"})).read(2, "k", texts({"c"}));      // the first begins at 70 ms
  const Result result = check(s.history, "quorum-reads");
  EXPECT_EQ(result.verdict, Verdict::kReported);
  EXPECT_EQ(result.violations, 0);
  EXPECT_EQ(result.details["versions_behind"]["max"].integer(), 2);
  EXPECT_EQ(result.details["nanoseconds_behind"]["max"].integer(), 30'000'000);
  EXPECT_NE(result.summary.find("1 stale of 2 (50.0 %)"), std::string::npos) << result.summary;
}

TEST(QuorumReads, ACounterIsBehindByTheIncrementsThatItMisses) {
  Scenario s("counter");
  for (int i = 0; i < 4; ++i) s.invoke(1, "add", "k", Value(10)).ok(1);
  s.read(2, "k", Value(20));
  const Result result = check(s.history, "quorum-reads");
  EXPECT_EQ(result.verdict, Verdict::kReported);
  EXPECT_EQ(result.details["versions_behind"]["max"].integer(), 2);
}

// Rows G2 and K1: how many were lost.
TEST(Cart, TheCostOfLastWriteWinsIsNamed) {
  Scenario s("cart");
  s.history.test.merge = "last-write-wins";
  s.add(1, "c", "milk", 1, "s1:1").add(2, "c", "bread", 1, "s2:1").add(3, "c", "eggs", 1, "s3:1");
  s.phase("final-reads").final_read(9, "c", "n1", cart({{"eggs", {{"s3:1", 1}}}}));
  const Result result = check(s.history, "cart");
  EXPECT_EQ(result.verdict, Verdict::kReported);
  EXPECT_EQ(result.details["lost additions"].integer(), 2);
  EXPECT_NE(result.summary.find(
                "2 of 3 additions that had to be there at the end are lost (66.7 %, expected of last-write-wins)"),
            std::string::npos)
      << result.summary;
}

TEST(Convergence, TheTimeToConvergeIsCountedFromTheHeal) {
  Scenario s("register");
  s.invoke(1, "write", "k", Value("a"), Value(Map{{"parents", List{}}})).ok(1).phase("heal");
  const Nanos heal = s.history.phases.back().time;
  s.history.polls = {{heal + milliseconds(10), 3, {}},
                     {heal + milliseconds(60), 0, {}},
                     {heal + milliseconds(110), 1, {}},
                     {heal + milliseconds(160), 0, {}},
                     {heal + milliseconds(300), 0, {}}};
  s.wait(milliseconds(400));
  for (const char* node : {"n1", "n2", "n3"}) s.dump(node, "before-reads", {{"k", {register_version("a")}, "", ""}});
  const Result result = check(s.history, "convergence");
  EXPECT_EQ(result.verdict, Verdict::kValid);
  EXPECT_EQ(result.details["converged_after_ns"].integer(), 160'000'000) << "equal once is not yet converged";
  EXPECT_NE(result.summary.find("converged 160 ms after the heal (3 keys differed then)"), std::string::npos)
      << result.summary;
}

TEST(Convergence, EveryKeyThatDifferedHasItsTime) {
  Scenario s("register");
  s.invoke(1, "write", "k", Value("a"), Value(Map{{"parents", List{}}})).ok(1).phase("heal");
  const Nanos heal = s.history.phases.back().time;
  s.history.polls = {{heal + milliseconds(10), 3, {"a", "b", "c"}},
                     {heal + milliseconds(60), 1, {"b"}},
                     {heal + milliseconds(110), 1, {"a"}},
                     {heal + milliseconds(160), 0, {}}};
  s.wait(milliseconds(400));
  for (const char* node : {"n1", "n2", "n3"}) s.dump(node, "before-reads", {{"k", {register_version("a")}, "", ""}});
  const Value table = check(s.history, "convergence").details["time_to_converge_ns"];
  EXPECT_EQ(table["seen by"].string(), "polls");
  EXPECT_EQ(table["keys"].integer(), 3);
  EXPECT_EQ(table["never"].integer(), 0);
  EXPECT_EQ(table["p50"].integer(), 110'000'000) << "c after 60 ms, b after 110 ms, a after 160 ms";
  EXPECT_EQ(table["max"].integer(), 160'000'000) << "a was equal, and differed again";
}

TEST(Convergence, WithoutPollsReadsTellTheTime) {
  Scenario s("register");
  s.history.test.capabilities = {};
  s.invoke(1, "write", "k", Value("a")).ok(1).phase("heal");
  const Nanos heal = s.history.phases.back().time;
  s.read(1, "k", "old").read(2, "k", "a").read(1, "k", "old").final_read(3, "k", "n1", "a");
  const Value table = check(s.history, "convergence").details["time_to_converge_ns"];
  EXPECT_EQ(table["seen by"].string(), "reads");
  EXPECT_EQ(table["max"].integer(), (s.history.events[7].time - heal).count());
}

TEST(Logs, LinesThatMatchAPatternAreListed) {
  Judging how{.only = {"logs"}};
  const History history = Scenario("register").history;
  EXPECT_EQ(judge(history, how).results[0].verdict, Verdict::kUnknown) << "no pattern";
  how.log_patterns = {"[Pp]anic|abort", "x$"};
  EXPECT_EQ(judge(history, how).results[0].verdict, Verdict::kUnknown) << "no log";
  how.logs = {{"n1", "started\nall well\n"}, {"n2", "ready\n!! Panic: no\nindex"}};
  const Result result = judge(history, how).results[0];
  EXPECT_EQ(result.verdict, Verdict::kInvalid);
  EXPECT_EQ(result.violations, 2);
  EXPECT_EQ(result.details["lines"].list()[0], Value(Map{{"node", "n2"}, {"line", 2}, {"text", "!! Panic: no"}}));
  EXPECT_EQ(result.details["lines"].list()[1]["line"].integer(), 3);
  how.log_patterns = {"segfault"};
  EXPECT_EQ(judge(history, how).results[0].verdict, Verdict::kValid);
  how.log_patterns = {"(a"};
  EXPECT_EQ(judge(history, how).results[0].verdict, Verdict::kUnknown);
  EXPECT_NE(pattern_error("(a"), "");
}

TEST(Logs, AreJudgedWithoutBeingNamedWhereAPatternIsGiven) {
  Scenario s("register");
  EXPECT_EQ(result_of(judge(s.history, {.logs = {{"n1", "oh no"}}, .log_patterns = {"oh"}}), "logs").violations, 1);
}

TEST(Clock, OffsetsAreGatheredByNodeAndTime) {
  Scenario s("register");
  EXPECT_EQ(check(s.history, "clock").verdict, Verdict::kUnknown);
  s.fault("bump", {});
  s.history.events.back().fields.set("clock-offsets", Map{{"n1", 0.5}, {"n2", -2.0}});
  s.fault("reset", {});
  s.history.events.back().fields.set("clock_offsets", Map{{"n1", 0.0}});
  const Result result = check(s.history, "clock");
  EXPECT_EQ(result.verdict, Verdict::kReported);
  EXPECT_EQ(result.details["offsets"]["n1"], Value(List{List{0.01, 0.5}, List{0.02, 0.0}}));
  EXPECT_EQ(result.details["largest offset in seconds"].number(), 2.0);
}

}  // namespace
}  // namespace checkers
