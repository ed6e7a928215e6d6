// Nodes that join, leave, die for good and are replaced, while clients go on (PROMISES: an ok strict read misses no
// acknowledged write).
#include <algorithm>
#include <functional>

#include "tests/node/sim/changing.h"

namespace node::sim {
namespace {

// Rows G3, F9, IM1-2 and IM4: PING before any table names it; then exactly N nodes hold each key, itself its share.
TEST(Membership, ANodeThatJoinsThroughAnyNodeBecomesAnOwnerOfItsShareWithItsData) {
  Changing t(with_spares(5, 1));
  const std::vector<std::string> keys = t.write_keys(300, 5);
  t.join_through(5, 3);
  EXPECT_EQ(t.ask_now(5, {"PING"}), "PONG");
  EXPECT_TRUE(t.get(5, "key1").is("UNAVAIL"));  // it is in no table yet
  ASSERT_TRUE(t.until([&] { return t.status(5)["epoch"] == "3"; }, 10s));
  ASSERT_TRUE(t.calm());
  t.expect_placed(keys);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(t.get(5, keys[static_cast<size_t>(i)]), "value" + std::to_string(i));
  const double share = static_cast<double>(t.records(5).size()) / (300 * 3);
  EXPECT_NEAR(share, 1.0 / 6, 0.2 / 6 + 0.05);  // of all copies
}

TEST(Membership, TwoNodesThatJoinAtOnceBothBecomeMembersOneAfterTheOther) {
  Changing t(with_spares(5, 2));
  const std::vector<std::string> keys = t.write_keys(200, 5);
  t.join_through(5, 0);
  t.join_through(6, 4);
  ASSERT_TRUE(t.until([&] { return t.status(5)["epoch"] == "5" && t.status(6)["epoch"] == "5"; }, 20s));
  ASSERT_TRUE(t.calm());
  for (const char* newcomer : {"n6=member", "n7=member"}) {
    EXPECT_NE(t.status(2)["members"].find(newcomer), std::string::npos) << newcomer;
  }
  t.expect_placed(keys);
}

// Row O4: ADMIN LEAVE.
TEST(Membership, ANodeThatLeavesHandsItsDataOverFirst) {
  Changing t(with_spares(5, 1));
  const std::vector<std::string> keys = t.write_keys(200, 5);
  EXPECT_EQ(t.admin(1, {"LEAVE"}), "OK");
  ASSERT_TRUE(t.until([&] { return t.status(1)["members"].find("n2=left") != std::string::npos; }, 10s));
  ASSERT_TRUE(t.calm());
  EXPECT_TRUE(t.records(1).empty());
  EXPECT_TRUE(t.get(1, keys[0]).is("UNAVAIL"));
  t.crash(1);
  t.expect_placed(keys);
}

// A paused node hears it so late, or a slow link brings it.
TEST(Membership, AWishToJoinThatComesAfterTheLeavingIsOneOfBefore) {
  Changing t(with_spares(4, 1));
  Packet wish;
  t.watch([&](int from, int, const Packet& packet) {
    Message message;
    if (from == 4 && decode(packet, message) && std::holds_alternative<Join>(message.body)) wish = packet;
  });
  t.join_through(4, 0);
  const auto state = [&](const char* text) { return t.status(0)["members"].find(text) != std::string::npos; };
  ASSERT_TRUE(t.until([&] { return state("n5=member"); }, 10s));
  t.watch(nullptr);
  EXPECT_EQ(t.admin(4, {"LEAVE"}), "OK");
  ASSERT_TRUE(t.until([&] { return state("n5=left"); }, 10s));
  const std::string epoch = t.status(0)["epoch"];
  ASSERT_FALSE(wish.empty());
  for (int node = 0; node < 4; ++node) t.deliver(node, wish);
  t.run_for(5s);
  EXPECT_TRUE(state("n5=left"));
  EXPECT_EQ(t.status(0)["epoch"], epoch);
  EXPECT_EQ(t.admin(0, {"JOIN", "n5", "10.0.0.5:7000"}), "OK") << "a human may wish it anew";
  EXPECT_TRUE(t.until([&] { return state("n5=member"); }, 10s));
}

// Row O4: ADMIN REMOVE, a human's command and never a time-out.
TEST(Membership, ADeadNodeIsRemovedByCommandAndItsShareIsFetchedFromTheOthers) {
  Changing t(with_spares(5, 1));
  const std::vector<std::string> keys = t.write_keys(200, 5);
  ASSERT_TRUE(t.settle());
  EXPECT_TRUE(t.admin(0, {"REMOVE", "n3"}).is("ERR"));  // it is up
  t.crash(2);
  t.run_for(20s);
  EXPECT_EQ(t.status(0)["epoch"], "1");  // no time-out removes anybody
  EXPECT_EQ(t.admin(0, {"REMOVE", "n3"}), "OK");
  ASSERT_TRUE(t.until([&] { return t.status(4)["epoch"] == "3"; }, 20s));
  ASSERT_TRUE(t.calm());
  t.expect_placed(keys);
}

TEST(Membership, ARemovedNodeThatComesBackLearnsOfItAndForgetsWhatItHolds) {
  Changing t(with_spares(5, 1));
  t.write_keys(50, 5);
  t.crash(2);
  t.let_suspect();
  EXPECT_EQ(t.admin(0, {"REMOVE", "n3"}), "OK");
  ASSERT_TRUE(t.until([&] { return t.status(4)["epoch"] == "3"; }, 20s));
  t.restart(2);
  ASSERT_TRUE(t.until([&] { return t.status(2)["epoch"] == "3"; }, 10s));
  t.run_for(1s);
  EXPECT_TRUE(t.records(2).empty());
  EXPECT_TRUE(t.get(2, "key1").is("UNAVAIL"));
}

TEST(Membership, ADeadNodeIsReplacedInOneStep) {
  Changing t(with_spares(3, 1));
  const std::vector<std::string> keys = t.write_keys(100, 3);
  ASSERT_TRUE(t.settle());
  t.crash(1);
  t.let_suspect();
  EXPECT_TRUE(t.admin(0, {"REMOVE", "n2"}).is("ERR"));  // two would be left
  t.join_through(3, 2, 1);
  ASSERT_TRUE(t.until([&] { return t.status(3)["epoch"] == "3"; }, 20s));
  ASSERT_TRUE(t.calm());
  EXPECT_EQ(t.status(0)["members"], "n1=member,n2=left,n3=member,n4=member");
  t.expect_placed(keys);
}

// Rows IM3 and L1: the node that was asked knows of the newcomer at once, the others, and whoever looks at their pie,
// within 2 s.
TEST(Membership, AJoinIsSeenByTheNodeThatWasAskedAndSoonByAll) {
  for (int contact = 0; contact < 5; ++contact) {
    Changing t(with_spares(5, 1));
    t.write_keys(100, 5);
    t.join_through(5, contact);
    const Instant asked = t.now();
    const auto slices = [&](int node) { return t.call(node, {"RING", "PIE"}).elements.size(); };
    ASSERT_TRUE(t.await([&] { return t.stat(contact, "epoch") >= 2; }, 2s));
    EXPECT_EQ(slices(contact), 6u);
    t.run_for(asked + 2s - t.now());
    for (int node = 0; node < 6; ++node) EXPECT_EQ(slices(node), 6u) << World::name(node);
  }
}

// Who is asked may be down, or no member any more, and say nothing.
TEST(Membership, ANodeJoinsThroughAnyOfItsContacts) {
  for (const bool left : {false, true}) {
    Changing t(with_spares(5, 1));
    if (left) {
      ASSERT_EQ(t.admin(0, {"LEAVE", World::name(0)}), "OK");
      ASSERT_TRUE(t.until([&] { return t.stat(1, "epoch") == 3; }, 30s));
    } else {
      t.crash(0);
    }
    t.join_through(5, Nodes{0, 1});
    EXPECT_TRUE(t.until([&] { return t.stat(5, "epoch") > (left ? 3 : 1); }, 30s)) << left;
  }
}

// Row K4: what is held for others only goes on to the new homes.
TEST(Membership, HintsForANodeThatHasGoneReachTheNewHomes) {
  auto setup = with_spares(5, 1);
  setup.mode = Mode::kSloppy;
  setup.anti_entropy = false;
  Changing t(setup);
  t.crash(2);
  t.let_suspect();
  const std::vector<std::string> keys = t.write_keys(200, 2);
  EXPECT_GT(t.hint_count(), 0u);
  EXPECT_EQ(t.admin(0, {"REMOVE", "n3"}), "OK");
  ASSERT_TRUE(t.calm());
  EXPECT_EQ(t.hint_count(), 0u);
  for (const std::string& key : keys) EXPECT_TRUE(t.homes_equal(key)) << key;
}

// A home that goes takes no hint any more: it forgets all that it has, and the heir may have asked for it before.
TEST(Membership, AHintForANodeThatGoesIsNotForgottenWithIt) {
  auto setup = with_spares(5, 0);
  setup.mode = Mode::kSloppy;
  setup.replicas = setup.read_quorum = setup.write_quorum = 1;
  Changing t(setup);
  const std::string key = t.key_with_homes({4});
  const Nodes walk = t.walk(key);
  const int heir = walk[1], keeper = walk[2], slow = walk[3], last = walk[4];
  t.partition({keeper, slow, last}, {4, heir});
  t.let_suspect();
  ASSERT_EQ(t.set(keeper, key, "v"), "OK");
  ASSERT_EQ(t.hints(keeper).size(), 1u);
  t.heal();
  t.partition({keeper, slow}, {4});  // the slow one takes part of n5's share: the change does not end
  t.let_suspect();
  ASSERT_EQ(t.admin(last, {"LEAVE", "n5"}), "OK");
  ASSERT_TRUE(t.until([&] { return t.status(heir)["done"] == "yes"; }, 10s));
  t.heal();
  t.partition({slow}, {4});
  t.run_for(3s);
  ASSERT_EQ(t.status(heir)["change"], "n5 leaves");
  t.heal();
  ASSERT_TRUE(t.calm());
  EXPECT_EQ(t.get(last, key), "v");
}

TEST(Membership, ALeavingNodeDeliversItsHintsBeforeItGoes) {
  auto setup = with_spares(5, 1);
  setup.mode = Mode::kSloppy;
  setup.anti_entropy = false;
  Changing t(setup);
  t.crash(2);
  t.let_suspect();
  t.write_keys(200, 2);
  int keeper = 0;
  while (keeper < 5 && (!t.running(keeper) || t.hints(keeper).empty())) ++keeper;
  ASSERT_LT(keeper, 5);
  EXPECT_EQ(t.admin(keeper, {"LEAVE"}), "OK");
  t.run_for(5s);
  EXPECT_EQ(t.status(keeper)["epoch"], "2");  // it waits for the home to come back
  t.restart(2);
  ASSERT_TRUE(t.calm());
  EXPECT_EQ(t.hint_count(), 0u);
  EXPECT_NE(t.status(2)["members"].find(World::name(keeper) + "=left"), std::string::npos);
}

TEST(Membership, RebalancingEvensTheSlotsOutWhenNobodyIsBusy) {
  Changing t(with_spares(5, 0));
  const std::vector<std::string> keys = t.write_keys(300, 5);
  t.run_for(20s);  // until the writes are forgotten
  const auto largest = [&] {
    double most = 0;
    for (const Answer& line : t.call(0, {"RING"}).elements) most = std::max(most, std::stod(line.elements.at(4).text));
    return most;
  };
  const double before = largest();
  EXPECT_EQ(t.admin(3, {"REBALANCE", "60"}), "OK");
  ASSERT_TRUE(t.until([&] { return t.status(3)["epoch"] == "3"; }, 20s));
  ASSERT_TRUE(t.calm());
  EXPECT_LT(largest(), before);
  for (const std::string& key : keys) {
    for (int node : {0, 4}) EXPECT_FALSE(t.get(node, key).null()) << key;
  }
  EXPECT_EQ(t.admin(3, {"REBALANCE", "60"}), "OK");
  EXPECT_TRUE(t.admin(3, {"REBALANCE", "0"}).is("ERR"));
}

// Row F1 (d): ranges move off the hottest node.
TEST(Membership, RebalancingMovesRangesOffABusyMemberWithTheirData) {
  Changing t(with_spares(6, 0));
  const std::vector<std::string> keys = t.write_keys(200, 6);
  // n1 is asked all the time, the others only for its sake.
  for (int i = 0; i < 2000; ++i) {
    t.submit(0, {"GET", keys[static_cast<size_t>(i) % keys.size()]});
    t.run_for(3ms);
  }
  const auto slots_of_n1 = [&] { return std::stod(t.call(1, {"RING"}).elements.at(0).elements.at(4).text); };
  const double before = slots_of_n1();
  EXPECT_EQ(t.admin(1, {"REBALANCE"}), "OK");
  ASSERT_TRUE(t.calm());
  EXPECT_LT(slots_of_n1(), before);
  for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(t.get(2, keys[i]), "value" + std::to_string(i));
}

TEST(Membership, WhatCannotBeIsRefusedWithTheReason) {
  Changing t(with_spares(3, 1));
  const auto refusal = [&](Words words) { return t.admin(0, std::move(words)).text; };
  EXPECT_EQ(refusal({"LEAVE", "n2"}),
            "ERR without n2 2 members would be left, fewer than N=3: let another node join first");
  EXPECT_EQ(refusal({"LEAVE", "n9"}), "ERR no member is named n9");
  EXPECT_EQ(refusal({"REMOVE", "n2"}), "ERR n2 is up: ADMIN LEAVE n2 lets it hand its data over first");
  EXPECT_EQ(refusal({"JOIN", "n2", "10.9.9.9:1"}), "ERR n2 is a member already, at 10.0.0.2:7000");
  EXPECT_EQ(refusal({"JOIN", "n7", "10.0.0.2:7000"}), "ERR 10.0.0.2:7000 is the address of n2");
  EXPECT_EQ(refusal({"JOIN", "n 7", "10.0.0.7:7000"}), "ERR name 'n 7' is not 1 to 15 characters of A-Z a-z 0-9 _ -");
  EXPECT_EQ(refusal({"JOIN", "n7", "here"}), "ERR 'here' is not ip:port");
  EXPECT_EQ(refusal({"JOIN", "n7", "10.0.0.7:7000", "REPLACE", "n8"}), "ERR no member is named n8");
  EXPECT_EQ(refusal({"GO"}).substr(0, 29), "ERR ADMIN JOIN name ip:port [");
  EXPECT_EQ(t.status(0)["epoch"], "1");
}

}  // namespace
}  // namespace node::sim
