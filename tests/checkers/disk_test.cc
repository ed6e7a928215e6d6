// Lost disks: what survives is promised only while fewer than W of the nodes that acknowledged a write lose them.
#include <gtest/gtest.h>

#include "checkers/trial.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

Scenario one_write() {
  Scenario s("counter");
  s.history.test.storage = "memory";
  s.history.test.nemesis = {"kill"};
  s.invoke(1, "add", "k", Value(5)).ok(1, {}, Value(Map{{"acks", texts({"n1", "n2"})}}));
  return s;
}

bool excused(const Scenario& s) {
  const Trial trial(s.history);
  return trial.lost_disks.excuse(trial.operations.all()[0], std::chrono::hours(1));
}

Value nodes(const std::vector<std::string>& names) { return Value(Map{{"nodes", texts(names)}}); }

TEST(LostDisks, TheBudgetIsWMinusOneOfTheNodesThatAcknowledged) {
  EXPECT_FALSE(excused(one_write()));
  EXPECT_FALSE(excused(one_write().fault("kill", nodes({"n1"}))));
  EXPECT_FALSE(excused(one_write().fault("kill", nodes({"n1", "n3"})))) << "n3 did not acknowledge it";
  EXPECT_FALSE(excused(one_write().fault("kill", nodes({"n1"})).fault("kill", nodes({"n1"}))))
      << "one disk, lost twice";
  EXPECT_TRUE(excused(one_write().fault("kill", nodes({"n1"})).fault("kill", nodes({"n2"}))));
}

// Found by fuzzing: the node that kept the hint handed it to a home, whose disk was lost then.
TEST(LostDisks, WhatWasAcknowledgedAsAHintHasMovedOn) {
  Scenario s("counter");
  s.history.test.storage = "memory";
  s.history.test.nemesis = {"kill"};
  s.invoke(1, "add", "k", Value(5)).ok(1, {}, Value(Map{{"acks", texts({"n1", "n2"})}, {"hints", 1}}));
  EXPECT_FALSE(excused(Scenario(s).fault("kill", nodes({"n3"}))));
  EXPECT_TRUE(excused(Scenario(s).fault("kill", nodes({"n3", "n4"}))));
}

TEST(LostDisks, SoManyDisksAsAKeyHasHomesMayHaveBeenAllOfThem) {
  EXPECT_FALSE(excused(one_write().fault("kill", nodes({"n3", "n4"}))));
  EXPECT_TRUE(excused(one_write().fault("kill", nodes({"n3", "n4", "n5"}))));
}

TEST(LostDisks, ANodeThatEndedByItselfLostItsMemoryToo) {
  Scenario s = one_write().fault("kill", nodes({"n1"}));
  s.history.exits.push_back({std::chrono::seconds(1), "n2", 75, 0, false, ""});
  EXPECT_TRUE(excused(s));
}

TEST(LostDisks, StorageOnDiskKeepsItsPromise) {
  Scenario s = one_write().fault("kill", nodes({"n1", "n2", "n3"}));
  s.history.test.storage = "lmdb";
  EXPECT_FALSE(excused(s));
}

TEST(LostDisks, AWipedDiskIsLostOnAnyStorage) {
  Scenario s = one_write().fault("lose-disk", nodes({"n1"}));
  s.history.test.storage = "lmdb";
  EXPECT_FALSE(excused(s)) << "one of two";
  EXPECT_TRUE(excused(s.fault("lose-disk", nodes({"n2"}))));
}

// A node that lives on writes its image back to a Redis that came back empty.
TEST(LostDisks, AWipedStorageServerIsALossOnlyIfItsNodeEndsToo) {
  using std::chrono::seconds;
  const auto ending = [](Nanos n1, Nanos n2) {
    Scenario s = one_write();
    s.history.test.storage = "redis";
    for (const char* node : {"n1", "n2"}) {
      s.wait(seconds(10)).fault("lose-storage", nodes({node})).wait(seconds(1));
      s.fault("restart-storage", nodes({node}), true);
    }
    s.history.exits.push_back({n1, "n1", 0, 9, true, ""});
    s.history.exits.push_back({n2, "n2", 75, 0, false, ""});
    return s;
  };
  EXPECT_TRUE(excused(ending(seconds(10) + std::chrono::milliseconds(500), seconds(23))));
  EXPECT_FALSE(excused(ending(seconds(5), seconds(23)))) << "n1 had ended before";
  EXPECT_FALSE(excused(ending(seconds(10) + std::chrono::milliseconds(500), seconds(60)))) << "n2 had written it back";
}

TEST(LostDisks, WithoutAcknowledgersEveryNodeMayHaveBeenOne) {
  Scenario s("counter");
  s.history.test.storage = "memory";
  s.invoke(1, "add", "k", Value(5)).ok(1);
  EXPECT_TRUE(excused(s.fault("kill", nodes({"n2", "n3"}))));
}

TEST(LostDisks, AnExcusedIncrementCountsEitherWay) {
  for (const int64_t value : {0, 5, 7}) {
    Scenario s = one_write().fault("kill", nodes({"n1", "n2"}));
    s.invoke(2, "add", "k", Value(7)).ok(2, {}, Value(Map{{"acks", texts({"n1", "n3"})}}));
    s.phase("final-reads").final_read(9, "k", "n1", Value(value));
    EXPECT_EQ(check(s.history, "counter").verdict, value == 7 ? Verdict::kValid : Verdict::kInvalid) << value;
  }
}

}  // namespace
}  // namespace checkers
