// MODE lin: what it takes, what it refuses, and the two orders of events that plain quorums get wrong.
#include "node/replica/operations.h"
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

const Words kLin = {"MODE", "lin"};

struct LinearTest : testing::Test {
  Cluster t;
  std::string key = t.key_with_homes({0, 1, 2});
};

TEST_F(LinearTest, WhatIsSetIsReadThroughEveryNodeAndGoneOnceDeleted) {
  EXPECT_TRUE(t.get(0, key, kLin).null());
  for (int node = 0; node < t.size(); ++node) {
    std::string value = "from " + World::name(node);
    EXPECT_EQ(t.set(node, key, value, kLin), "OK");
    for (int reader = 0; reader < t.size(); ++reader) EXPECT_EQ(t.get(reader, key, kLin), value);
  }
  EXPECT_EQ(t.del(4, key, kLin), 1);
  EXPECT_TRUE(t.get(3, key, kLin).null());
  EXPECT_EQ(t.del(4, key, kLin), 0);
  EXPECT_EQ(t.set(2, key, "again", kLin), "OK");
  EXPECT_EQ(t.get(3, key, kLin), "again");
  EXPECT_TRUE(t.settle());
}

TEST_F(LinearTest, AConnectionAndANodeCanBeInThisMode) {
  t.call(0, {"SESSION", "MODE", "lin"});
  EXPECT_EQ(t.set(0, key, "v"), "OK");
  EXPECT_EQ(t.get(1, key, kLin), "v");
  EXPECT_TRUE(t.call(0, {"VGET", key}).is("ERR MODE lin"));
  Cluster lin({.mode = Mode::kLin});
  EXPECT_EQ(lin.set(3, key, "v"), "OK");
  EXPECT_EQ(lin.get(4, key), "v");
}

TEST_F(LinearTest, MajoritiesTakePartWhateverRAndWAre) {
  Cluster::Told told = t.call_with_meta(4, {"SET", key, "v", "R", "1", "W", "1"}, kLin);
  EXPECT_EQ(told.answer, "OK");
  EXPECT_EQ(told.meta["mode"], "lin");
  EXPECT_EQ(told.meta["r"], "2");
  EXPECT_EQ(told.meta["w"], "2");
  t.partition({0}, {1, 2, 3, 4});
  t.let_suspect();
  EXPECT_TRUE(t.get(0, key, {"MODE", "lin", "R", "1"}).is("UNAVAIL"));
  EXPECT_TRUE(t.set(0, key, "w", {"MODE", "lin", "W", "1"}).is("UNAVAIL"));
  EXPECT_EQ(t.get(4, key, kLin), "v");
}

TEST_F(LinearTest, OtherCommandsAreRefused) {
  for (const Words& words : {Words{"VGET", key}, Words{"VPUT", key, "v"}, Words{"INCR", key}, Words{"EXISTS", key},
                             Words{"CART.ADD", key, "milk", "1"}, Words{"CART.GET", key}}) {
    EXPECT_TRUE(t.call(0, words, kLin).is("ERR MODE lin is for")) << words[0];
  }
}

TEST_F(LinearTest, AKeyIsInThisModeOrInOthers) {
  std::string other = "other{" + key + "}";
  t.set(0, key, "v", kLin);
  t.set(0, other, "v");
  ASSERT_TRUE(t.settle());
  for (int node = 0; node < t.size(); ++node) {
    EXPECT_TRUE(t.get(node, key).is("WRONGTYPE"));
    EXPECT_TRUE(t.set(node, key, "w").is("WRONGTYPE"));
    EXPECT_TRUE(t.call(node, {"EXISTS", key}).is("WRONGTYPE"));
    EXPECT_TRUE(t.call(node, {"INCR", key}).is("WRONGTYPE"));
    EXPECT_TRUE(t.get(node, other, kLin).is("WRONGTYPE"));
    EXPECT_TRUE(t.set(node, other, "w", kLin).is("WRONGTYPE"));
  }
  EXPECT_EQ(t.get(1, key, kLin), "v");
  EXPECT_EQ(t.get(1, other), "v");
}

TEST_F(LinearTest, OnlyHomesTakePartAndNobodyKeepsAHint) {
  t.isolate(0);
  EXPECT_EQ(t.set(4, key, "before anybody suspects", kLin).kind, Answer::Kind::kError) << "its coordinator is cut off";
  EXPECT_EQ(t.set(1, key, "v", kLin), "OK");
  t.isolate(1);
  EXPECT_TRUE(t.set(2, key, "w", kLin).is("TIMEOUT"));
  t.let_suspect();
  EXPECT_TRUE(t.set(2, key, "x", kLin).is("UNAVAIL"));
  EXPECT_TRUE(t.get(2, key, kLin).is("UNAVAIL"));
  EXPECT_EQ(t.hint_count(), 0u);
}

// Row Q1: reads write back before they answer.
// One home alone has the new value, since the write was cut short. A reader meets it, and then one does not: it must
// not go back in time.
TEST_F(LinearTest, AReadHasWhatItFoundOnAMajorityBeforeItAnswers) {
  Cluster cold({.hints = false, .anti_entropy = false});
  EXPECT_EQ(cold.set(0, key, "old", kLin), "OK");
  ASSERT_TRUE(cold.settle());
  cold.watch([&](int from, int, const Packet& packet) {
    if (from == 0 && kind_of(packet) == "WRITE") cold.isolate(0);
  });
  EXPECT_TRUE(cold.set(0, key, "new", kLin).is("TIMEOUT"));
  cold.watch(nullptr);
  ASSERT_NE(cold.held(0, key).versions, cold.held(1, key).versions);
  cold.heal();
  cold.isolate(2);
  cold.run_for(100ms);  // n1 and n2 hear each other again

  // Nobody is told of it as long as n2 has not got it.
  cold.hold_disk(1);
  EXPECT_TRUE(cold.get(0, key, kLin).is("TIMEOUT"));
  cold.release_disk(1);
  EXPECT_EQ(cold.get(0, key, kLin), "new");
  EXPECT_EQ(cold.held(1, key).versions, cold.held(0, key).versions);
  cold.heal();
  cold.isolate(0);
  cold.let_suspect();
  EXPECT_EQ(cold.get(2, key, kLin), "new");
}

// ---- Retries

TEST_F(LinearTest, ARetryIsTheSameWrite) {
  const Words first = {"MODE", "lin", "ID", "ann", "1"};
  EXPECT_EQ(t.set(0, key, "a", first), "OK");
  EXPECT_EQ(t.set(3, key, "b", kLin), "OK");
  EXPECT_EQ(t.set(4, key, "a", first), "OK") << "it has happened, long ago";
  EXPECT_EQ(t.get(1, key, kLin), "b");
  EXPECT_EQ(t.set(4, key, "c", {"MODE", "lin", "ID", "ann", "2"}), "OK");
  EXPECT_TRUE(t.set(4, key, "a", first).is("ERR session ann"));
  EXPECT_EQ(t.get(1, key, kLin), "c");
}

TEST_F(LinearTest, ARetryAfterARestartOfItsCoordinatorIsTheSameWrite) {
  const Words first = {"MODE", "lin", "ID", "ann", "1"};
  EXPECT_EQ(t.set(0, key, "a", first), "OK");
  EXPECT_EQ(t.set(3, key, "b", kLin), "OK");
  t.crash_all();
  t.restart_all();
  EXPECT_EQ(t.set(4, key, "a", first), "OK");
  EXPECT_EQ(t.get(1, key, kLin), "b");
}

TEST_F(LinearTest, AnIdentifiedWriteNeedsTheHomeThatRemembersItsSession) {
  const Words first = {"MODE", "lin", "ID", "ann", "1"};
  Cluster::Told told = t.call_with_meta(3, {"SET", key, "a"}, first);
  int home = std::stoi(told.meta["coordinator"].substr(1)) - 1;
  t.isolate(home);
  t.let_suspect();
  EXPECT_TRUE(t.set(3, key, "a", first).is("UNAVAIL"));
  EXPECT_EQ(t.set(3, key, "b", kLin), "OK");
}

// Members come and go, and with them the home of a session. What a write was given by the home before stands on a
// majority once it is acknowledged.
TEST(LinearWrite, KeepsTheTagThatAnotherHomeGaveIt) {
  Command retry;
  retry.kind = Command::Kind::kSet;
  retry.key = "key";
  retry.value = "a";
  retry.session = Actor::session("ann");
  retry.seq = 1;
  const Tag given{4, Actor::life(3, 4)}, later{5, Actor::life(5, 6)};
  Record seen;
  seen.linear.tag = later;
  seen.linear.value = "b";
  seen.linear.claims = {{retry.session, 1, given}};
  const Coordinating by{Actor::life(7, 8), 1, {}};
  const auto applied = apply_linear(retry, Record{}, seen, by);
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->delta.linear.tag, given);
  retry.seq = 2;
  EXPECT_GT(apply_linear(retry, Record{}, seen, by)->delta.linear.tag, later);
}

TEST_F(LinearTest, AnIdentityIsForThisModeOnly) {
  EXPECT_TRUE(t.set(0, key, "a", {"ID", "ann", "1"}).is("ERR ID"));
  EXPECT_TRUE(t.get(0, key, {"MODE", "lin", "ID", "ann", "1"}).is("ERR ID"));
}

}  // namespace
}  // namespace node::sim
