// Plain values and their versions: what supersedes what (Dynamo §4.4).
#include "node/causality/context.h"
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

using Values = std::vector<std::string>;

struct SiblingsTest : testing::Test {
  Cluster t;
  std::string key = t.key_with_homes({0, 1, 2});

  // Both halves hold a home, so that both go on writing in sloppy mode.
  void split() {
    t.partition({0, 3}, {1, 2, 4});
    t.let_suspect();
  }
  void heal() {
    t.heal();
    ASSERT_TRUE(t.settle());
  }
};

// A version vector with one entry a node cannot name two concurrent writes of one node; dots can.
TEST_F(SiblingsTest, TwoClientsWritingThroughOneNodeBecomeTwoSiblings) {
  std::string nothing = t.vget(0, key).context;
  EXPECT_TRUE(t.vput(0, key, "ann", nothing).ok());
  EXPECT_TRUE(t.vput(0, key, "bob", nothing).ok());
  EXPECT_EQ(t.vget(0, key).values, (Values{"ann", "bob"}));
  EXPECT_TRUE(t.settle());
}

// Rows F10, S7 and O1: dominated versions go; a client merges what it read.
TEST_F(SiblingsTest, AVputSupersedesExactlyWhatItsContextCovers) {
  t.vput(0, key, "a");
  t.vput(0, key, "b");
  std::string both = t.vget(1, key).context;
  t.vput(1, key, "c");  // whom the reader of `both` has not seen
  EXPECT_TRUE(t.vput(2, key, "merged", both).ok());
  EXPECT_EQ(t.vget(0, key).values, (Values{"c", "merged"}));
}

TEST_F(SiblingsTest, TheContextThatVputReturnsSupersedesItsOwnVersion) {
  std::string mine = t.vput(0, key, "1").text;
  t.vput(1, key, "other");
  t.vput(2, key, "2", mine);
  EXPECT_EQ(t.vget(0, key).values, (Values{"2", "other"}));
}

TEST_F(SiblingsTest, ASetSupersedesWhatItsCoordinatingReplicaHolds) {
  t.vput(0, key, "a");
  t.vput(0, key, "b");
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(t.set(4, key, "c"), "OK");
  EXPECT_EQ(t.vget(3, key).values, Values{"c"});
}

// Rows F10 and F8: concurrent versions are kept.
TEST_F(SiblingsTest, SetsOnBothSidesOfAPartitionBecomeSiblings) {
  t.set(0, key, "before");
  t.settle();
  split();
  t.set(3, key, "left");
  t.set(4, key, "right");
  heal();
  EXPECT_EQ(t.vget(0, key).values, (Values{"left", "right"}));
}

TEST_F(SiblingsTest, OrderedWritesOnBothSidesOfAHealLeaveOneVersion) {
  split();
  t.set(0, key, "during");
  heal();
  t.set(1, key, "after");
  EXPECT_EQ(t.vget(2, key).values, Values{"after"});
}

// Row F8: dots, not server ids.
// Two clients who each know only their own last write: with dots, each supersedes its own and leaves the other's.
TEST_F(SiblingsTest, TwoHundredAlternatingStaleWritesLeaveTwoSiblingsNotTwoHundred) {
  std::string contexts[2];
  for (int i = 0; i < 200; ++i) {
    std::string& mine = contexts[i % 2];
    mine = t.vput(i % t.size(), key, std::to_string(i), mine).text;
    ASSERT_FALSE(mine.empty());
  }
  EXPECT_EQ(t.vget(0, key).values, (Values{"198", "199"}));
  EXPECT_TRUE(t.settle());
  EXPECT_EQ(t.held(2, key).siblings, 2u);
}

// Row A3: counted from 25 on, refused above 100.
TEST_F(SiblingsTest, AClientMayNotMakeMoreThanAHundredSiblings) {
  const Words all = {"W", "3"};
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(t.vput(i % t.size(), key, std::to_string(i), "", all).ok());
  EXPECT_EQ(t.stat(0, "many_siblings") + t.stat(1, "many_siblings") + t.stat(2, "many_siblings"), 76u);
  EXPECT_EQ(
      t.vput(0, key, "one more").text,
      "TOOBIG the key would have 101 siblings, more than 100: VGET them and VPUT one value with the CTX it gives");
  EXPECT_TRUE(t.vput(0, key, "all", t.vget(0, key).context).ok());
  EXPECT_EQ(t.vget(0, key).values, Values{"all"});
}

TEST_F(SiblingsTest, TheLimitRefusesNoMergeBetweenPeersAndNoWriteThatReconciles) {
  split();
  for (int i = 0; i < 70; ++i) {
    ASSERT_TRUE(t.vput(0, key, "left " + std::to_string(i)).ok());
    ASSERT_TRUE(t.vput(1, key, "right " + std::to_string(i)).ok());
  }
  heal();
  Cluster::Versions all = t.vget(0, key);
  EXPECT_EQ(all.values.size(), 140u);
  EXPECT_TRUE(t.vput(0, key, "one more").is("TOOBIG"));
  EXPECT_TRUE(t.vput(0, key, "merged", all.context).ok());
  EXPECT_EQ(t.vget(0, key).values, Values{"merged"});
}

TEST_F(SiblingsTest, GetShowsTheSiblingWithTheLatestWallClock) {
  t.set_wall_skew(0, 60'000ms);
  t.set_wall_skew(1, -60'000ms);
  t.vput(0, key, "from the future");
  t.vput(1, key, "from the past");
  EXPECT_EQ(t.get(2, key), "from the future");
  EXPECT_EQ(t.vget(2, key).values.size(), 2u);
}

// The skew of a wall clock orders nothing else: causality does.
TEST_F(SiblingsTest, AClockThatRunsBehindCannotLoseAWriteThatCameLater) {
  t.set_wall_skew(0, 60'000ms);
  t.set_wall_skew(1, -60'000ms);
  std::string context = t.vput(0, key, "first").text;
  t.vput(1, key, "second", context);
  EXPECT_EQ(t.get(2, key), "second");
}

// ---- Deleting

TEST_F(SiblingsTest, DelSaysWhetherThereWasAVersion) {
  EXPECT_EQ(t.del(0, key), 0);
  t.set(0, key, "v");
  EXPECT_EQ(t.call(4, {"EXISTS", key}), 1);
  EXPECT_EQ(t.del(0, key), 1);
  EXPECT_TRUE(t.get(1, key).null());
  EXPECT_EQ(t.call(4, {"EXISTS", key}), 0);
  EXPECT_EQ(t.del(0, key), 0);
}

TEST_F(SiblingsTest, AVdelDeletesWhatItsContextCoversAndNoMore) {
  t.vput(0, key, "seen");
  std::string context = t.vget(0, key).context;
  t.vput(0, key, "unseen");
  EXPECT_EQ(t.call(1, {"VDEL", key, "CTX", context}), "OK");
  EXPECT_EQ(t.vget(2, key).values, Values{"unseen"});
}

TEST_F(SiblingsTest, ADeletedValueDoesNotComeBackFromAReplicaThatMissedTheDeletion) {
  t.set(0, key, "v");
  t.settle();
  t.crash(2);
  t.let_suspect();
  EXPECT_EQ(t.del(0, key), 1);
  t.restart(2);
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(t.held(2, key).siblings, 0u);
  EXPECT_TRUE(t.get(2, key, {"R", "1"}).null());
}

TEST_F(SiblingsTest, AWriteConcurrentWithADeletionSurvivesIt) {
  t.set(0, key, "old");
  t.settle();
  split();
  EXPECT_EQ(t.del(0, key), 1);
  t.set(1, key, "new");
  heal();
  EXPECT_EQ(t.vget(0, key).values, Values{"new"});
}

// ---- Tokens that nobody gave

TEST_F(SiblingsTest, ATokenThatNamesUpdatesBeyondAllReasonIsRefused) {
  Context context;
  context.add(Dot{Actor::session("forged"), Dot::kMaxNamed + 1});
  EXPECT_TRUE(t.vput(0, key, "v", context.token()).is("ERR"));
  EXPECT_TRUE(t.vput(0, key, "v", "zz").is("ERR"));
  EXPECT_TRUE(t.vput(0, key, "v", "00ff").is("ERR"));
}

// The greatest that a client may name leaves the node's own counting room: the record can still be read back.
TEST_F(SiblingsTest, AForgedTokenCannotMakeARecordUnreadable) {
  Answer own = t.vput(0, key, "v");
  Context forged;
  ASSERT_TRUE(Context::from_token(own.text, forged));
  forged.add(Dot{forged.runs().front().actor, Dot::kMaxNamed});
  EXPECT_TRUE(t.vput(0, key, "forged", forged.token()).ok());
  EXPECT_EQ(t.set(0, key, "after"), "OK");
  ASSERT_TRUE(t.settle());
  t.crash_all();
  t.restart_all();
  EXPECT_EQ(t.get(3, key), "after");
}

}  // namespace
}  // namespace node::sim
