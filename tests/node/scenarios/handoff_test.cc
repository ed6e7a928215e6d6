// Hinted handoff: what a fallback keeps for an absent home, until that home has it on disk (Dynamo §4.6).
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

struct HandoffTest : testing::Test {
  Cluster t{{.anti_entropy = false}};  // so that nothing else brings the home up to date
  std::string key = t.key_with_homes({0, 1, 2});

  void lose_touch_with(int node) {
    t.isolate(node);
    t.let_suspect();
  }
  // The one node that keeps a hint; -1 if there is none, or more than one.
  int keeper() {
    int found = -1;
    for (int node = 0; node < t.size(); ++node) {
      if (!t.running(node) || t.hints(node).empty()) continue;
      if (found >= 0) return -1;
      found = node;
    }
    return found;
  }
};

// Row C3: hints alone, with neither reads nor anti-entropy.
TEST_F(HandoffTest, AFallbackKeepsTheWriteDeliversItAndForgetsIt) {
  lose_touch_with(0);
  EXPECT_EQ(t.set(1, key, "v"), "OK");
  t.run_for(50ms);
  int fallback = keeper();
  ASSERT_TRUE(fallback == 3 || fallback == 4) << fallback;
  EXPECT_EQ(t.hints(fallback)[0].home, "n1");
  EXPECT_EQ(t.held(0, key).versions, "");
  t.heal();
  EXPECT_TRUE(t.await([&] { return t.hint_count() == 0; }, 2s));
  EXPECT_EQ(t.held(0, key), t.held(1, key));
  EXPECT_EQ(t.stat(fallback, "hints_delivered"), 1u);
}

TEST_F(HandoffTest, AHintIsKeptAsLongAsItsHomeHasNotStoredIt) {
  lose_touch_with(0);
  t.set(1, key, "v");
  t.run_for(50ms);
  t.heal();
  t.hold_disk(0);  // it hears the delivery, and cannot store it
  t.run_for(5s);
  EXPECT_EQ(t.hint_count(), 1u);
  EXPECT_EQ(t.held(0, key).versions, "");
  t.release_disk(0);
  EXPECT_TRUE(t.await([&] { return t.hint_count() == 0; }, 2s));
  EXPECT_EQ(t.held(0, key), t.held(1, key));
}

TEST_F(HandoffTest, HintsSurviveARestartOfTheirKeeper) {
  lose_touch_with(0);
  t.set(1, key, "v", {"W", "3"});
  int fallback = keeper();
  ASSERT_GE(fallback, 3);
  t.crash(fallback);
  t.restart(fallback);
  EXPECT_EQ(t.hints(fallback).size(), 1u);
  t.heal();
  EXPECT_TRUE(t.await([&] { return t.hint_count() == 0; }, 5s));
  EXPECT_EQ(t.held(0, key), t.held(1, key));
}

// Row H1: any home, the first one included; not only when fewer than W answered.
TEST_F(HandoffTest, AHomeThatIsUpButDoesNotAnswerGetsAHintToo) {
  t.isolate(0);  // unnoticed
  EXPECT_EQ(t.set(1, key, "v"), "OK");
  t.run_for(200ms);
  EXPECT_EQ(t.hint_count(), 1u);
  t.heal();
  EXPECT_TRUE(t.settle());
}

TEST_F(HandoffTest, AFallbackThatDiesBeforeItStoredTheHintIsReplaced) {
  lose_touch_with(0);
  Nodes walk = t.walk(key);
  t.isolate(walk[3]);  // the first fallback; unnoticed
  EXPECT_EQ(t.set(1, key, "v", {"W", "3"}), "OK");
  EXPECT_EQ(t.hints(walk[4]).size(), 1u);
}

TEST_F(HandoffTest, WithNoFallbackLeftTheCoordinatorKeepsTheHintItself) {
  Cluster three({.nodes = 3, .anti_entropy = false});
  three.isolate(0);
  three.let_suspect();
  EXPECT_EQ(three.set(1, "k", "v"), "OK");
  EXPECT_TRUE(three.await([&] { return three.hint_count() == 1; }, 1s));
  three.heal();
  EXPECT_TRUE(three.settle());
  EXPECT_EQ(three.get(0, "k", {"R", "1"}), "v");
}

TEST_F(HandoffTest, ACopyAndAHintOnOneNodeCountOnce) {
  Cluster three({.nodes = 3, .anti_entropy = false});
  three.isolate(0);  // unnoticed, so that W=3 does not seem out of reach
  EXPECT_TRUE(three.set(1, "k", "v", {"W", "3"}).is("TIMEOUT"));
  EXPECT_EQ(three.hint_count(), 1u);
}

TEST_F(HandoffTest, SeveralWritesToOneKeyAreOneHint) {
  lose_touch_with(0);
  for (int i = 0; i < 10; ++i) t.set(1, key, std::to_string(i), {"W", "3"});
  EXPECT_EQ(t.hint_count(), 1u);
  t.heal();
  EXPECT_TRUE(t.settle());
  EXPECT_EQ(t.get(0, key, {"R", "1"}), "9");
}

// The delivery of the hint is under way while the hint grows: what was added must not go with it.
TEST_F(HandoffTest, AHintThatGrewDuringItsDeliveryIsDeliveredAgain) {
  lose_touch_with(0);
  t.vput(1, key, "first", "", {"W", "3"});
  int fallback = keeper();
  t.heal();
  // The home has heard the delivery, but its disk is slow. The next write does not reach it directly.
  t.hold_disk(0);
  ASSERT_TRUE(t.await([&] { return t.stat(fallback, "hints_under_way") == 1; }, 2s));
  t.run_for(10ms);
  t.cut(1, 0);
  t.cut(2, 0);
  EXPECT_TRUE(t.vput(1, key, "second", "", {"W", "3"}).ok());
  ASSERT_EQ(keeper(), fallback);
  t.release_disk(0);  // the acknowledgement of the first delivery arrives
  t.heal();
  EXPECT_TRUE(t.settle());
  EXPECT_EQ(t.held(0, key), t.held(1, key));
  EXPECT_EQ(t.held(0, key).siblings, 2u);
}

TEST_F(HandoffTest, ForAHomeThatHasBeenAwayForTooLongNoFurtherHintsAreKeptAndThoseThatCountedStay) {
  Cluster few({.anti_entropy = false, .max_hint_age = 3s});
  few.isolate(0);
  few.let_suspect();
  EXPECT_EQ(few.set(1, key, "v", {"W", "3"}), "OK") << "a hint counts";
  few.run_for(3s);
  EXPECT_TRUE(few.set(1, key, "w", {"W", "3"}).is("TIMEOUT")) << "and is not counted when it is refused";
  EXPECT_EQ(few.hint_count(), 1u);
  few.heal();
  EXPECT_TRUE(few.await([&] { return few.hint_count() == 0; }, 2s));
  EXPECT_NE(few.held(0, key).versions, "");
}

TEST_F(HandoffTest, MoreHintsThanOneBatchAllArrive) {
  lose_touch_with(0);
  for (int i = 0; i < 600; ++i) t.submit(1 + i % 4, {"SET", "many" + std::to_string(i), "v"});
  ASSERT_TRUE(t.await([&] { return t.stat(1, "open_requests") + t.stat(2, "open_requests") == 0; }, 10s));
  EXPECT_GT(t.hint_count(), 256u);
  t.heal();
  EXPECT_TRUE(t.settle());
}

TEST_F(HandoffTest, AReadThatMeetsAFallbackSeesItsHints) {
  t.partition({0, 1, 2}, {3, 4});
  t.let_suspect();
  EXPECT_EQ(t.set(3, key, "v"), "OK");
  EXPECT_EQ(t.get(4, key), "v");
  EXPECT_TRUE(t.get(4, key, {"MODE", "strict"}).is("UNAVAIL"));
}

TEST_F(HandoffTest, MessagesThatAreDoubledAndOutOfOrderDoNotHurtHandoff) {
  Cluster rough({.anti_entropy = false,
                 .network = {.longest = 50ms, .lost_percent = 5, .doubled_percent = 50, .in_order = false}});
  std::string one = rough.key_with_homes({0, 1, 2});
  for (int round = 0; round < 5; ++round) {
    rough.isolate(round % 3);
    rough.let_suspect();
    rough.set((round + 1) % 3, one, std::to_string(round));
    rough.heal();
    ASSERT_TRUE(rough.settle(60s));
  }
  EXPECT_EQ(rough.get(3, one), "4");
}

}  // namespace
}  // namespace node::sim
