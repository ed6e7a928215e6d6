// Who counts as reachable: each node's own opinion, of the peers that say that they hear it (Dynamo §4.8.3).
#include "tests/node/sim/cluster.h"
#include "tests/node/sim/link_news.h"

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

// ---- A broken connection is a hint, and no more

// How long until n1 takes n3 for down after this.
Duration until_missed(Cluster& t) {
  const Instant began = t.now();
  EXPECT_TRUE(t.await([&] { return !t.up(0, 2); }, 3s));
  return t.now() - began;
}

TEST_F(LivenessTest, ADeadNodeIsMissedSoonerThanAPausedOneAndNeitherAtOnce) {
  Cluster other;
  const LinkNews news(t);
  t.crash(2);
  other.pause(2);
  ASSERT_TRUE(t.await([&] { return news.count() == 4; }, 50ms));
  EXPECT_EQ(peers_up(0), 4);
  const Duration dead = until_missed(t), paused = until_missed(other);
  EXPECT_GT(dead, 100ms);
  EXPECT_LT(dead, 260ms);
  EXPECT_GT(paused, 350ms);
}

TEST_F(LivenessTest, ANodeThatIsBackBeforeItIsMissedStaysUp) {
  for (int round = 0; round < 10; ++round) {
    t.crash(2);
    t.start(2);
    for (int i = 0; i < 30; ++i) {
      t.run_for(10ms);
      ASSERT_TRUE(t.up(0, 2)) << round;
    }
  }
  EXPECT_TRUE(t.await([&] { return t.up(2, 0) && t.up(0, 2); }, 300ms));
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

// ---- Rows F3 and P1, over many seeds, in virtual time

// How long until `node` is down (or up) for all others that run.
Duration until_all_agree(Cluster& t, int node, bool up) {
  const Instant began = t.now();
  const auto agree = [&] {
    for (int other = 0; other < t.size(); ++other) {
      if (other != node && t.up(other, node) != up) return false;
    }
    return true;
  };
  while (!agree() && t.now() - began < 30s) t.run_for(100ms);  // RING is dear
  return t.now() - began;
}

uint64_t suspicions(Cluster& t) {
  uint64_t count = 0;
  for (int node = 0; node < t.size(); ++node) count += t.running(node) ? t.stat(node, "suspicions") : 0;
  return count;
}

// Row F3: suspected, and up again, within 3 s.
TEST(Suspicion, ACrashAPauseAndACutAreNoticedByAllWithinThreeSecondsAndForgottenWithinThreeInFiftyTrials) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Cluster t({.seed = seed});
    const int node = static_cast<int>(seed % 5);
    switch (seed % 3) {
      case 0:
        t.crash(node);
        break;
      case 1:
        t.pause(node);
        break;
      default:
        t.isolate(node);
    }
    EXPECT_LT(until_all_agree(t, node, false), 3s) << "seed " << seed;
    t.run_for(std::chrono::milliseconds(seed * 37));
    if (!t.running(node)) t.start(node);
    if (t.paused(node)) t.resume(node);
    t.heal();
    EXPECT_LT(until_all_agree(t, node, true), 3s) << "seed " << seed;
    EXPECT_TRUE(t.settle()) << "seed " << seed;
  }
}

// Row F3: no false suspicion.
TEST(Suspicion, InTenIdleMinutesNobodyIsSuspectedWrongly) {
  Cluster t({.anti_entropy = false});
  t.run_for(std::chrono::minutes(10));
  EXPECT_EQ(suspicions(t), 0u);
}

// Row F3: nor under 200 ms of added delay.
TEST(Suspicion, TwoHundredMillisecondsOfAddedDelayMakeNobodySuspect) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    Cluster t({.seed = seed});
    const uint64_t before = suspicions(t);
    t.set_network({.shortest = 200ms, .longest = 210ms});
    t.run_for(10s);
    EXPECT_EQ(suspicions(t), before) << "seed " << seed;
    t.crash(1);
    t.run_for(3s);
    EXPECT_EQ(suspicions(t), before + 4) << "and it counts";
  }
}

// Row P1: an asymmetric partition evicts nobody.
// A cannot hear B, and B hears A; all others hear both. B stays a member, keeps its keys, and for A it is not dead but
// out of reach: others vouch for it.
TEST(Suspicion, AOneWayCutEvictsNobodyAndOthersVouchForThePeer) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster t({.seed = seed});
    const std::string key = t.key_with_homes({0, 1, 2});
    t.set(0, key, "v", {"W", "3"});
    t.cut(1, 0);
    t.let_suspect();
    EXPECT_EQ(t.opinion(0, 1), "cut");
    EXPECT_EQ(t.opinion(2, 1), "up");
    EXPECT_EQ(t.homes(key), (Nodes{0, 1, 2}));
    EXPECT_EQ(t.get(0, key), "v");
    EXPECT_EQ(t.set(0, key, "w"), "OK");
    t.crash(1);
    t.let_suspect();
    EXPECT_EQ(t.opinion(0, 1), "down") << "nobody hears it any more";
  }
}

// ---- Row F2: large clusters, in which nodes take turns

// Bytes a second that a node without clients says.
uint64_t idle_bytes(int nodes) {
  Cluster idle({.nodes = nodes});
  EXPECT_TRUE(idle.settle());
  const uint64_t before = idle.bytes_sent();
  idle.run_for(20s);
  return (idle.bytes_sent() - before) / 20 / static_cast<uint64_t>(nodes);
}

TEST(LargeCluster, MakesAnIdleNodeSayNoMore) {
  const uint64_t of_twenty = idle_bytes(20), of_forty = idle_bytes(40), of_eighty = idle_bytes(80);
  RecordProperty("bytes_of_20", std::to_string(of_twenty));
  RecordProperty("bytes_of_40", std::to_string(of_forty));
  RecordProperty("bytes_of_80", std::to_string(of_eighty));
  // A heartbeat has one bit for each member.
  EXPECT_LT(of_forty, of_twenty * 105 / 100);
  EXPECT_LT(of_eighty, of_twenty * 115 / 100);
  EXPECT_LT(of_eighty, 6'500u);
}

TEST(LargeCluster, NoticesACrashAPauseAndACutWithinThreeSecondsAndForgetsThemWithinThree) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    Cluster t({.nodes = 40, .seed = seed});
    const uint64_t before = suspicions(t);
    t.run_for(2s);
    EXPECT_EQ(suspicions(t), before);
    const int node = static_cast<int>(seed * 7 % 40);
    if (seed % 3 == 0) t.crash(node);
    if (seed % 3 == 1) t.pause(node);
    if (seed % 3 == 2) t.isolate(node);
    EXPECT_LT(until_all_agree(t, node, false), 3s) << "seed " << seed;
    if (!t.running(node)) t.start(node);
    if (t.paused(node)) t.resume(node);
    t.heal();
    EXPECT_LT(until_all_agree(t, node, true), 3s) << "seed " << seed;
  }
}

TEST(LargeCluster, SuspectsNobodyForOneLostHeartbeatInFifty) {
  Cluster t({.nodes = 40, .anti_entropy = false});
  const uint64_t before = suspicions(t);
  t.set_network({.lost_percent = 2});
  t.run_for(20s);
  EXPECT_EQ(suspicions(t), before);
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
