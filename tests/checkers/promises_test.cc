#include "checkers/promises.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

using Status = Promise::Status;

TestInfo info(const std::string& workload, const std::string& mode = "sloppy") {
  return Scenario(workload, mode).history.test;
}

// Rows Q3 and Q4: R+W > N and strict quorums, or stale reads are to be expected.
TEST(Promises, StaleReadsArePromisedAwayOnlyByStrictQuorumsThatMeet) {
  EXPECT_EQ(Terms(info("register")).quorum_reads.status, Status::kExpected);
  TestInfo strict = info("register", "strict");
  EXPECT_EQ(Terms(strict).quorum_reads.status, Status::kPromised);
  strict.read_quorum = 1;
  EXPECT_EQ(Terms(strict).quorum_reads.status, Status::kExpected);
  EXPECT_NE(Terms(strict).quorum_reads.text.find("1+2 does not exceed N = 3"), std::string::npos);
}

TEST(Promises, PlainValuesOfSeveralCoordinatorsAreOrderedByClocksUnlessTheyAreLinearizable) {
  TestInfo plain = info("register", "strict");
  plain.capabilities = {"dump", "sloppy", "operation-ids", "restart"};
  EXPECT_EQ(Terms(plain).quorum_reads.status, Status::kExpected);
  EXPECT_EQ(Terms(plain).lost_writes.status, Status::kNotJudged);
  plain.mode = "lin";
  EXPECT_EQ(Terms(plain).quorum_reads.status, Status::kPromised);
  TestInfo one_server = info("register", "strict");
  one_server.capabilities = {"restart"};
  EXPECT_EQ(Terms(one_server).quorum_reads.status, Status::kPromised);
}

TEST(Promises, NIsNeverMoreThanThereAreNodes) {
  TestInfo test = info("register", "strict");
  test.nodes = {"n1"};
  test.read_quorum = test.write_quorum = 1;
  EXPECT_EQ(Terms(test).replicas, 1);
  EXPECT_EQ(Terms(test).quorum_reads.status, Status::kPromised);
}

// Row S7: the default merge and the bad ones.
TEST(Promises, EachMergeModeOfCartsHasItsPrice) {
  TestInfo test = info("cart");
  EXPECT_EQ(Terms(test).lost_additions.status, Status::kPromised);
  EXPECT_EQ(Terms(test).returned_items.status, Status::kPromised);
  test.merge = "union";
  EXPECT_EQ(Terms(test).lost_additions.status, Status::kPromised);
  EXPECT_EQ(Terms(test).returned_items.status, Status::kExpected);
  test.merge = "last-write-wins";
  EXPECT_EQ(Terms(test).lost_additions.status, Status::kExpected);
  EXPECT_EQ(Terms(test).quorum_reads.status, Status::kExpected);
  EXPECT_EQ(Terms(test).honest_items.status, Status::kPromised);
}

// Row S2: each item of a segregated cart is judged as one of an object is; that a read of it be a moment is not.
TEST(Promises, OfSegregatedCartsAreThoseOfObjectsForEachItem) {
  TestInfo test = info("cart");
  const std::vector<Promise> object = derive_promises(test);
  test.segregated_carts = true;
  std::vector<Promise> segregated = derive_promises(test);
  const auto more = std::find_if(segregated.begin(), segregated.end(), [](const Promise& row) {
    return row.text.find("at one moment") != std::string::npos;
  });
  ASSERT_NE(more, segregated.end());
  EXPECT_EQ(more->checker, "cart");
  EXPECT_EQ(more->status, Status::kNotJudged);
  segregated.erase(more);
  ASSERT_EQ(segregated.size(), object.size());
  for (size_t i = 0; i < object.size(); ++i) EXPECT_EQ(segregated[i].text, object[i].text);
}

TEST(Promises, ConvergenceNeedsDumpsAndIsWaivedOnlyByTheUser) {
  TestInfo test = info("cart");
  EXPECT_EQ(Terms(test).convergence.status, Status::kPromised);
  test.hints = false;
  EXPECT_EQ(Terms(test).convergence.status, Status::kPromised) << "anti-entropy alone must do";
  test.bug = "no-anti-entropy";
  EXPECT_EQ(Terms(test).convergence.status, Status::kPromised) << "a planted bug is no excuse";
  test.anti_entropy = false;
  EXPECT_EQ(Terms(test).convergence.status, Status::kExpected);
  test.nemesis = {"none"};
  EXPECT_EQ(Terms(test).convergence.status, Status::kPromised) << "without faults every holder got every write";
  test.capabilities = {};
  EXPECT_EQ(Terms(test).convergence.status, Status::kNotJudged);
}

TEST(Promises, KillWithMemoryStorageIsALostDiskAndSaysSo) {
  TestInfo test = info("cart");
  test.nemesis = {"partition", "kill"};
  EXPECT_EQ(Terms(test).lost_additions.text.find("killed"), std::string::npos) << "LMDB keeps what it has";
  test.storage = "memory";
  EXPECT_NE(Terms(test).lost_additions.text.find("at most W-1 = 1 of the nodes"), std::string::npos);
  EXPECT_EQ(Terms(test).power_cycle.status, Status::kNotJudged);
}

TEST(Promises, WhereNobodyMendsReplicasTheEndIsPromisedByQuorumsThatMeet) {
  TestInfo test = info("register");
  test.nemesis = {"partition"};
  test.anti_entropy = false;
  EXPECT_EQ(Terms(test).lost_writes.status, Status::kPromised) << "R+W > N";
  EXPECT_FALSE(Terms(test).mended);
  test.read_quorum = 1;
  EXPECT_EQ(Terms(test).lost_writes.status, Status::kExpected);
  EXPECT_NE(Terms(test).lost_writes.text.find("R+W = 1+2 does not exceed N = 3"), std::string::npos);
  test.workload = "cart";
  EXPECT_EQ(Terms(test).lost_additions.status, Status::kExpected);
  EXPECT_EQ(Terms(test).returned_items.status, Status::kExpected);
  EXPECT_EQ(Terms(test).honest_items.status, Status::kPromised);
  test.workload = "counter";
  EXPECT_NE(Terms(test).counter_total.text.find("may miss acknowledged ones"), std::string::npos);
  test.nemesis = {"none"};
  EXPECT_TRUE(Terms(test).finals_complete) << "without faults every holder got every write";
  test.experiment = "non-expanding";
  EXPECT_FALSE(Terms(test).finals_complete) << "unless nobody sent it to them";
  EXPECT_EQ(Terms(test).convergence.status, Status::kExpected);
}

TEST(Promises, ModeLinSparesAMinorityOfDisks) {
  TestInfo test = info("register", "lin");
  EXPECT_EQ(Terms(test).spare_disks, 1);
  EXPECT_NE(Terms(test).linearizable.text.find("until more than 1 node lost its disk"), std::string::npos);
  test.replicas = 5;
  test.nodes = {"n1", "n2", "n3", "n4", "n5"};
  EXPECT_EQ(Terms(test).spare_disks, 2);
}

TEST(Promises, LostDisksReduceWhatIsPromisedOnAnyStorage) {
  TestInfo test = info("counter");
  for (const char* nemesis : {"lose-disk", "kill-storage"}) {
    test.nemesis = {nemesis};
    EXPECT_NE(Terms(test).counter_total.text.find("at most W-1 = 1 of the nodes that acknowledged it lose their disks"),
              std::string::npos);
  }
  test.nemesis = {"kill-ackers"};
  EXPECT_EQ(Terms(test).counter_total.text.find("W-1"), std::string::npos) << "LMDB keeps what it has";
  test.storage = "memory";
  EXPECT_NE(Terms(test).counter_total.text.find("W-1 = 1"), std::string::npos);
}

TEST(Promises, APowerCycleIsJudgedAsFarAsRedisPromises) {
  TestInfo test = info("cart");
  test.storage = "redis";
  EXPECT_EQ(Terms(test).power_cycle.status, Status::kPromised);
  test.storage = "redis-everysec";
  EXPECT_EQ(Terms(test).power_cycle.status, Status::kNotJudged);
}

TEST(Promises, SessionsArePromisedByModeLinAsLongAsNoDiskCanBeLost) {
  TestInfo test = info("register");
  EXPECT_EQ(Terms(test).sessions.status, Status::kExpected);
  test.mode = "lin";
  EXPECT_EQ(Terms(test).sessions.status, Status::kPromised);
  test.nemesis = {"kill"};
  EXPECT_EQ(Terms(test).sessions.status, Status::kPromised) << "LMDB keeps what it has";
  test.storage = "memory";
  EXPECT_EQ(Terms(test).sessions.status, Status::kExpected);
}

TEST(Promises, TheTableHoldsTheRowsOfTheWorkload) {
  const auto checkers_of = [](const std::string& workload) {
    std::vector<std::string> names;
    for (const Promise& row : derive_promises(info(workload))) names.push_back(row.checker);
    return names;
  };
  EXPECT_EQ(checkers_of("cart"), (std::vector<std::string>{"convergence", "convergence", "cart", "cart", "cart",
                                                           "quorum-reads", "availability", "crashes"}));
  EXPECT_EQ(checkers_of("set"), (std::vector<std::string>{"convergence", "convergence", "set", "set", "set",
                                                          "quorum-reads", "availability", "crashes"}));
  EXPECT_EQ(checkers_of("register"), (std::vector<std::string>{"convergence", "convergence", "siblings", "siblings",
                                                               "sessions", "quorum-reads", "availability", "crashes"}));
}

}  // namespace
}  // namespace checkers
