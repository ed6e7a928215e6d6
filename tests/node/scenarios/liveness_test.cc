// Who counts as reachable: each node's own opinion, of the peers that say that they hear it (Dynamo §4.8.3).
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

struct LivenessTest : testing::Test {
  Cluster t;

  int peers_up(int node) {
    int count = 0;
    for (int peer = 0; peer < t.size(); ++peer) count += peer != node && t.up(node, peer) ? 1 : 0;
    return count;
  }
};

TEST_F(LivenessTest, WithoutFaultsEverybodyIsUpForEver) {
  for (int i = 0; i < 30; ++i) {
    t.run_for(97ms);
    for (int node = 0; node < t.size(); ++node) ASSERT_EQ(peers_up(node), 4);
  }
}

TEST_F(LivenessTest, ACrashedNodeIsDownSoonAndUpSoonAfterItsRestart) {
  t.crash(2);
  EXPECT_TRUE(t.await([&] { return !t.up(0, 2) && !t.up(4, 2); }, 700ms));
  EXPECT_EQ(peers_up(0), 3);
  t.start(2);
  EXPECT_TRUE(t.await([&] { return t.up(0, 2) && t.up(4, 2); }, 300ms));
}

TEST_F(LivenessTest, AOneWayCutMakesBothEndsSilentToEachOtherAndToNobodyElse) {
  t.cut(0, 1);  // n2 does not hear n1; n1 hears n2 saying so
  t.let_suspect();
  EXPECT_FALSE(t.up(1, 0));
  EXPECT_FALSE(t.up(0, 1));
  EXPECT_EQ(peers_up(0), 3);
  EXPECT_EQ(peers_up(1), 3);
  EXPECT_EQ(peers_up(2), 4);
  t.heal();
  EXPECT_TRUE(t.await([&] { return t.up(0, 1) && t.up(1, 0); }, 300ms));
}

TEST_F(LivenessTest, AWriteGoesAroundAOneWayCut) {
  std::string key = t.key_with_homes({0, 1, 2});
  t.cut(0, 1);
  t.cut(0, 2);
  t.let_suspect();
  EXPECT_EQ(t.set(0, key, "v"), "OK");
  t.heal();
  EXPECT_TRUE(t.settle());
}

TEST_F(LivenessTest, ANodeThatWasPausedDoesNotSuspectTheOthersForItsOwnSilence) {
  t.pause(0);
  t.isolate(0);  // so that no heartbeat waits in its sockets, to be read before it judges
  t.run_for(10s);
  t.heal();
  t.resume(0);
  EXPECT_EQ(peers_up(0), 4);
  for (int i = 0; i < 20; ++i) {
    t.run_for(50ms);
    ASSERT_EQ(peers_up(0), 4) << i;
  }
}

TEST_F(LivenessTest, APausedNodeIsDownForTheOthersWhileItLasts) {
  t.pause(0);
  t.let_suspect();
  EXPECT_FALSE(t.up(1, 0));
  t.resume(0);
  EXPECT_TRUE(t.await([&] { return t.up(1, 0) && t.up(4, 0); }, 300ms));
}

TEST_F(LivenessTest, AShortPauseIsNotNoticed) {
  for (int round = 0; round < 10; ++round) {
    t.pause(0);
    t.run_for(300ms);
    t.resume(0);
    t.run_for(50ms);
    ASSERT_TRUE(t.up(1, 0));
    ASSERT_EQ(peers_up(0), 4);
    t.run_for(200ms);
  }
}

// A peer that was down before the pause is not up because of it.
TEST_F(LivenessTest, APauseDoesNotMakeTheDeadLookAlive) {
  t.crash(3);
  t.let_suspect();
  t.pause(0);
  t.run_for(10s);
  t.resume(0);
  EXPECT_FALSE(t.up(0, 3));
  EXPECT_EQ(peers_up(0), 3);
}

TEST_F(LivenessTest, ARequestThatWaitedInAPausedNodeIsAnsweredAfterIt) {
  t.pause(0);
  World::Ticket write = t.submit(0, {"SET", "k", "v"});
  t.run_for(5s);
  EXPECT_EQ(t.answered(write), nullptr);
  t.resume(0);
  ASSERT_TRUE(t.await([&] { return t.answered(write) != nullptr; }, 2s));
  EXPECT_EQ(*t.answered(write), "OK");
}

}  // namespace
}  // namespace node::sim
