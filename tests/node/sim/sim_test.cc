// The simulator's own promises: a scenario is worth no more than the world that it plays in.
#include "tests/node/sim/cluster.h"
#include "tests/node/sim/random.h"

namespace node::sim {
namespace {

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
  disk.crash(false);
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
    disk.crash(survives);
    EXPECT_EQ(keys_on(disk), survives ? "ab" : "");
  }
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

TEST(SimNetwork, KeepsTheOrderOfALinkUnlessToldOtherwise) {
  for (bool in_order : {true, false}) {
    Network network(1, {.longest = 100ms, .in_order = in_order});
    Instant last{0};
    bool overtaken = false;
    for (int i = 0; i < 100; ++i) {
      std::vector<Instant> arrivals = network.send(Instant(i), 0, 1);
      ASSERT_EQ(arrivals.size(), 1u);
      overtaken |= arrivals[0] < last;
      last = arrivals[0];
    }
    EXPECT_NE(overtaken, in_order);
  }
}

TEST(SimNetwork, LosesDoublesAndCutsAsTold) {
  Network network(1, {.lost_percent = 30, .doubled_percent = 30});
  size_t copies[3] = {};
  for (int i = 0; i < 1000; ++i) ++copies[network.send(0ns, 0, 1).size()];
  EXPECT_NEAR(static_cast<double>(copies[0]), 300, 60);
  EXPECT_NEAR(static_cast<double>(copies[2]), 210, 60);
  network.cut(0, 1);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(network.send(0ns, 0, 1).empty());
  EXPECT_TRUE(network.is_cut(0, 1));
  EXPECT_FALSE(network.is_cut(1, 0)) << "cuts are directed";
}

// What is on one link changes nothing on another: a smaller scenario keeps the rest of its course.
TEST(SimNetwork, DrawsForEachLinkByItself) {
  Network busy(1, {.longest = 100ms, .lost_percent = 20});
  Network quiet(1, {.longest = 100ms, .lost_percent = 20});
  for (int i = 0; i < 50; ++i) {
    busy.send(0ns, 2, 3);
    EXPECT_EQ(busy.send(Instant(i), 0, 1), quiet.send(Instant(i), 0, 1));
  }
}

TEST(SimWorld, ACrashLosesMessagesUnderWayFromAndToTheNode) {
  for (int crashed : {0, 1}) {
    Cluster t({.hints = false, .anti_entropy = false});
    std::string key = t.key_with_homes({0, 1, 2});
    bool handed_out = false;
    t.watch([&](int from, int to, const Words& words) { handed_out |= from == 0 && to == 1 && words[0] == "WRITE"; });
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
