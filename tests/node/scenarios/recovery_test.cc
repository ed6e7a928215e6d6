// A node that has lost its disk, or replaces one, answers no strict read before it has pulled its slots from N-W+1
// homes that have theirs (row D5: W-1 lost disks lose nothing, and hide nothing).
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

// Nothing but the recovery brings data back.
struct RecoveryTest : testing::Test {
  Cluster t{{.hints = false, .anti_entropy = false}};
  std::string key = t.key_with_homes({0, 1, 2});

  // Down, wiped, up again.
  void lose_disk(int node) {
    t.crash(node);
    t.lose_disk(node);
    t.start(node);
  }
  // n2 and n3 have it, n1 does not.
  void write_to_two_of_three(const std::string& value) {
    t.cut(1, 0);
    t.cut(2, 0);
    t.let_suspect();
    ASSERT_EQ(t.set(1, key, value, kStrict), "OK");
    t.heal();
    t.let_suspect();
    ASSERT_EQ(t.held(0, key).versions, "");
  }
};

TEST_F(RecoveryTest, TheReadOfANodeThatLostItsDiskWouldHaveMissedAnAcknowledgedWrite) {
  write_to_two_of_three("v");
  lose_disk(1);
  t.let_meet();
  t.isolate(2);  // the last one that knows
  EXPECT_TRUE(t.get(1, key, kStrict).error()) << "n1 never had it, n2 has lost it";
  EXPECT_TRUE(t.get(0, key, kStrict).error());
  EXPECT_TRUE(t.get(0, key, {"MODE", "sloppy"}).ok()) << "sloppy reads promise nothing";
  t.run_for(10s);
  EXPECT_FALSE(t.whole(1)) << "n1 alone is fewer than N-W+1 = 2";
  t.heal();
  EXPECT_TRUE(t.await([&] { return t.whole(1); }, 2s));
  EXPECT_EQ(t.get(0, key, kStrict), "v");
  t.isolate(2);
  EXPECT_EQ(t.get(0, key, kStrict), "v");
}

TEST_F(RecoveryTest, ItBeginsOneRequestDeadlineAfterTheStart) {
  write_to_two_of_three("v");
  lose_disk(1);
  t.run_for(950ms);
  EXPECT_EQ(t.traffic().count("SYNC.PULL") > 0 && !t.held(1, key).versions.empty(), false);
  EXPECT_FALSE(t.whole(1));
  EXPECT_TRUE(t.await([&] { return t.whole(1); }, 500ms));
  EXPECT_EQ(t.held(1, key), t.held(2, key));
}

TEST_F(RecoveryTest, TwoThatLostTheirDisksDoNotFillEachOther) {
  write_to_two_of_three("v");
  t.crash(0);
  t.lose_disk(0);
  t.isolate(2);
  lose_disk(1);
  t.start(0);
  t.run_for(10s);
  EXPECT_FALSE(t.whole(0) || t.whole(1)) << "n3 may know more";
  EXPECT_TRUE(t.get(0, key, kStrict).error());
  t.heal();
  EXPECT_TRUE(t.await([&] { return t.whole(); }, 3s));
  EXPECT_EQ(t.get(0, key, kStrict), "v");
}

TEST_F(RecoveryTest, WhenAllHaveLostTheirDisksTheyBeginAnew) {
  t.set(0, key, "v", kStrict);
  t.crash_all();
  for (int node = 0; node < t.size(); ++node) t.lose_disk(node);
  t.restart_all();
  t.become_whole();
  EXPECT_TRUE(t.get(0, key, kStrict).null());
  EXPECT_EQ(t.set(0, key, "w", kStrict), "OK");
}

TEST_F(RecoveryTest, ANodeThatKeptItsDiskIsWholeAtOnce) {
  t.crash(1);
  t.start(1);
  EXPECT_TRUE(t.whole(1));
}

TEST_F(RecoveryTest, ACrashHalfWayMeansToBeginAgain) {
  for (int i = 0; i < 2'000; ++i) t.submit(i % t.size(), {"SET", "k" + std::to_string(i), std::string(2000, 'x')});
  t.run_for(2s);
  const size_t before = t.records(1).size();
  lose_disk(1);
  EXPECT_TRUE(t.await([&] { return t.stat(1, "records") > before / 4; }, 3s));
  ASSERT_FALSE(t.whole(1));
  t.crash(1);
  t.start(1);
  EXPECT_FALSE(t.whole(1)) << "its disk holds something, and not all";
  EXPECT_TRUE(t.await([&] { return t.whole(1); }, 5s));
  EXPECT_EQ(t.records(1).size(), before);
}

TEST_F(RecoveryTest, ItWorksOverANetworkThatLosesDoublesAndReorders) {
  t.set_network({.longest = 100ms, .lost_percent = 20, .doubled_percent = 20, .in_order = false});
  for (int i = 0; i < 300; ++i) t.submit(i % t.size(), {"INCR", "k" + std::to_string(i)});
  t.run_for(3s);
  const size_t before = t.records(1).size();
  lose_disk(1);
  EXPECT_TRUE(t.await([&] { return t.whole(1); }, 30s));
  EXPECT_GE(t.records(1).size(), before);
}

TEST_F(RecoveryTest, InModeLinARetryDoesNotBecomeAnotherWriteBecauseItsCoordinatorForgot) {
  const Words first = {"MODE", "lin", "ID", "ann", "1"};
  Cluster::Told told = t.call_with_meta(0, {"SET", key, "a"}, first);
  ASSERT_EQ(told.answer, "OK");
  const int home = std::stoi(told.meta["coordinator"].substr(1)) - 1;
  ASSERT_EQ(t.set(3, key, "b", {"MODE", "lin"}), "OK");
  lose_disk(home);
  t.let_meet();
  EXPECT_TRUE(t.set(3, key, "a", first).is("UNAVAIL"));
  t.become_whole();
  EXPECT_EQ(t.set(3, key, "a", first), "OK") << "it has happened, long ago";
  EXPECT_EQ(t.get(4, key, {"MODE", "lin"}), "b");
}

TEST_F(RecoveryTest, OneNodeAloneHasNobodyToAskAndIsWholeAtOnce) {
  Cluster alone({.nodes = 1, .replicas = 1, .read_quorum = 1, .write_quorum = 1});
  EXPECT_TRUE(alone.whole(0));
  EXPECT_EQ(alone.set(0, "k", "v", kStrict), "OK");
  EXPECT_EQ(alone.get(0, "k", kStrict), "v");
}

}  // namespace
}  // namespace node::sim
