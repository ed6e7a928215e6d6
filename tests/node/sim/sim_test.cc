// The simulator's own promises: a scenario is worth no more than the world that it plays in.
#include "node/wire/message.h"
#include "tests/node/sim/cluster.h"
#include "tests/node/sim/link_news.h"

namespace node::sim {
namespace {

using harness::sim::Clock;
using harness::sim::Disk;
using harness::sim::Network;

Persist write(uint64_t number, const std::string& key, std::optional<std::string> value) {
  return {number, Table::kRecords, key, std::move(value)};
}

std::string keys_on(const Disk& disk) {
  std::string keys;
  for (const StoredItem& item : disk.image()) keys += item.key;
  return keys;
}

TEST(SimDisk, KeepsWhatWasSyncedAndForgetsWhatWaited) {
  Disk disk;
  disk.write(write(1, "a", "1"));
  ASSERT_TRUE(disk.begin_sync());
  disk.write(write(2, "b", "2"));
  EXPECT_FALSE(disk.begin_sync()) << "one batch at a time";
  EXPECT_EQ(disk.first_pending(), 1u);
  EXPECT_EQ(disk.finish_sync(), 1u);
  disk.crash(0);
  EXPECT_EQ(keys_on(disk), "a");
  EXPECT_EQ(disk.first_pending(), 0u);
}

TEST(SimDisk, ABatchUnderWaySurvivesACrashAsAWholeOrNotAtAll) {
  for (bool survives : {false, true}) {
    Disk disk;
    disk.write(write(1, "a", "1"));
    disk.write(write(2, "b", "2"));
    ASSERT_TRUE(disk.begin_sync());
    disk.write(write(3, "c", "3"));
    disk.crash(survives ? Disk::kAll : 0);
    EXPECT_EQ(keys_on(disk), survives ? "ab" : "");
  }
}

TEST(SimDisk, ATornBatchSurvivesAsItsBeginning) {
  Disk disk;
  for (uint64_t number = 1; number <= 3; ++number) disk.write(write(number, std::string(1, "abc"[number - 1]), "1"));
  ASSERT_TRUE(disk.begin_sync());
  EXPECT_EQ(disk.batch(), 3u);
  disk.crash(2);
  EXPECT_EQ(keys_on(disk), "ab");
}

TEST(SimDisk, ErasesAndHolds) {
  Disk disk;
  disk.write(write(1, "a", "1"));
  disk.hold(true);
  EXPECT_FALSE(disk.begin_sync());
  disk.hold(false);
  ASSERT_TRUE(disk.begin_sync());
  disk.finish_sync();
  disk.write(write(2, "a", std::nullopt));
  ASSERT_TRUE(disk.begin_sync());
  disk.finish_sync();
  EXPECT_EQ(keys_on(disk), "");
}

Network two_nodes(const NetworkSetup& setup) {
  Network network(1, setup);
  network.resize(2);
  return network;
}

TEST(SimNetwork, KeepsTheOrderOfALinkUnlessToldOtherwise) {
  for (bool in_order : {true, false}) {
    Network network = two_nodes({.longest = 100ms, .in_order = in_order});
    Instant last{0};
    bool overtaken = false;
    for (uint64_t i = 0; i < 100; ++i) {
      const Network::Arrivals arrivals = network.send(Instant(i), i, 0, 1);
      ASSERT_EQ(arrivals.count, 1);
      overtaken |= arrivals.at[0] < last;
      last = arrivals.at[0];
    }
    EXPECT_NE(overtaken, in_order);
  }
}

TEST(SimNetwork, LosesDoublesCutsAndSlowsAsTold) {
  Network network = two_nodes({.longest = 2ms, .lost_percent = 30, .doubled_percent = 30});
  int copies[3] = {};
  for (uint64_t i = 0; i < 1000; ++i) ++copies[network.send(0ns, i, 0, 1).count];
  EXPECT_NEAR(copies[0], 300, 60);
  EXPECT_NEAR(copies[2], 210, 60);
  network.slow(0, 1, 1s);
  for (uint64_t i = 1000; i < 1100; ++i) {
    const Network::Arrivals arrivals = network.send(10s, i, 0, 1);
    EXPECT_TRUE(arrivals.count == 0 || arrivals.at[0] >= 11s);
  }
  network.cut(0, 1);
  for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(network.send(0ns, i, 0, 1).count, 0);
  EXPECT_TRUE(network.is_cut(0, 1));
  EXPECT_FALSE(network.is_cut(1, 0)) << "cuts are directed";
}

// What is drawn for a message is its own: a smaller scenario keeps the rest of its course.
TEST(SimNetwork, DrawsForEachMessageByItself) {
  Network busy = two_nodes({.longest = 100ms, .lost_percent = 20, .in_order = false});
  Network quiet = two_nodes({.longest = 100ms, .lost_percent = 20, .in_order = false});
  for (uint64_t i = 0; i < 50; ++i) {
    busy.send(Instant(i), 1000 + i, 0, 1);
    const Network::Arrivals among_others = busy.send(Instant(i), i, 0, 1);
    const Network::Arrivals alone = quiet.send(Instant(i), i, 0, 1);
    EXPECT_EQ(among_others.count, alone.count);
    EXPECT_EQ(among_others.at[0], alone.at[0]);
  }
}

TEST(SimClock, DriftsWithoutEverGoingBack) {
  for (int64_t ppm : {-50'000, -1, 0, 3, 200'000}) {
    Clock clock;
    clock.set_drift(5s, ppm);
    Instant last = clock.monotonic(5s);
    for (Instant now = 5s; now < 5s + 20us; ++now) {
      const Instant shown = clock.monotonic(now);
      ASSERT_GE(shown, last);
      last = shown;
      ASSERT_GE(clock.monotonic(clock.when(shown)), shown) << "an alarm rings when its time has come";
      ASSERT_LE(clock.when(shown), now + 5ns);
    }
    EXPECT_EQ(clock.monotonic(1005s), 1005s + Duration(1'000'000 * ppm));
  }
}

TEST(SimClock, AWallClockJumpsAlone) {
  Clock clock;
  clock.set_skew(-7s);
  EXPECT_EQ(clock.wall(1s), Clock::kEpoch - 6s);
  EXPECT_EQ(clock.monotonic(1s), 1s);
}

TEST(SimWorld, ACrashLosesMessagesUnderWayFromAndToTheNode) {
  for (int crashed : {0, 1}) {
    Cluster t({.hints = false, .anti_entropy = false});
    std::string key = t.key_with_homes({0, 1, 2});
    bool handed_out = false;
    t.watch([&](int from, int to, const Packet& packet) {
      handed_out |= from == 0 && to == 1 && kind_of(packet) == "WRITE";
    });
    t.submit(0, {"SET", key, "v"});
    ASSERT_TRUE(t.await([&] { return handed_out; }, 1s));
    t.crash(crashed);
    t.restart(crashed);
    t.run_for(3s);
    EXPECT_EQ(t.held(1, key).versions, "");
  }
}

TEST(SimWorld, APauseLosesNothingAndACrashBreaksConnections) {
  Cluster t;
  t.pause(0);
  World::Ticket waiting = t.submit(0, {"PING"});
  EXPECT_EQ(t.answered(waiting), nullptr);
  t.resume(0);
  EXPECT_EQ(*t.answered(waiting), "PONG");
  t.pause(1);
  World::Ticket broken = t.submit(1, {"PING"});
  t.crash(1);
  EXPECT_TRUE(t.answered(broken)->none());
  EXPECT_TRUE(t.call(1, {"PING"}).none()) << "nobody listens";
}

TEST(SimWorld, OnlyACrashBreaksLinksAndTheyAreThereAgainAfterTheStart) {
  Cluster t;
  const LinkNews news(t);
  t.run_for(1s);
  t.pause(1);
  t.isolate(2);
  t.run_for(2s);
  EXPECT_EQ(news.count(), 0u);
  t.resume(1);
  t.heal();
  t.crash(1);
  t.run_for(2ms);
  EXPECT_EQ(news.count(), 4u) << "broken";
  t.run_for(1s);
  EXPECT_EQ(news.count(), 4u);
  t.start(1);
  t.run_for(200ms);
  EXPECT_EQ(news.count(), 8u) << "there again";
}

TEST(SimWorld, WhoIsCutOffHearsNothingOfABrokenLinkAndTheOthersOfItsReturnAfterTheHeal) {
  Cluster t;
  const LinkNews news(t);
  t.cut(1, 0);
  t.crash(1);
  t.run_for(1s);
  EXPECT_EQ(news.count(), 3u) << "n1 hears nothing";
  t.cut(2, 1);
  t.start(1);
  t.run_for(5s);
  EXPECT_EQ(news.count(), 5u) << "n4 and n5";
  t.heal();
  t.run_for(1s);
  EXPECT_EQ(news.count(), 6u) << "n3; n1 had never noticed";
}

TEST(SimAnswer, TakesOneWholeReplyAndNothingElse) {
  EXPECT_TRUE(parse_answer("+OK").none());
  EXPECT_TRUE(parse_answer("+OK\r\n+OK\r\n").none());
  EXPECT_TRUE(parse_answer("$5\r\nshort\r").none());
  EXPECT_EQ(parse_answer("*2\r\n:1\r\n$-1\r\n").elements.at(1).kind, Answer::Kind::kNull);
}

TEST(SimWorld, AnotherSeedIsAnotherCourseAndTheSameIsTheSame) {
  auto hash_of = [](uint64_t seed) {
    Cluster t({.seed = seed});
    t.set(0, "k", "v");
    t.crash(2);
    t.restart(2);
    t.run_for(5s);
    return t.hash();
  };
  EXPECT_EQ(hash_of(1), hash_of(1));
  EXPECT_NE(hash_of(1), hash_of(2));
}

}  // namespace
}  // namespace node::sim
