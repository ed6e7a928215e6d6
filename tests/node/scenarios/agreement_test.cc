// The members agree on who is one: a majority of them, each by one disk.
#include "tests/node/sim/changing.h"

namespace node::sim {
namespace {

TEST(Agreement, AMinorityCannotChangeTheMembersAndAMajorityCan) {
  Changing t(with_spares(5, 1));
  t.partition({0, 1}, {2, 3, 4, 5});
  t.let_suspect();
  EXPECT_TRUE(t.admin(0, {"LEAVE", "n2"}).is("TIMEOUT"));
  EXPECT_EQ(t.status(0)["epoch"], "1");
  EXPECT_EQ(t.admin(2, {"LEAVE", "n5"}), "OK");
  t.heal();
  ASSERT_TRUE(t.calm());
  // The wish that timed out may have come true after the heal; everybody agrees on that.
  for (int node = 0; node < 4; ++node) EXPECT_EQ(t.status(node)["members"], t.status(3)["members"]);
  EXPECT_NE(t.status(0)["members"].find("n5=left"), std::string::npos);
}

TEST(Agreement, TwoWishesOnTwoSidesOfATwoOneOneSplitNeverMakeTwoTables) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    auto setup = with_spares(5, 1, seed);
    setup.network.lost_percent = 20;
    setup.network.doubled_percent = 20;
    setup.network.in_order = false;
    Changing t(setup);
    std::map<std::string, std::string> tables;  // by epoch
    t.submit(0, {"ADMIN", "LEAVE", "n4"});
    t.submit(1, {"ADMIN", "LEAVE", "n5"});
    t.join_through(5, 2);
    for (int step = 0; step < 200; ++step) {
      t.run_for(100ms);
      if (step % 40 == 20) t.crash(static_cast<int>(seed + static_cast<uint64_t>(step)) % 5);
      if (step % 40 == 30) t.restart_all();
      for (int node = 0; node < t.size(); ++node) {
        if (!t.running(node)) continue;
        auto now = t.status(node);
        const auto first = tables.emplace(now["epoch"], now["members"]).first;
        ASSERT_EQ(first->second, now["members"]) << "two tables of epoch " << now["epoch"] << ", seed " << seed;
      }
    }
    t.set_network({});
    t.restart_all();
    ASSERT_TRUE(t.calm());
    EXPECT_GE(std::stoi(t.status(0)["epoch"]), 5) << "seed " << seed;
  }
}

TEST(Agreement, TheTableSurvivesARestartOfAllNodes) {
  Changing t(with_spares(4, 1));
  t.join_through(4, 0);
  ASSERT_TRUE(t.until([&] { return t.status(4)["epoch"] == "3"; }, 10s));
  ASSERT_TRUE(t.calm());
  t.crash_all();
  t.restart_all();
  for (int node = 0; node < 5; ++node) {
    EXPECT_EQ(t.status(node)["epoch"], "3");
    EXPECT_EQ(t.status(node)["members"], "n1=member,n2=member,n3=member,n4=member,n5=member");
  }
}

// ---- Whose disk is lost is another voter

// Down, wiped, up again.
void lose_disks(Cluster& t, const Nodes& nodes) {
  for (int node : nodes) {
    t.crash(node);
    t.lose_disk(node);
  }
  for (int node : nodes) t.start(node);
}

TEST(Electorate, ALostDiskDoesNotVoteASecondTime) {
  Changing t(with_spares(5, 0));
  t.partition({0, 1, 2}, {3, 4});
  t.let_suspect();
  ASSERT_EQ(t.admin(0, {"LEAVE", "n5"}), "OK");  // three of five have agreed, and n1 knows
  ASSERT_EQ(t.status(3)["epoch"], "1");
  t.isolate(0);
  lose_disks(t, {1, 2});
  t.heal();
  t.isolate(0);
  t.run_for(5s);  // whole again, from n4 and n5, which have not heard
  EXPECT_TRUE(t.admin(3, {"LEAVE", "n4"}).is("TIMEOUT")) << "it would be another table of the same epoch";
  EXPECT_EQ(t.status(3)["epoch"], "1");
  t.heal();
  ASSERT_TRUE(t.calm());
  for (int node = 0; node < 3; ++node) {
    EXPECT_EQ(t.status(node)["members"], t.status(0)["members"]);
    EXPECT_EQ(t.status(node)["votes"], "yes");
  }
  EXPECT_NE(t.status(0)["members"].find("n5=left"), std::string::npos);
}

TEST(Electorate, DisksThatAreLostOneAfterTheOtherLeaveAllWithAVote) {
  Changing t(with_spares(5, 0));
  for (int node = 0; node < 5; ++node) {
    lose_disks(t, {node});
    EXPECT_EQ(t.status(node)["votes"], "no");
    EXPECT_TRUE(t.until([&] { return t.status(node)["votes"] == "yes"; }, 5s)) << t.name(node);
  }
  EXPECT_EQ(t.admin(0, {"LEAVE", "n5"}), "OK");
  EXPECT_TRUE(t.calm());
}

TEST(Electorate, ANewClusterRemovesAMemberThatNeverCame) {
  Changing t(with_spares(5, 0));
  t.crash_all();
  for (int node = 0; node < 5; ++node) t.lose_disk(node);
  for (int node = 0; node < 4; ++node) t.start(node);
  t.run_for(5s);
  EXPECT_EQ(t.status(0)["votes"], "no") << "n5 may know more";
  EXPECT_TRUE(t.get(0, "key", kStrict).error());
  EXPECT_EQ(t.admin(0, {"REMOVE", "n5"}), "OK");
  ASSERT_TRUE(t.calm());
  EXPECT_TRUE(t.until([&] { return t.whole(); }, 5s));
  EXPECT_EQ(t.set(1, "key", "v", kStrict), "OK");
  EXPECT_EQ(t.get(2, "key", kStrict), "v");
}

}  // namespace
}  // namespace node::sim
