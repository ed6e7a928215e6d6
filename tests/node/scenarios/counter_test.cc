// Counters: identified increments count once however often they are tried; plain ones once for each attempt.
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

struct CounterTest : testing::Test {
  Cluster t;
  std::string key = t.key_with_homes({0, 1, 2});

  void heal() {
    t.heal();
    ASSERT_TRUE(t.settle());
  }
};

// Row P3: exactly the distinct operations.
TEST_F(CounterTest, AnIdentifiedIncrementRetriedThroughEveryNodeCountsOnce) {
  for (int node = 0; node < t.size(); ++node) EXPECT_TRUE(t.add_as(node, key, 5, {"ann", 1}, 5, 0).ok());
  EXPECT_EQ(t.count(3, key), 5);
  for (int node = 0; node < t.size(); ++node) EXPECT_TRUE(t.add_as(node, key, -2, {"ann", 2}, 5, 2).ok());
  EXPECT_EQ(t.count(3, key), 3);
}

TEST_F(CounterTest, RetriesOnBothSidesOfAPartitionCountOnce) {
  t.partition({0, 3}, {1, 2, 4});
  t.let_suspect();
  for (int node = 0; node < t.size(); ++node) EXPECT_TRUE(t.add_as(node, key, 5, {"ann", 1}, 5, 0).ok());
  EXPECT_TRUE(t.add_as(4, key, 7, {"bob", 1}, 7, 0).ok());
  heal();
  EXPECT_EQ(t.count(0, key), 12);
}

TEST_F(CounterTest, ALateRetryOfAnOldIncrementDoesNotUndoTheNext) {
  t.add_as(0, key, 5, {"ann", 1}, 5, 0);
  t.add_as(1, key, 3, {"ann", 2}, 8, 0);
  EXPECT_TRUE(t.add_as(2, key, 5, {"ann", 1}, 5, 0).ok());
  EXPECT_EQ(t.count(4, key), 8);
}

TEST_F(CounterTest, ASessionThatMovesToASideThatMissedItsFirstIncrementLosesNothing) {
  t.partition({0, 3}, {1, 2, 4});
  t.let_suspect();
  t.add_as(0, key, 5, {"ann", 1}, 5, 0);
  EXPECT_EQ(t.add_as(1, key, 3, {"ann", 2}, 8, 0), 8) << "the totals carry what this side never saw";
  heal();
  EXPECT_EQ(t.count(0, key), 8);
}

// Rows P3 and S3: a plain one is in [acknowledged, acknowledged + unknown].
TEST_F(CounterTest, APlainIncrementCountsOnceForEachAttempt) {
  const Words all = {"W", "3"};  // the reply is what the coordinating replica holds, so it must hold everything
  EXPECT_EQ(t.call(0, {"INCR", key}, all), 1);
  EXPECT_EQ(t.call(1, {"INCRBY", key, "10"}, all), 11);
  EXPECT_EQ(t.call(2, {"DECR", key}, all), 10);
  EXPECT_EQ(t.call(3, {"DECRBY", key, "4"}, all), 6);
  EXPECT_EQ(t.call(4, {"COUNTER.INCR", key, "-6"}, all), 0);
  EXPECT_EQ(t.count(0, key), 0);
}

// Row P3: whoever does not repeat what was not answered finds at least what was acknowledged, and at most what was not
// answered besides.
TEST(PlainCounter, EndsBetweenWhatWasAcknowledgedAndThatWithAllThatIsUnknown) {
  int unknown_in_all = 0, unknown_that_counted = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster t({.seed = seed, .network = {.lost_percent = 30}});
    std::vector<World::Ticket> tickets;
    for (int i = 0; i < 100; ++i) {
      if (i % 20 == 10) t.crash(i / 20);
      if (i % 20 == 15) t.start(i / 20);
      const int node = i % t.size();
      if (t.running(node)) tickets.push_back(t.submit(node, {"INCR", "hits", "TIMEOUT", "100"}));
      t.run_for(30ms);
    }
    t.set_network({});
    t.run_for(2s);
    int acknowledged = 0, unknown = 0;
    for (const World::Ticket& ticket : tickets) {
      const Answer* answer = t.answered(ticket);
      ASSERT_NE(answer, nullptr);
      if (answer->ok()) ++acknowledged;
      if (answer->unknown()) ++unknown;
      EXPECT_TRUE(answer->ok() || answer->unknown() || answer->is("UNAVAIL")) << *answer;
    }
    ASSERT_TRUE(t.settle());
    const int64_t count = t.count(0, "hits").number;
    EXPECT_GE(count, acknowledged) << "seed " << seed;
    EXPECT_LE(count, acknowledged + unknown) << "seed " << seed;
    unknown_in_all += unknown;
    unknown_that_counted += static_cast<int>(count) - acknowledged;
  }
  EXPECT_GT(unknown_that_counted, 0);
  EXPECT_LT(unknown_that_counted, unknown_in_all) << "some never happened";
}

// Row S1: + and - of one key, on both sides; below zero, too.
TEST_F(CounterTest, PlainIncrementsOfBothSidesAddUp) {
  t.partition({0, 3}, {1, 2, 4});
  t.let_suspect();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(t.add(i % t.size(), key, 1).ok());
  heal();
  EXPECT_EQ(t.count(0, key), 10);
  EXPECT_EQ(t.call(1, {"DECRBY", key, "13"}, {"W", "3"}), -3);
  EXPECT_EQ(t.get(4, key, {"R", "3"}), "-3");
}

TEST_F(CounterTest, ConcurrentIncrementsThroughOneNodeAllCount) {
  for (int i = 0; i < 50; ++i) t.submit(0, {"INCR", key});
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(t.count(1, key), 50);
}

// Its hints are delivered and gone; the fallback itself must remember what it has counted so far.
TEST_F(CounterTest, AFallbackThatCoordinatesNeverReusesATotal) {
  for (int round = 1; round <= 3; ++round) {
    t.partition({0, 1, 2}, {3, 4});
    t.let_suspect();
    EXPECT_TRUE(t.add(3, key, 10).ok());
    EXPECT_TRUE(t.add(3, key, 1).ok());
    heal();
    EXPECT_EQ(t.hint_count(), 0u);
    EXPECT_EQ(t.count(0, key), round * 11);
  }
}

TEST_F(CounterTest, AFallbackThatCoordinatesNeverReusesADot) {
  std::vector<std::string> written;
  for (int round = 1; round <= 3; ++round) {
    t.partition({0, 1, 2}, {3, 4});
    t.let_suspect();
    std::string value = "round " + std::to_string(round);
    EXPECT_TRUE(t.vput(3, "x{" + key + "}", value).ok());
    written.push_back(value);
    heal();
    EXPECT_EQ(t.vget(0, "x{" + key + "}").values, written);
  }
}

TEST_F(CounterTest, AFallbackThatRestartsCountsUnderItsNewLife) {
  for (int round = 1; round <= 3; ++round) {
    t.partition({0, 1, 2}, {3, 4});
    t.let_suspect();
    EXPECT_TRUE(t.add(3, key, 10).ok());
    t.crash(3);
    t.restart(3);
    t.let_suspect();
    EXPECT_TRUE(t.add(3, key, 1).ok());
    heal();
    EXPECT_EQ(t.count(0, key), round * 11);
  }
}

TEST_F(CounterTest, TotalsBeyondTheLimitAreRefused) {
  EXPECT_TRUE(t.add_as(0, key, 1, {"ann", 1}, (uint64_t{1} << 62) + 1, 0).is("ERR"));
  EXPECT_TRUE(t.call(0, {"INCRBY", key, "1000000000001"}).is("ERR"));
  EXPECT_TRUE(t.call(0, {"INCRBY", key, "99999999999999999999"}).is("ERR"));
  EXPECT_EQ(t.count(0, key), 0);
}

// A network that doubles messages must not double what a forwarded request does.
TEST_F(CounterTest, AForwardThatTheNetworkDoubledIsCarriedOutOnce) {
  t.set_network({.longest = 50ms, .doubled_percent = 100, .in_order = false});
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(t.add(3, key, 1).ok());
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(t.count(0, key), 20);
}

TEST_F(CounterTest, ALateSecondCopyOfAForwardedSetDoesNotSupersedeWhatCameAfterIt) {
  std::string plain = "p{" + key + "}";
  t.set_network({.longest = 200ms, .doubled_percent = 100, .in_order = false});
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(t.set(3, plain, "old", {"TIMEOUT", "5000"}).ok());
    ASSERT_TRUE(t.set(0, plain, "new", {"TIMEOUT", "5000"}).ok());
    t.run_for(1s);
    ASSERT_EQ(t.vget(1, plain, {"TIMEOUT", "5000"}).values, std::vector<std::string>{"new"});
  }
}

}  // namespace
}  // namespace node::sim
