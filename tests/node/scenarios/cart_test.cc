// Carts: the paper's own example of semantic reconciliation (Dynamo §4.4), in three ways.
#include "node/replica/operations.h"
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

using Items = std::map<std::string, int64_t>;
using Tags = std::vector<std::string>;

struct Shop {
  explicit Shop(Merge merge = Merge::kObservedRemove) : t({.merge = merge}) {}

  Cluster t;
  std::string key = t.key_with_homes({0, 1, 2});

  void split() {
    t.partition({0, 3}, {1, 2, 4});
    t.let_suspect();
  }
  void heal() {
    t.heal();
    ASSERT_TRUE(t.settle());
  }
  Answer add(int node, const std::string& item, int64_t quantity, const Id& id) {
    return t.cart_add(node, key, item, quantity, id);
  }
  Answer remove(int node, const std::string& item, const Tags& tags = {}) {
    return t.cart_remove(node, key, item, tags);
  }
  Items cart(int node = 4) { return t.cart(node, key); }
};

struct CartTest : testing::Test, Shop {};

// Rows S4 and K1: both sides of a partition are open to writers.
TEST_F(CartTest, AdditionsOnBothSidesOfAPartitionSurvive) {
  split();
  EXPECT_EQ(add(0, "milk", 2, {"ann", 1}), "ann:1");
  EXPECT_EQ(add(4, "bread", 1, {"bob", 1}), "bob:1");
  heal();
  EXPECT_EQ(cart(), (Items{{"milk", 2}, {"bread", 1}}));
}

// Row S1: clamped at 0 in a cart.
TEST_F(CartTest, QuantitiesOfOneItemAddUpAndAreNeverShownBelowZero) {
  add(0, "milk", 2, {"ann", 1});
  add(1, "milk", 3, {"bob", 1});
  EXPECT_EQ(cart()["milk"], 5);
  add(2, "milk", -7, {"ann", 2});
  EXPECT_EQ(cart()["milk"], 0);
  add(2, "milk", 3, {"ann", 3});
  EXPECT_EQ(cart()["milk"], 1) << "clamped when shown only, not in the state";
}

TEST_F(CartTest, AnUnidentifiedAdditionGetsATagFromItsNodeAndCountsOnceAnAttempt) {
  Answer first = t.call(0, {"CART.ADD", key, "milk", "1"});
  Answer second = t.call(0, {"CART.ADD", key, "milk", "1"});
  EXPECT_EQ(first.kind, Answer::Kind::kBulk);
  EXPECT_NE(first.text, second.text);
  EXPECT_EQ(cart()["milk"], 2);
  EXPECT_EQ(remove(1, "milk", {first.text}).texts(), Tags{first.text});
  EXPECT_EQ(cart()["milk"], 1);
}

TEST_F(CartTest, ARetryThroughAnyNodeIsTheSameAddition) {
  for (int node = 0; node < t.size(); ++node) EXPECT_EQ(add(node, "milk", 2, {"ann", 1}), "ann:1");
  split();
  for (int node = 0; node < t.size(); ++node) add(node, "milk", 2, {"ann", 1});
  heal();
  EXPECT_EQ(cart(), (Items{{"milk", 2}}));
}

TEST_F(CartTest, ARemovalWithoutTagsRemovesWhatRReplicasHoldAndNamesIt) {
  add(0, "milk", 2, {"ann", 1});
  add(1, "milk", 1, {"bob", 1});
  add(2, "bread", 1, {"ann", 2});
  EXPECT_EQ(remove(4, "milk").texts(), (Tags{"ann:1", "bob:1"}));
  EXPECT_EQ(cart(), (Items{{"bread", 1}}));
  EXPECT_EQ(remove(4, "milk").texts(), Tags{});
}

TEST_F(CartTest, ARemovalWithTagsRemovesExactlyThese) {
  add(0, "milk", 2, {"ann", 1});
  Tags seen = t.cart_tags(3, key, "milk");
  add(1, "milk", 1, {"bob", 1});
  EXPECT_EQ(remove(4, "milk", seen).texts(), Tags{"ann:1"});
  EXPECT_EQ(cart(), (Items{{"milk", 1}}));
}

// Its coordinator has not seen the addition; R + W > N makes sure that one of those it reads has.
TEST_F(CartTest, AStrictRemovalWithoutTagsNamesEveryAcknowledgedAddition) {
  Cluster cold({.mode = Mode::kStrict, .hints = false, .anti_entropy = false});
  cold.isolate(0);
  cold.let_suspect();
  EXPECT_EQ(cold.cart_add(1, key, "milk", 2, {"ann", 1}), "ann:1");
  cold.heal();
  cold.isolate(1);
  cold.let_suspect();
  EXPECT_EQ(cold.held(0, key).versions, "");
  EXPECT_EQ(cold.cart_remove(0, key, "milk").texts(), Tags{"ann:1"});
  cold.heal();
  cold.let_suspect();
  EXPECT_EQ(cold.cart(1, key, {"R", "3"}), Items{});
}

// Row S5: unless somebody added it concurrently.
TEST_F(CartTest, AnAdditionConcurrentWithARemovalWins) {
  add(0, "milk", 2, {"ann", 1});
  t.settle();
  split();
  EXPECT_EQ(remove(0, "milk").texts(), Tags{"ann:1"});
  add(1, "milk", 5, {"bob", 1});
  heal();
  EXPECT_EQ(cart(), (Items{{"milk", 5}}));
}

TEST_F(CartTest, ARetryOfAnAdditionAfterItsRemovalStaysRemoved) {
  add(0, "milk", 2, {"ann", 1});
  remove(1, "milk");
  for (int node = 0; node < t.size(); ++node) {
    EXPECT_EQ(add(node, "milk", 2, {"ann", 1}), "ann:1");
    EXPECT_EQ(cart(node), Items{});
  }
}

TEST_F(CartTest, ARetryDoesNotShowARemovedAdditionToAReplicaThatMissedBoth) {
  Cluster cold({.hints = false, .anti_entropy = false});
  cold.isolate(2);
  cold.let_suspect();
  cold.cart_add(0, key, "milk", 2, {"ann", 1});
  cold.cart_remove(0, key, "milk", {"ann:1"});
  cold.heal();
  cold.let_suspect();
  EXPECT_EQ(cold.cart_add(0, key, "milk", 2, {"ann", 1}), "ann:1");
  cold.run_for(100ms);
  EXPECT_NE(cold.held(2, key).versions, "") << "the retry has reached it";
  EXPECT_EQ(cold.held(2, key).siblings, 0u);
}

TEST_F(CartTest, ARetryOnASideThatHasNotSeenTheRemovalStaysRemovedAfterTheHeal) {
  add(0, "milk", 2, {"ann", 1});
  t.settle();
  split();
  remove(0, "milk", {"ann:1"});
  add(1, "milk", 2, {"ann", 1});
  heal();
  EXPECT_EQ(cart(), Items{});
}

// A removal can be faster than the addition that it names.
TEST_F(CartTest, AnAdditionThatArrivesAfterItsRemovalStaysRemoved) {
  EXPECT_EQ(remove(0, "milk", {"ann:1"}).texts(), Tags{"ann:1"});
  add(1, "milk", 2, {"ann", 1});
  add(1, "milk", 3, {"ann", 2});
  EXPECT_EQ(cart(), (Items{{"milk", 3}}));
}

// Row S5: what was taken out stays out.
TEST_F(CartTest, ARemovedItemDoesNotComeBackFromAReplicaThatMissedTheRemoval) {
  add(0, "milk", 2, {"ann", 1});
  t.settle();
  t.crash(1);
  t.let_suspect();
  remove(0, "milk");
  t.restart(1);
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(cart(1), Items{});
  EXPECT_EQ(t.held(1, key).siblings, 0u);
}

// Row A3: the whole object is limited too.
TEST_F(CartTest, ACartMayNotOutgrowTheLimitAndAFullOneCanBeEmptied) {
  const std::string item(1000, 'x');
  const size_t fits = Options::kMaxValueBytes / (item.size() + 32);
  Record full;
  for (uint64_t n = 1; n <= fits; ++n) full.put({Dot{Actor::session("ann"), n}, CartLine{item, 1}});
  Command add;
  add.kind = Command::Kind::kCartAdd;
  add.item = item;
  add.amount = 1;
  const Coordinating by{Actor::life(1, 1), 1, {}};
  Result<Applied> added = apply_write(add, full, full, by);
  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().kind, Error::Kind::kTooBig);
  EXPECT_EQ(added.error().text, "the cart would take 1049544 bytes, more than 1048576");
  Command remove = add;
  remove.kind = Command::Kind::kCartRemove;
  Result<Applied> removed = apply_write(remove, full, full, by);
  ASSERT_TRUE(removed.has_value());
  EXPECT_EQ(removed->delta.context, full.context);
  full.merge(removed->delta);
  EXPECT_TRUE(apply_write(add, full, full, by).has_value());
}

TEST_F(CartTest, ASessionThatNumbersWithoutGapsKeepsTheContextSmall) {
  for (uint64_t seq = 1; seq <= 100; ++seq) {
    add(static_cast<int>(seq % 5), "milk", 1, {"ann", seq});
    remove(static_cast<int>(seq % 3), "milk");
  }
  ASSERT_TRUE(t.settle());
  EXPECT_LT(t.held(0, key).context.size(), 100u) << "hex digits: one run of one session";
}

// ---- Dynamo's own cart

TEST(UnionCart, KeepsAdditionsOfBothSides) {
  Shop shop(Merge::kUnion);
  shop.split();
  shop.add(0, "milk", 2, {"ann", 1});
  shop.add(4, "bread", 1, {"bob", 1});
  shop.heal();
  EXPECT_EQ(shop.cart(), (Items{{"milk", 2}, {"bread", 1}}));
}

TEST(UnionCart, RemovesWhatNobodyChangesConcurrently) {
  Shop shop(Merge::kUnion);
  shop.add(0, "milk", 2, {"ann", 1});
  shop.add(1, "bread", 1, {"ann", 2});
  EXPECT_EQ(shop.remove(2, "milk").texts(), Tags{"ann:1"});
  EXPECT_EQ(shop.cart(), (Items{{"bread", 1}}));
}

// Row S7: a bad merge shows items that resurface.
// "deleted items can resurface": §4.4.
TEST(UnionCart, BringsARemovedItemBackFromTheOtherSide) {
  Shop shop(Merge::kUnion);
  shop.add(0, "milk", 2, {"ann", 1});
  shop.t.settle();
  shop.split();
  shop.remove(0, "milk");
  shop.add(1, "bread", 1, {"bob", 1});
  EXPECT_EQ(shop.cart(3), Items{});
  shop.heal();
  EXPECT_EQ(shop.cart(), (Items{{"milk", 2}, {"bread", 1}}));
}

TEST(UnionCart, CountsARetryOnce) {
  Shop shop(Merge::kUnion);
  shop.split();
  for (int node = 0; node < 5; ++node) shop.add(node, "milk", 2, {"ann", 1});
  shop.heal();
  EXPECT_EQ(shop.cart(), (Items{{"milk", 2}}));
}

// Row K1: what last-write-wins loses.
TEST(LastWriteWinsCart, LosesTheAdditionsOfTheSideThatWroteFirst) {
  Shop shop(Merge::kLastWriteWins);
  shop.split();
  EXPECT_TRUE(shop.add(0, "milk", 2, {"ann", 1}).ok());
  shop.t.run_for(10ms);
  EXPECT_TRUE(shop.add(4, "bread", 1, {"bob", 1}).ok());
  shop.heal();
  EXPECT_EQ(shop.cart(), (Items{{"bread", 1}}));
}

TEST(LastWriteWinsCart, LosesTheLaterAdditionWhenItsClockIsBehind) {
  Shop shop(Merge::kLastWriteWins);
  shop.t.set_wall_skew(1, -60'000ms);
  shop.t.set_wall_skew(2, -60'000ms);
  shop.split();
  shop.add(0, "milk", 2, {"ann", 1});
  shop.t.run_for(10ms);
  shop.add(4, "bread", 1, {"bob", 1});
  shop.heal();
  EXPECT_EQ(shop.cart(), (Items{{"milk", 2}}));
}

TEST(LastWriteWinsCart, KeepsEverythingWhileWritesAreOrdered) {
  Shop shop(Merge::kLastWriteWins);
  shop.add(0, "milk", 2, {"ann", 1});
  shop.t.run_for(10ms);
  shop.add(1, "bread", 1, {"bob", 1});
  EXPECT_EQ(shop.cart(), (Items{{"milk", 2}, {"bread", 1}}));
}

}  // namespace
}  // namespace node::sim
