// Sets: the carts' dotted set under the commands of Redis.
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

using Members = std::vector<std::string>;

struct Club {
  explicit Club(Merge merge = Merge::kObservedRemove) : t({.merge = merge}) {}

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
  Answer add(int node, const std::string& member, const Words& options = {}) {
    return t.call(node, {"SADD", key, member}, options);
  }
  Answer remove(int node, const std::string& member, const Words& options = {}) {
    return t.call(node, {"SREM", key, member}, options);
  }
  Members members(int node = 4) { return t.call(node, {"SMEMBERS", key}).texts(); }
  // Of the only member.
  Members tags(int node = 4) {
    return t.call(node, {"SMEMBERS", key, "WITHTAGS"}).elements.at(0).elements.at(1).texts();
  }
};

struct SetTest : testing::Test, Club {};

TEST_F(SetTest, AnswersAsRedisDoes) {
  const Words all = {"W", "3"};  // the replies tell what the coordinating replica holds
  EXPECT_EQ(add(0, "bob", all), 1);
  EXPECT_EQ(add(1, "ann", all), 1);
  EXPECT_EQ(add(2, "bob", all), 0);
  EXPECT_EQ(members(), (Members{"ann", "bob"}));
  EXPECT_EQ(t.call(3, {"SCARD", key}), 2);
  EXPECT_EQ(t.call(3, {"SISMEMBER", key, "ann"}), 1);
  EXPECT_EQ(remove(4, "ann"), 1);
  EXPECT_EQ(remove(4, "ann"), 0);
  EXPECT_EQ(t.call(3, {"SISMEMBER", key, "ann"}), 0);
  EXPECT_EQ(members(), Members{"bob"});
  EXPECT_EQ(t.call(3, {"SCARD", "nothing"}), 0);
  EXPECT_EQ(t.call(3, {"SMEMBERS", "nothing"}).kind, Answer::Kind::kArray);
  EXPECT_EQ(t.call(3, {"EXISTS", key}), 1);
  EXPECT_EQ(t.del(3, key), 1);
  EXPECT_EQ(members(), Members{});
  EXPECT_EQ(t.call(3, {"EXISTS", key}), 0);
}

TEST_F(SetTest, AdditionsAndRemovalsOnBothSidesOfAPartitionSurvive) {
  add(0, "old");
  add(0, "kept");
  ASSERT_TRUE(t.settle());
  split();
  EXPECT_EQ(add(3, "left"), 1);
  EXPECT_EQ(add(4, "right"), 1);
  EXPECT_EQ(remove(1, "old"), 1);
  heal();
  EXPECT_EQ(members(), (Members{"kept", "left", "right"}));
}

// Row S3: a like as a member of a set; a retry is harmless.
TEST_F(SetTest, ARetryThroughAnyNodeIsTheSameAdditionEvenAfterItsRemoval) {
  const Words id = {"ID", "ann", "1"};
  for (int node = 0; node < t.size(); ++node) EXPECT_TRUE(add(node, "x", id).ok());
  EXPECT_EQ(tags(), Members{"ann:1"});
  EXPECT_EQ(remove(1, "x"), 1);
  for (int node = 0; node < t.size(); ++node) EXPECT_EQ(add(node, "x", id), 0);
  EXPECT_EQ(members(), Members{});
}

TEST_F(SetTest, ARetryOnASideThatHasNotSeenTheRemovalStaysRemovedAfterTheHeal) {
  const Words id = {"ID", "ann", "1"};
  add(0, "x", id);
  t.settle();
  split();
  EXPECT_EQ(remove(0, "x", {"CTX", "ann:1"}), 1);
  EXPECT_TRUE(add(1, "x", id).ok());
  heal();
  EXPECT_EQ(members(), Members{});
}

TEST_F(SetTest, AnAdditionConcurrentWithARemovalWins) {
  add(0, "x");
  t.settle();
  split();
  EXPECT_EQ(remove(0, "x"), 1);
  EXPECT_EQ(add(1, "x"), 0);
  heal();
  EXPECT_EQ(members(), Members{"x"});
}

TEST_F(SetTest, ARemovalWithTagsRemovesTheseAdditionsOnly) {
  add(0, "x");
  t.settle();
  const std::string seen = tags().at(0);
  split();
  EXPECT_EQ(add(1, "x"), 0);
  EXPECT_EQ(remove(0, "x", {"CTX", seen}), 1);
  heal();
  EXPECT_EQ(members(), Members{"x"});
  EXPECT_NE(tags(), Members{seen});
}

// Otherwise a set to which the same member is added every second would grow for ever.
TEST_F(SetTest, AddingAMemberAgainKeepsOneAdditionOfIt) {
  for (int i = 0; i < 100; ++i) add(i % t.size(), "x");
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(members(), Members{"x"});
  EXPECT_LE(t.held(0, key).siblings, 3u) << "one for each home that coordinated without having seen the last";
  add(0, "x");
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(t.held(0, key).siblings, 1u);
}

TEST_F(SetTest, DumpsNameMembersByTheirTags) {
  add(0, "x", {"ID", "ann", "1"});
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(t.held(0, key).versions, R"([{"id":"ann:1","member":"x"}])");
}

TEST_F(SetTest, ACartIsNoSet) {
  t.cart_add(0, "cart", "milk", 1, {"ann", 1});
  add(0, "x");
  EXPECT_EQ(t.call(0, {"SADD", "cart", "x"}).text, "WRONGTYPE the key holds a cart, not a set");
  EXPECT_EQ(t.call(0, {"SMEMBERS", "cart"}).text, "WRONGTYPE the key holds a cart, not a set");
  EXPECT_EQ(t.call(0, {"CART.GET", key}).text, "WRONGTYPE the key holds a set, not a cart");
  EXPECT_EQ(t.get(0, key).text, "WRONGTYPE the key holds a set, not a plain value");
}

// The type check of each side cannot know of the other.
TEST_F(SetTest, ACartAndASetThatMeetWhenAPartitionHealsAreEachSeenByTheirOwnCommands) {
  split();
  EXPECT_TRUE(t.cart_add(0, key, "milk", 2, {"ann", 1}).ok());
  EXPECT_EQ(add(1, "milk"), 1);
  heal();
  EXPECT_EQ(members(), Members{"milk"});
  EXPECT_EQ(t.cart(3, key), (std::map<std::string, int64_t>{{"milk", 2}}));
  EXPECT_EQ(remove(4, "milk"), 1);
  EXPECT_EQ(t.cart(3, key), (std::map<std::string, int64_t>{{"milk", 2}}));
}

TEST(UnionSet, BringsARemovedMemberBackFromTheOtherSide) {
  Club club(Merge::kUnion);
  club.add(0, "x");
  club.t.settle();
  club.split();
  EXPECT_EQ(club.remove(0, "x"), 1);
  EXPECT_EQ(club.add(1, "y"), 1);
  club.heal();
  EXPECT_EQ(club.members(), (Members{"x", "y"}));
}

TEST(LastWriteWinsSet, LosesTheMembersOfTheSideThatWroteFirst) {
  Club club(Merge::kLastWriteWins);
  club.split();
  EXPECT_EQ(club.add(0, "x"), 1);
  club.t.run_for(10ms);
  EXPECT_EQ(club.add(4, "y"), 1);
  club.heal();
  EXPECT_EQ(club.members(), Members{"y"});
}

// Found by fuzzing (tests/schedules/set-retried-additions-supersede-each-other.txt): each retry went to the node that
// held the other's addition.
TEST(Set, TwoAdditionsThatAreRetriedWhereTheOtherIsHeldLeaveTheMemberThere) {
  Cluster t({.nodes = 2, .replicas = 2, .read_quorum = 1, .write_quorum = 1, .hints = false, .anti_entropy = false});
  t.cut(0, 1);
  t.cut(1, 0);
  const auto add = [&t](int node, const std::string& session) {
    EXPECT_TRUE(t.call(node, {"SADD", "set", "m", "ID", session, "1"}).ok());
  };
  add(0, "s1");
  add(1, "s2");
  add(1, "s1");
  add(0, "s2");
  t.heal();
  t.let_meet();
  EXPECT_EQ(t.call(0, {"SMEMBERS", "set"}, {"R", "2"}).texts(), std::vector<std::string>{"m"});
}

}  // namespace
}  // namespace node::sim
