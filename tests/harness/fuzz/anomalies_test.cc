// Row G8: the trade-offs, counted.
// What the modes of the store are known to cost, in small: where an anomaly is to be expected it is counted, and where
// it must not happen it is looked for and not found.
#include "harness/fuzz/anomalies.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace harness {
namespace {

using namespace std::chrono_literals;

Played played_under_partitions(RunSettings& settings, uint64_t seed) {
  const auto system = make_system("dynamo", "/bin/sh");
  settings.sim = true;
  settings.nemeses = {"partition"};
  settings.nemesis_interval = 2s;
  settings.time_limit = 10s;
  settings.cluster.seed = seed;
  auto played = play(settings, **system);
  EXPECT_TRUE(played) << played.error();
  return played ? std::move(*played) : Played{};
}

AnomalyCounts under_partitions(RunSettings settings, uint64_t seed = 1) {
  const Played played = played_under_partitions(settings, seed);
  return count_anomalies(played, settings);
}

RunSettings of(const std::string& workload, const std::string& mode = "sloppy") {
  RunSettings settings;
  settings.workload = workload;
  settings.cluster.mode = mode;
  return settings;
}

TEST(Anomalies, LastWriteWinsLosesAdditionsUnionBringsItemsBackAndObservedRemoveDoesNeither) {
  RunSettings settings = of("cart");
  const AnomalyCounts observed = under_partitions(settings);
  settings.cluster.merge = "union";
  const AnomalyCounts united = under_partitions(settings);
  settings.cluster.merge = "last-write-wins";
  const AnomalyCounts last = under_partitions(settings);
  EXPECT_GT(last[Anomaly::kLost].count, 0);
  EXPECT_GT(united[Anomaly::kReturned].count, 0);
  EXPECT_EQ(united[Anomaly::kLost].count, 0);
  EXPECT_EQ(observed[Anomaly::kLost].count, 0);
  EXPECT_EQ(observed[Anomaly::kReturned].count, 0);
  for (const AnomalyCounts& counts : {observed, united, last}) {
    EXPECT_GT(counts[Anomaly::kLost].of, 100);
    EXPECT_GT(counts[Anomaly::kReturned].of, 10);
    EXPECT_EQ(counts[Anomaly::kTwice], Tally{}) << "carts have no such thing";
  }
}

TEST(Anomalies, AnIncrementThatIsCountedAgainWhenItIsRepeatedIsTwice) {
  RunSettings settings = of("counter");
  EXPECT_EQ(under_partitions(settings)[Anomaly::kTwice].count, 0);
  settings.cluster.bug = "double-increment";
  EXPECT_GT(under_partitions(settings)[Anomaly::kTwice].count, 0);
}

TEST(Anomalies, QuorumsThatNeedNotMeetShowStaleReadsAndLeaveKeysWithoutAnOrder) {
  RunSettings settings = of("register", "strict");
  settings.cluster.plain = true;
  settings.cluster.read_quorum = settings.cluster.write_quorum = 1;
  const AnomalyCounts one = under_partitions(settings);
  EXPECT_GT(one[Anomaly::kStale].count, 0);
  EXPECT_GT(one[Anomaly::kNoOrder].count, 0);
  const AnomalyCounts linear = under_partitions(of("register", "lin"));
  for (const Anomaly anomaly : {Anomaly::kStale, Anomaly::kSession, Anomaly::kNoOrder}) {
    EXPECT_EQ(linear[anomaly].count, 0);
    EXPECT_GT(linear[anomaly].of, 0);
  }
  EXPECT_LT(one[Anomaly::kUnanswered].count, linear[Anomaly::kUnanswered].count) << "what it is paid with";
}

// Row Q4: sloppy quorums show stale reads although R+W > N; nobody is blamed for them, and it is said which mode it
// was.
TEST(Anomalies, SloppyQuorumsShowStaleReadsAndTheVerdictNamesTheMode) {
  RunSettings settings = of("register");
  const Played played = played_under_partitions(settings, 1);
  EXPECT_EQ(played.judgement.verdict, checkers::Verdict::kValid);
  const auto reads = std::find_if(played.judgement.results.begin(), played.judgement.results.end(),
                                  [](const checkers::Result& result) { return result.checker == "quorum-reads"; });
  ASSERT_NE(reads, played.judgement.results.end());
  EXPECT_EQ(reads->verdict, checkers::Verdict::kReported);
  EXPECT_NE(reads->promise.find("with sloppy quorums"), std::string::npos) << reads->promise;
  EXPECT_GT(count_anomalies(played, settings)[Anomaly::kStale].count, 0);
  settings = of("register", "strict");
  EXPECT_EQ(count_anomalies(played_under_partitions(settings, 1), settings)[Anomaly::kStale].count, 0);
}

TEST(Anomalies, OfSeveralRunsAddUp) {
  AnomalyCounts sum = under_partitions(of("cart"), 1);
  const AnomalyCounts first = sum, second = under_partitions(of("cart"), 2);
  sum += second;
  for (const AnomalyInfo& info : all_anomalies()) {
    EXPECT_EQ(sum[info.anomaly].count, first[info.anomaly].count + second[info.anomaly].count);
    EXPECT_EQ(sum[info.anomaly].of, first[info.anomaly].of + second[info.anomaly].of);
  }
}

}  // namespace
}  // namespace harness
