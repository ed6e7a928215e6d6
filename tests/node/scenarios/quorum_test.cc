// Quorums on both sides of a partition, strict and sloppy, and what a refusal promises (Dynamo §4.5, §4.6).
#include <functional>
#include <map>

#include "node/wire/message.h"
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

const Words kSloppy = {"MODE", "sloppy"};

// Homes on one side are two, on the other one; n4 and n5 are fallbacks on the greater side.
struct QuorumTest : testing::Test {
  Cluster t;
  std::string key = t.key_with_homes({0, 1, 2});

  void split_homes() {
    t.partition({0}, {1, 2, 3, 4});
    t.let_suspect();
  }
};

// Rows A1 and D2: the same key through any node is the same item.
TEST_F(QuorumTest, WithoutFaultsEveryNodeReadsAndWritesEveryKey) {
  for (int node = 0; node < t.size(); ++node) {
    std::string value = "from " + World::name(node);
    EXPECT_EQ(t.set(node, key, value), "OK");
    for (int reader = 0; reader < t.size(); ++reader) EXPECT_EQ(t.get(reader, key), value);
  }
  EXPECT_TRUE(t.settle());
}

TEST_F(QuorumTest, AReadOfAKeyThatNobodyWroteIsNull) { EXPECT_TRUE(t.get(0, key).null()); }

TEST_F(QuorumTest, AStrictWriteSucceedsWhereWHomesAreAndIsRefusedElsewhere) {
  split_homes();
  EXPECT_EQ(t.set(1, key, "majority", kStrict), "OK");
  EXPECT_EQ(t.set(4, key, "forwarded", kStrict), "OK");
  EXPECT_TRUE(t.set(0, key, "minority", kStrict).is("UNAVAIL"));
}

// Row F9: any one home of three is enough to have kept a write, and N-W may be away from the next.
TEST_F(QuorumTest, AWriteSurvivesTheLossOfAnyTwoHomes) {
  ASSERT_EQ(t.set(0, key, "v", {"MODE", "strict"}), "OK");
  ASSERT_TRUE(t.settle());
  for (int last : {0, 1, 2}) {
    for (int home : {0, 1, 2}) {
      if (home != last) t.crash(home);
    }
    t.let_suspect();
    EXPECT_EQ(t.get(last, key, {"MODE", "strict", "R", "1"}), "v") << World::name(last);
    EXPECT_TRUE(t.set(last, key, "w", {"MODE", "strict"}).is("UNAVAIL"));
    const int back = (last + 1) % 3;
    t.restart(back);
    EXPECT_EQ(t.set(last, key, "v", {"MODE", "strict"}), "OK") << "N-W = 1 away";
    t.restart((last + 2) % 3);
    ASSERT_TRUE(t.settle());
  }
}

// Row H2: R counts any homes; for R=1 one will do.
TEST_F(QuorumTest, AStrictReadSucceedsWhereRHomesAreAndIsRefusedElsewhere) {
  t.set(0, key, "v");
  t.settle();
  split_homes();
  EXPECT_EQ(t.get(2, key, kStrict), "v");
  EXPECT_EQ(t.get(3, key, kStrict), "v");
  EXPECT_TRUE(t.get(0, key, kStrict).is("UNAVAIL"));
  EXPECT_EQ(t.get(0, key, {"MODE", "strict", "R", "1"}), "v");
}

// Row K1: writes on every side; after the heal siblings, none lost.
TEST_F(QuorumTest, ASloppyWriteSucceedsOnBothSidesOfAPartition) {
  t.partition({0, 3}, {1, 2, 4});
  t.let_suspect();
  EXPECT_EQ(t.vput(0, key, "left").kind, Answer::Kind::kBulk);
  EXPECT_EQ(t.vput(1, key, "right").kind, Answer::Kind::kBulk);
  EXPECT_EQ(t.get(3, key), "left");
  EXPECT_EQ(t.get(4, key), "right");
  t.heal();
  EXPECT_TRUE(t.settle());
  EXPECT_EQ(t.vget(2, key).values, (std::vector<std::string>{"left", "right"}));
}

// Row K3: the first N healthy nodes of the walk.
TEST_F(QuorumTest, FallbacksAloneTakeASloppyWriteAndRefuseAStrictOne) {
  t.partition({0, 1, 2}, {3, 4});
  t.let_suspect();
  EXPECT_TRUE(t.set(3, key, "no", kStrict).is("UNAVAIL"));
  EXPECT_EQ(t.set(3, key, "yes", kSloppy), "OK");
  EXPECT_EQ(t.get(4, key), "yes");
  t.heal();
  EXPECT_TRUE(t.settle());
  EXPECT_EQ(t.get(0, key, kStrict), "yes");
}

TEST_F(QuorumTest, ANodeAloneCannotReachTwoEvenInSloppyMode) {
  t.isolate(3);
  t.let_suspect();
  EXPECT_TRUE(t.set(3, key, "v").is("UNAVAIL"));
  EXPECT_TRUE(t.get(3, key).is("UNAVAIL"));
  EXPECT_EQ(t.set(3, key, "v", {"W", "1"}), "OK");
  EXPECT_EQ(t.get(3, key, {"R", "1"}), "v");
}

// Row K3: a hint names its owner, counts to W in sloppy mode only, and the reply can say how many there were.
TEST_F(QuorumTest, AHintCountsTowardsWInSloppyModeOnly) {
  split_homes();
  EXPECT_TRUE(t.set(1, key, "v", {"MODE", "strict", "W", "3"}).is("UNAVAIL"));
  Cluster::Told told = t.call_with_meta(1, {"SET", key, "v"}, {"MODE", "sloppy", "W", "3"});
  EXPECT_EQ(told.answer, "OK");
  EXPECT_EQ(told.meta["acks"], "n2,n3");
  EXPECT_EQ(told.meta["mode"], "sloppy");
  EXPECT_TRUE(told.meta["hints"] == "n4>n1" || told.meta["hints"] == "n5>n1") << told.meta["hints"];
}

// Before its silence is noticed, the strict write waits for a home in vain. The hint that a fallback keeps for it
// meanwhile must not answer in its stead.
TEST_F(QuorumTest, AStrictWriteThatIsOnlyHintedTimesOut) {
  t.isolate(0);
  EXPECT_TRUE(t.set(1, key, "v", {"MODE", "strict", "W", "3"}).is("TIMEOUT"));
  EXPECT_EQ(t.hint_count(), 1u);
  EXPECT_EQ(t.set(1, key, "w", {"MODE", "sloppy", "W", "3"}), "OK");
}

// Row D4: the answer comes with W, the other N-W after it.
TEST_F(QuorumTest, AReplicaDelayedByHalfASecondDelaysNoAnswerAndHasTheWriteWithinASecond) {
  const Nodes homes = t.homes(key);
  t.pause(homes[2]);
  const Instant began = t.now();
  EXPECT_EQ(t.set(homes[0], key, "v"), "OK");
  EXPECT_LT(t.now() - began, 20ms);
  t.run_for(500ms);
  t.resume(homes[2]);
  EXPECT_TRUE(t.await([&] { return t.held(homes[2], key) == t.held(homes[0], key); }, 500ms));
}

TEST_F(QuorumTest, MetaNamesTheCoordinatorAndWhoAnswered) {
  Cluster::Told written = t.call_with_meta(4, {"SET", key, "v"}, {"W", "3"});
  EXPECT_EQ(written.answer, "OK");
  EXPECT_EQ(written.meta["coordinator"], "n1");
  EXPECT_EQ(written.meta["w"], "3");
  EXPECT_EQ(written.meta["hints"], "");
  Cluster::Told read = t.call_with_meta(4, {"GET", key}, {"R", "3"});
  EXPECT_EQ(read.answer, "v");
  EXPECT_EQ(read.meta["coordinator"], "n5");
  EXPECT_EQ(read.meta["acks"].size(), std::string("n1,n2,n3").size());
}

// Row F2: messages an operation do not depend on the number of nodes.
// Row D3: reads ask the homes that the table names, and nobody else; writes too. Heartbeats and their like are no
// operation's.
TEST_F(QuorumTest, AnOperationCostsAtMostTwoMessagesAReplica) {
  uint64_t messages = 0;
  t.watch([&](int, int, const Packet& packet) {
    for (const char* kind : {"READ", "HOLDS", "WRITE", "WRITTEN", "FORWARD", "ANSWER", "REPAIR"}) {
      messages += kind_of(packet) == kind ? 1 : 0;
    }
  });
  const auto cost = [&](const std::function<Answer()>& operation) {
    messages = 0;
    EXPECT_TRUE(operation().ok());
    t.run_for(1s);
    return messages;
  };
  for (int node = 0; node < t.size(); ++node) {
    const bool home = node < 3;
    EXPECT_EQ(cost([&] { return t.set(node, key, "v"); }), home ? 4u : 6u) << World::name(node);
    EXPECT_EQ(cost([&] { return t.get(node, key); }), home ? 4u : 6u) << World::name(node);
  }
}

// Row Q4: sloppy quorums need not meet, R+W > N or not. The strict ones of the same moment do.
TEST_F(QuorumTest, ASloppyReadCanMissAnAcknowledgedSloppyWrite) {
  t.set(0, key, "old", {"W", "3"});
  t.partition({0, 1, 2}, {3, 4});
  t.let_suspect();
  EXPECT_EQ(t.set(3, key, "new", kSloppy), "OK");
  EXPECT_EQ(t.get(0, key, kSloppy), "old");
  EXPECT_TRUE(t.set(3, key, "newer", kStrict).is("UNAVAIL"));
  t.heal();
  EXPECT_TRUE(t.settle());
}

// ---- Refused is refused, unknown is unknown

// Row RT5: refused means surely not applied.
TEST_F(QuorumTest, UnavailableMeansThatNobodyWasHandedTheWrite) {
  split_homes();
  EXPECT_TRUE(t.set(0, key, "refused", kStrict).is("UNAVAIL"));
  for (int node = 0; node < t.size(); ++node) EXPECT_EQ(t.held(node, key).versions, "") << World::name(node);
  EXPECT_EQ(t.hint_count(), 0u);
}

// Row RT5: unknown means that some replica may hold it.
TEST_F(QuorumTest, AWriteThatReachedTooFewIsATimeoutBecauseItMayStillHappen) {
  t.isolate(0);  // nobody has noticed yet
  EXPECT_TRUE(t.set(0, key, "late", kStrict).is("TIMEOUT"));
  EXPECT_NE(t.held(0, key).versions, "");
  t.heal();
  EXPECT_TRUE(t.settle());
  EXPECT_EQ(t.get(1, key, kStrict), "late");
}

TEST_F(QuorumTest, AForwardThatGetsNoAnswerIsATimeout) {
  t.isolate(3);
  EXPECT_TRUE(t.set(3, key, "v", kStrict).is("TIMEOUT"));
}

TEST_F(QuorumTest, AnIncrementThatWasRefusedNeverCountsLater) {
  // The fallback's store of hints is full, so it refuses; its next increments must not carry the refused one.
  Cluster full({.max_hint_bytes = 0});
  full.partition({0, 1, 2}, {3, 4});
  full.let_suspect();
  std::string counter = full.key_with_homes({0, 1, 2});
  EXPECT_EQ(full.add(3, counter, 1, {"W", "1"}), 1);  // fills it
  EXPECT_TRUE(full.add(3, counter, 100, {"W", "1"}).is("UNAVAIL"));
  full.heal();
  ASSERT_TRUE(full.settle());
  full.partition({0, 1, 2}, {3, 4});
  full.let_suspect();
  EXPECT_EQ(full.add(3, counter, 10, {"W", "1"}).kind, Answer::Kind::kInteger);
  full.heal();
  ASSERT_TRUE(full.settle());
  EXPECT_EQ(full.count(0, counter), 11);
}

TEST_F(QuorumTest, AHintThatWasRefusedIsNotCounted) {
  Cluster full({.max_hint_bytes = 0});
  std::string one = full.key_with_homes({0, 1, 2});
  full.isolate(0);
  full.let_suspect();
  // The first hint fits into an empty store. Each of the next two finds one of the fallbacks' stores full, and moves
  // on.
  EXPECT_EQ(full.set(1, one, "1", {"W", "3"}), "OK");
  EXPECT_EQ(full.set(1, full.key_with_homes({1, 0, 2}), "2", {"W", "3"}), "OK");
  EXPECT_EQ(full.hint_count(), 2u);
  EXPECT_TRUE(full.set(1, one, "3", {"W", "3"}).is("TIMEOUT"));
}

// ---- Deadlines and the client's own choices

TEST_F(QuorumTest, ARequestChoosesItsOwnDeadline) {
  t.isolate(0);
  Instant before = t.now();
  EXPECT_TRUE(t.set(0, key, "v", {"MODE", "strict", "TIMEOUT", "70"}).is("TIMEOUT"));
  EXPECT_EQ(t.now() - before, Duration(70ms));
}

// Row O2: R and W by request.
TEST_F(QuorumTest, ASessionChoosesForItsRequestsAndARequestForItself) {
  split_homes();
  EXPECT_EQ(t.call(0, {"SESSION", "R", "1"}), "OK");
  EXPECT_EQ(t.call(0, {"SESSION", "MODE", "strict"}), "OK");
  EXPECT_TRUE(t.get(0, key).null());
  EXPECT_TRUE(t.get(0, key, {"R", "2"}).is("UNAVAIL"));
  EXPECT_EQ(t.set(1, key, "v", {"W", "2"}), "OK");
}

TEST_F(QuorumTest, AnOptionOfTheSessionTravelsWithAForwardedWrite) {
  split_homes();
  EXPECT_EQ(t.call(3, {"SESSION", "W", "3"}), "OK");
  EXPECT_EQ(t.call(3, {"SESSION", "MODE", "strict"}), "OK");
  EXPECT_TRUE(t.set(3, key, "v").is("UNAVAIL"));
}

TEST_F(QuorumTest, WithHintsOffNoFallbackTakesPart) {
  Cluster off({.hints = false});
  std::string one = off.key_with_homes({0, 1, 2});
  off.partition({0, 1, 2}, {3, 4});
  off.let_suspect();
  EXPECT_TRUE(off.set(3, one, "v").is("UNAVAIL"));
  EXPECT_TRUE(off.get(3, one).is("UNAVAIL"));
  EXPECT_EQ(off.set(0, one, "v"), "OK");
  EXPECT_EQ(off.hint_count(), 0u);
}

// ---- A write acknowledged during a partition

TEST_F(QuorumTest, AWriteAcknowledgedDuringAPartitionIsReadableAfterHealing) {
  for (const Words& mode : {kStrict, kSloppy}) {
    split_homes();
    EXPECT_EQ(t.set(3, key, "acknowledged " + mode[1], mode), "OK");
    t.heal();
    t.let_suspect();
    for (int node = 0; node < t.size(); ++node) EXPECT_EQ(t.get(node, key, kStrict), "acknowledged " + mode[1]);
    EXPECT_TRUE(t.settle());
  }
}

// Rows G6, Q2 and Q3: any R homes meet any W homes.
TEST_F(QuorumTest, AStrictReadSeesAnAcknowledgedStrictWriteWhicheverHomesAreCutOff) {
  for (int away = 0; away < 3; ++away) {
    std::string value = "without " + World::name(away);
    t.isolate(away);
    t.let_suspect();
    EXPECT_EQ(t.set((away + 1) % 3, key, value, kStrict), "OK");
    t.heal();
    t.isolate((away + 1) % 3);
    t.let_suspect();
    EXPECT_EQ(t.get(away, key, kStrict), value);
    t.heal();
    t.let_suspect();
  }
}

Nodes members_of(unsigned set, int nodes, bool in_it) {
  Nodes members;
  for (int node = 0; node < nodes; ++node) {
    if ((set >> node & 1) == in_it) members.push_back(node);
  }
  return members;
}

// Row Q3: for all sets of W homes that a write can reach, and of R that a read can: it is seen exactly where the sets
// meet, and all of them do if and only if R+W > N. Nothing else tells the others of it.
TEST(Quorums, EveryReadMeetsEveryWriteIfAndOnlyIfRAndWExceedN) {
  for (int n = 1; n <= 4; ++n) {
    std::map<std::pair<size_t, size_t>, int> missed;  // by R and W
    for (unsigned written = 1; written < 1u << n; ++written) {
      for (unsigned read = 1; read < 1u << n; ++read) {
        Cluster t({.nodes = n,
                   .replicas = n,
                   .read_quorum = 1,
                   .write_quorum = 1,
                   .mode = Mode::kStrict,
                   .hints = false,
                   .anti_entropy = false});
        t.become_whole();
        const auto only = [&](unsigned set) {
          t.heal();
          t.partition(members_of(set, n, true), members_of(set, n, false));
          t.let_suspect();
          return members_of(set, n, true);
        };
        const Nodes writers = only(written);
        ASSERT_EQ(t.set(writers[0], "k", "v", {"W", std::to_string(writers.size())}), "OK");
        const Nodes readers = only(read);
        const Answer answer = t.get(readers[0], "k", {"R", std::to_string(readers.size())});
        ASSERT_TRUE(answer.ok());
        EXPECT_EQ(answer.null(), (written & read) == 0) << "N=" << n << ", sets " << written << " and " << read;
        missed[{readers.size(), writers.size()}] += answer.null() ? 1 : 0;
      }
    }
    for (const auto& [quorums, count] : missed) {
      const auto& [r, w] = quorums;
      EXPECT_EQ(count == 0, r + w > static_cast<size_t>(n)) << "N=" << n << " R=" << r << " W=" << w;
    }
  }
}

}  // namespace
}  // namespace node::sim
