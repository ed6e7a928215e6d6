// What is left of a deleted key is forgotten when all homes hold the same and nobody keeps a hint, and not before
// (PROMISES: durability; the recipes for losing data are Riak's kv679 and its doomstones).
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

struct TombstoneTest : testing::Test {
  Cluster t{{.max_hint_age = 2s, .reap_after = 5s}};
  std::string key = t.key_with_homes({0, 1, 2});

  size_t holders() {
    size_t count = 0;
    for (int node = 0; node < t.size(); ++node) {
      if (t.running(node) && !t.held(node, key).context.empty()) ++count;
    }
    return count;
  }
  static constexpr Duration kAfterwards = 20s;  // age, a look at all slots, a round
};

TEST_F(TombstoneTest, OfADeletedValueIsForgottenByAllHomesAndStaysForgotten) {
  t.set(0, key, "v");
  t.run_for(kAfterwards);
  EXPECT_EQ(holders(), 3u) << "it is alive";
  EXPECT_EQ(t.del(1, key), 1);
  t.run_for(4s);
  EXPECT_EQ(holders(), 3u) << "too young";
  t.run_for(kAfterwards);
  EXPECT_EQ(holders(), 0u);
  EXPECT_EQ(t.stat(0, "records"), 0u);
  t.run_for(kAfterwards);
  EXPECT_EQ(holders(), 0u);
  t.crash_all();
  t.restart_all();
  EXPECT_EQ(holders(), 0u) << "also on disk";
}

TEST_F(TombstoneTest, OfEmptiedCartsAndSetsIsForgottenToo) {
  t.cart_add(0, key, "milk", 1, {"ann", 1});
  t.cart_remove(1, key, "milk");
  t.run_for(kAfterwards);
  EXPECT_EQ(holders(), 0u);
  t.call(0, {"SADD", key, "member"});
  t.run_for(kAfterwards);
  EXPECT_EQ(holders(), 3u) << "a set's member looks much like nothing";
  t.call(0, {"SREM", key, "member"});
  t.run_for(kAfterwards);
  EXPECT_EQ(holders(), 0u);
}

TEST_F(TombstoneTest, OfCountersAndOfModeLinIsKept) {
  t.add(0, key, 1);
  t.add(0, key, -1);
  const std::string lin = "lin{" + key + "}";
  t.set(0, lin, "v", {"MODE", "lin"});
  t.del(0, lin, {"MODE", "lin"});
  t.run_for(kAfterwards);
  EXPECT_EQ(t.stat(0, "records"), 2u);
}

TEST_F(TombstoneTest, IsKeptWhileAMemberIsDownThoughItBeNoHome) {
  t.set(0, key, "v");
  t.del(0, key);
  t.crash(4);
  t.run_for(kAfterwards);
  EXPECT_EQ(holders(), 3u) << "n5 may keep a hint";
  t.restart(4);
  t.run_for(kAfterwards);
  EXPECT_EQ(holders(), 0u);
}

TEST_F(TombstoneTest, IsKeptWhileAnybodyKeepsAHintForTheKey) {
  t.isolate(0);
  t.let_suspect();
  t.set(1, key, "v", {"W", "3"});
  int keeper = -1;
  for (int node : {3, 4}) {
    if (!t.hints(node).empty()) keeper = node;
  }
  ASSERT_GE(keeper, 3);
  t.heal();
  t.hold_disk(0);  // so that it takes no hint
  t.let_meet();
  t.del(1, key);
  t.run_for(kAfterwards);
  EXPECT_EQ(t.hints(keeper).size(), 1u);
  EXPECT_GT(holders(), 0u);
  t.release_disk(0);
  t.run_for(2 * kAfterwards);
  EXPECT_EQ(holders(), 0u);
  EXPECT_TRUE(t.get(2, key, {"R", "3"}).null()) << "the hint came, and brought nothing back";
}

// kv679: the key is created anew, and its first update must not be taken for one that is long superseded.
TEST_F(TombstoneTest, AKeyCreatedAnewIsNotHiddenByATombstoneThatOneHomeStillHolds) {
  for (int i = 0; i < 5; ++i) t.set(0, key, std::to_string(i));
  t.del(0, key);
  ASSERT_TRUE(t.settle());
  t.watch([&](int, int to, const Packet& packet) {
    if (kind_of(packet) == "REAP" && to == 1) t.cut(0, 1);  // n2 does not hear that it may forget
  });
  ASSERT_TRUE(t.await([&] { return t.held(0, key).context.empty(); }, kAfterwards));
  t.watch(nullptr);
  ASSERT_FALSE(t.held(1, key).context.empty());
  EXPECT_EQ(t.set(0, key, "anew"), "OK");
  t.heal();
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(t.get(1, key, {"R", "3"}), "anew");
  EXPECT_EQ(t.held(1, key).siblings, 1u);
}

TEST_F(TombstoneTest, AWriteThatComesBetweenAgreementAndErasureIsKept) {
  t.set(0, key, "v");
  t.del(0, key);
  bool wrote = false;
  t.watch([&](int, int, const Packet& packet) {
    if (kind_of(packet) == "REAP.AGREE" && !wrote) {
      wrote = true;
      t.submit(1, {"SET", key, "late"});
    }
  });
  ASSERT_TRUE(t.await([&] { return wrote; }, kAfterwards));
  t.watch(nullptr);
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(t.get(2, key, {"R", "3"}), "late");
}

}  // namespace
}  // namespace node::sim
