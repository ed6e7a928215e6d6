// Anti-entropy makes replicas equal that nobody reads and that nobody keeps hints for (Dynamo §4.7); read repair does
// it for those that are read (§5).
#include <set>

#include "node/wire/message.h"
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

struct AntiEntropyTest : testing::Test {
  Cluster t{{.hints = false}};
  std::string key = t.key_with_homes({0, 1, 2});
};

// Row C3: anti-entropy alone, cold keys that nobody reads.
TEST_F(AntiEntropyTest, AReplicaThatMissedWritesIsBroughtUpToDateWithoutHintsAndReads) {
  t.isolate(0);
  t.let_suspect();
  EXPECT_EQ(t.set(1, key, "v"), "OK");
  EXPECT_TRUE(t.cart_add(1, "c{" + key + "}", "milk", 2, {"ann", 1}).ok());
  EXPECT_EQ(t.add(1, "n{" + key + "}", 3), 3);
  t.heal();
  const auto all_equal = [&] {
    return t.homes_equal(key) && t.homes_equal("c{" + key + "}") && t.homes_equal("n{" + key + "}");
  };
  EXPECT_TRUE(t.await(all_equal, 2s));
  for (int node = 0; node < t.size(); ++node) {
    EXPECT_EQ(t.stat(node, "repairs") + t.stat(node, "hints_kept") + t.stat(node, "reads"), 0u);
  }
}

TEST_F(AntiEntropyTest, ReplicasThatBothChangedBecomeEqual) {
  t.partition({0}, {1, 2, 3, 4});
  t.let_suspect();
  EXPECT_TRUE(t.vput(0, key, "left", "", {"W", "1"}).ok());
  EXPECT_TRUE(t.vput(1, key, "right").ok());
  t.heal();
  EXPECT_TRUE(t.await([&] { return t.homes_equal(key); }, 2s));
  EXPECT_EQ(t.held(2, key).siblings, 2u);
}

// Rows T1 and C3: amnesia of one node.
TEST_F(AntiEntropyTest, ANodeThatLostItsDiskGetsEverythingBack) {
  const int kKeys = 300;
  for (int i = 0; i < kKeys; ++i) t.submit(i % t.size(), {"SET", "k" + std::to_string(i), "v"});
  ASSERT_TRUE(t.settle());
  std::vector<Held> before = t.records(2);
  EXPECT_GT(before.size(), 100u);
  t.crash(2);
  t.lose_disk(2);
  t.restart(2);
  EXPECT_TRUE(t.settle());
  EXPECT_EQ(t.records(2), before);
}

// More than one exchange may carry: what is left out differs again in the next round.
TEST_F(AntiEntropyTest, MoreThanOneMessageCanCarryIsExchangedInSeveralRounds) {
  const int kKeys = 12'000;
  Cluster two({.nodes = 2, .replicas = 2, .read_quorum = 1, .write_quorum = 1, .hints = false});
  two.partition({0}, {1});
  two.let_suspect();
  for (int i = 0; i < kKeys; ++i) two.submit(0, {"INCR", "k" + std::to_string(i)});
  two.run_for(1s);
  two.heal();
  EXPECT_TRUE(two.await([&] { return two.stat(1, "records") == kKeys; }, 60s));
  EXPECT_TRUE(two.settle());
}

// Row F11: all differences in one round.
TEST_F(AntiEntropyTest, OneExchangeBringsBothSidesUpToDate) {
  Cluster one({.nodes = 2, .replicas = 2, .read_quorum = 1, .write_quorum = 1, .hints = false, .anti_entropy = false});
  one.partition({0}, {1});
  one.let_suspect();
  EXPECT_EQ(one.set(0, "left", "v"), "OK");
  EXPECT_EQ(one.set(1, "right", "v"), "OK");
  EXPECT_TRUE(one.vput(0, "both", "a").ok());
  EXPECT_TRUE(one.vput(1, "both", "b").ok());
  one.heal();
  one.let_suspect();  // what has just changed is left out for a second
  EXPECT_EQ(one.differences().size(), 3u);
  one.deliver(1,
              encode(Message{"n1", {}, SyncGroups{true, std::vector<uint64_t>(128, 1), {}}, 1}));  // all groups differ
  one.run_for(100ms);
  EXPECT_EQ(one.differences(), std::vector<std::string>{});
  EXPECT_EQ(one.held(1, "both").siblings, 2u);
}

// Row F11: a constant below 2 KiB a round and peer. Row C5: whom one shares nothing with, one does not ask.
TEST_F(AntiEntropyTest, AnExchangeIsQuietWhenNothingDiffers) {
  for (int i = 0; i < 200; ++i) t.submit(i % t.size(), {"SET", "k" + std::to_string(i), std::string(1000, 'x')});
  ASSERT_TRUE(t.settle());
  auto before = t.traffic();
  t.run_for(60s);
  auto after = t.traffic();
  for (const char* kind : {"SYNC.SLOTS", "SYNC.BRANCHES", "SYNC.LEAVES", "SYNC.WANT", "REPAIR"}) {
    EXPECT_EQ(after[kind].messages, before[kind].messages) << kind;
  }
  // A round of each node every quarter of a second, and one digest of 8 bytes a round.
  uint64_t rounds = after["SYNC.GROUPS"].messages - before["SYNC.GROUPS"].messages;
  EXPECT_NEAR(static_cast<double>(rounds), 60 * 4 * t.size(), 10);
  EXPECT_LT(after["SYNC.GROUPS"].bytes - before["SYNC.GROUPS"].bytes, rounds * 32);
}

// Row C5: what an idle node tells a peer, all kinds of messages together.
TEST(IdleTraffic, IsBelowAKibibyteASecondAndPeer) {
  for (const int nodes : {2, 3, 5, 10}) {
    Cluster idle({.nodes = nodes, .replicas = std::min(nodes, 3), .read_quorum = 1, .write_quorum = 1});
    for (int i = 0; i < 200; ++i) idle.submit(i % nodes, {"SET", "k" + std::to_string(i), "v"});
    ASSERT_TRUE(idle.settle());
    const uint64_t before = idle.bytes_sent();
    idle.run_for(60s);
    const uint64_t a_second = (idle.bytes_sent() - before) / 60;
    EXPECT_LT(a_second, 1024u * static_cast<unsigned>(nodes * (nodes - 1))) << nodes << " nodes";
    RecordProperty("bytes_" + std::to_string(nodes),
                   std::to_string(a_second / static_cast<unsigned>(nodes * (nodes - 1))));
  }
}

// Two nodes that hold `keys` equal keys of 16 bytes, and then find the `differing` ones that one of them lacks. Returns
// the bytes that they told each other to find them, records not counted.
uint64_t bytes_to_find(int keys, int differing) {
  Cluster two({.nodes = 2, .replicas = 2, .read_quorum = 1, .write_quorum = 1, .hints = false, .anti_entropy = false});
  const auto name = [](int i) { return std::to_string(1'000'000'000 + i) + "......"; };
  for (int i = 0; i < keys; ++i) two.submit(0, {"SET", name(i), "v"});
  two.run_for(1s);
  two.partition({0}, {1});
  two.let_suspect();
  for (int i = 0; i < differing; ++i) two.submit(0, {"SET", name(-1 - i), "v"});
  two.run_for(1s);
  two.heal();
  two.let_suspect();
  EXPECT_EQ(two.stat(0, "records") - two.stat(1, "records"), static_cast<uint64_t>(differing));
  const auto spent = [&] {
    uint64_t bytes = 0;
    for (const auto& [kind, traffic] : two.traffic()) bytes += kind.rfind("SYNC.", 0) == 0 ? traffic.bytes : 0;
    return bytes;
  };
  const uint64_t before = spent();
  // As n1 would begin: it must not have its timer on, which would count in later rounds.
  two.deliver(1, encode(Message{"n1", {}, SyncGroups{true, std::vector<uint64_t>(128, 1), {}}, 1}));
  two.run_for(500ms);
  EXPECT_EQ(two.stat(0, "records"), two.stat(1, "records")) << keys << " keys, " << differing << " differ";
  return spent() - before;
}

// Row F11: O(d log n) bytes. A level of the tree costs some hundred bytes a difference, and there are more levels only
// where slots are large.
TEST(AntiEntropyBytes, GrowWithTheNumberOfDifferencesAndHardlyWithTheNumberOfKeys) {
  const uint64_t slots = bytes_to_find(1, 1);  // that n1 asks of all groups: every slot's digest comes once
  const auto cost = [&](int keys, int differing) { return bytes_to_find(keys, differing) - slots; };
  const uint64_t one_of_many = cost(20'000, 1);
  EXPECT_LT(one_of_many, 2'000u);
  const uint64_t hundred_of_few = cost(2'000, 100);
  const uint64_t hundred_of_many = cost(20'000, 100);
  EXPECT_LT(hundred_of_many, 100 * 600u);
  EXPECT_LT(hundred_of_many, 10 * hundred_of_few) << "ten times the keys";
}

// Row F11: also within a slot.
// A slot of many keys: its branches are walked, and not listed.
TEST(AntiEntropyBytes, OfALargeSlotAreThoseOfOnePathThroughItsTree) {
  Cluster two({.nodes = 2, .replicas = 2, .read_quorum = 1, .write_quorum = 1, .hints = false, .anti_entropy = false});
  for (int i = 0; i < 20'000; ++i) two.submit(0, {"SET", "{one}" + std::to_string(i), "v"});
  two.run_for(1s);
  two.partition({0}, {1});
  two.let_suspect();
  two.set(0, "{one}new", "v");
  two.heal();
  two.let_suspect();
  const Slot slot = slot_of("{one}");
  two.deliver(1, encode(Message{"n1", {}, SyncSlots{{{slot, 1}}}, 1}));
  two.run_for(500ms);
  EXPECT_EQ(two.stat(1, "records"), 20'001u);
  EXPECT_GE(two.traffic().at("SYNC.BRANCHES").messages, 3u) << "20,000 keys are some levels of 16";
  EXPECT_LT(two.traffic().at("SYNC.BRANCHES").bytes + two.traffic().at("SYNC.LEAVES").bytes, 2'500u);
}

// Row K2: reconciled at once, not at the next timer.
TEST(AntiEntropyAfterAHeal, TenThousandDivergentKeysAreEqualWithinThreeSeconds) {
  Cluster t({.hints = false});
  t.partition({0, 1}, {2, 3, 4});
  t.let_suspect();
  const int kKeys = 10'000;
  for (int i = 0; i < kKeys; ++i) t.submit(2 + i % 3, {"INCR", "k" + std::to_string(i), "W", "1"});
  t.run_for(1s);
  t.heal();
  const auto synced = [&] {
    uint64_t records = 0;
    for (int node = 0; node < t.size(); ++node) records += t.stat(node, "records");
    return records;
  };
  const Instant healed = t.now();
  while (synced() < 3u * kKeys && t.now() - healed < 3s) t.run_for(100ms);
  EXPECT_EQ(t.differences().size(), 0u);
  EXPECT_EQ(synced(), 3u * kKeys);
}

// Row G5: two intervals of anti-entropy and one of handoff after the last heal all replicas are equal.
TEST(AntiEntropyAfterAHeal, ReplicasAreEqualAfterTwoRoundsAndOneOffOfHints) {
  const Options usual;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster t({.seed = seed});
    t.partition({0, 1}, {2, 3, 4});
    t.let_suspect();
    for (int i = 0; i < 200; ++i) t.submit(i % 5, {"INCR", "k" + std::to_string(i % 100)});
    t.run_for(2s);
    EXPECT_GT(t.differences().size(), 50u) << "seed " << seed;
    const Instant healed = t.now();
    t.heal();
    while (!t.differences().empty() && t.now() - healed < 10s) t.run_for(10ms);
    EXPECT_LE(t.now() - healed, 2 * usual.anti_entropy_interval + usual.handoff_interval) << "seed " << seed;
  }
}

TEST_F(AntiEntropyTest, WritesUnderWayDoNotMakeItSendRecordsForEver) {
  for (int i = 0; i < 100; ++i) {
    t.set(i % t.size(), key, std::to_string(i));
    t.run_for(20ms);
  }
  ASSERT_TRUE(t.settle());
  auto before = t.traffic();
  t.run_for(10s);
  EXPECT_EQ(t.traffic().at("SYNC.GROUPS").messages > before["SYNC.GROUPS"].messages, true);
  EXPECT_EQ(t.traffic().count("REPAIR") == 0 || t.traffic().at("REPAIR").messages == before["REPAIR"].messages, true);
}

TEST_F(AntiEntropyTest, WorksOverANetworkThatLosesDoublesAndReorders) {
  Cluster rough(
      {.hints = false, .network = {.longest = 100ms, .lost_percent = 20, .doubled_percent = 20, .in_order = false}});
  for (int i = 0; i < 100; ++i) rough.submit(i % rough.size(), {"INCR", "k" + std::to_string(i)});
  EXPECT_TRUE(rough.settle(60s));
}

// ---- Read repair

// Row C3: read repair alone, without hints and anti-entropy.
TEST(ReadRepair, BringsAHomeUpToDateThatAReadFoundBehind) {
  Cluster t({.hints = false, .anti_entropy = false});
  std::string key = t.key_with_homes({0, 1, 2});
  t.isolate(0);
  t.let_suspect();
  t.set(1, key, "v");
  t.heal();
  t.let_suspect();
  EXPECT_EQ(t.held(0, key).versions, "") << "nothing else does it";
  EXPECT_EQ(t.get(4, key), "v");
  t.run_for(200ms);
  EXPECT_TRUE(t.homes_equal(key));
  EXPECT_EQ(t.stat(4, "repairs"), 1u);
}

// A write that reached one home and no other, and that a read finds there.
std::string write_to_one_home(Cluster& t) {
  const std::string key = t.key_with_homes({0, 1, 2});
  t.set(0, key, "old", {"W", "3"});
  t.cut(0, 1);
  t.cut(0, 2);
  EXPECT_TRUE(t.set(0, key, "new", {"TIMEOUT", "300"}).error());
  t.heal();
  t.let_suspect();
  EXPECT_NE(t.held(0, key), t.held(1, key));
  return key;
}

// Monotonic reads: what one read has shown, the next one finds, though the write itself failed.
TEST(ReadRepair, IsDoneBeforeTheAnswerAtThoseWhoAnsweredSoThatTheNextReadFindsNoLess) {
  int seen = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Cluster t({.seed = seed, .mode = Mode::kStrict, .hints = false, .anti_entropy = false});
    const std::string key = write_to_one_home(t);
    t.set_network({.longest = 100ms, .in_order = false});  // who answers first is anybody's guess
    if (t.get(3, key) != "new") continue;
    ++seen;
    t.crash(0);  // at once: no repair after the answer counts
    t.set_network({});
    EXPECT_EQ(t.get(4, key), "new") << "seed " << seed;
  }
  EXPECT_GT(seen, 10);
}

// The value is on R homes as it is: a repair that takes long must not fail the read.
TEST(ReadRepair, OfAHomeThatFallsSilentKeepsTheReaderWaitingNoLongerThanAHintWould) {
  Cluster t({.mode = Mode::kStrict, .hints = false, .anti_entropy = false});
  const std::string key = write_to_one_home(t);
  t.isolate(2);
  t.let_suspect();
  const World::Ticket read = t.submit(0, {"GET", key});
  ASSERT_TRUE(t.await([&] { return t.stat(0, "repairs") == 1; }, 100ms));
  t.pause(1);
  EXPECT_TRUE(t.await([&] { return t.answered(read) != nullptr; }, 200ms));
  EXPECT_EQ(*t.answered(read), "new");
}

// A new dot for old data would make siblings multiply.
TEST(ReadRepair, SendsTheMergedStateWithItsContextAndNoNewVersion) {
  Cluster t({.hints = false, .anti_entropy = false});
  std::string key = t.key_with_homes({0, 1, 2});
  t.partition({0, 3}, {1, 2, 4});
  t.let_suspect();
  t.vput(0, key, "left", "", {"W", "1"});
  t.vput(1, key, "right");
  t.heal();
  t.let_suspect();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(t.vget(i % 5, key, {"R", "3"}).values.size(), 2u);
  t.run_for(200ms);
  EXPECT_TRUE(t.homes_equal(key));
  EXPECT_EQ(t.held(0, key).siblings, 2u);
}

TEST(ReadRepair, SendsNothingWhenAllHomesAreEqual) {
  Cluster t;
  t.set(0, "k", "v", {"W", "3"});
  for (int i = 0; i < 20; ++i) t.get(i % 5, "k");
  t.run_for(1s);
  EXPECT_EQ(t.traffic().count("REPAIR"), 0u);
}

TEST(ReadRepair, ComesAlsoForAReadThatWasAnsweredLate) {
  Cluster t({.hints = false, .anti_entropy = false});
  std::string key = t.key_with_homes({0, 1, 2});
  t.isolate(0);
  t.let_suspect();
  t.set(1, key, "v");
  t.heal();
  t.let_suspect();
  t.set_network({.shortest = 100ms, .longest = 101ms});  // there and back: later than the patience with silent homes
  t.pause(2);
  EXPECT_EQ(t.get(4, key), "v");
  t.run_for(2s);
  EXPECT_EQ(t.held(0, key), t.held(1, key));
}

// ---- A replica changed behind everybody's back

TEST(Diverge, IsSeenInTheDumpAndStaysWithoutAntiEntropy) {
  Cluster t({.anti_entropy = false});
  std::string key = t.key_with_homes({0, 1, 2});
  t.set(0, key, "v", {"W", "3"});
  EXPECT_EQ(t.call(1, {"DEBUG", "DIVERGE", key}), "OK");
  t.run_for(5s);
  EXPECT_FALSE(t.homes_equal(key));
  ASSERT_EQ(t.differences().size(), 1u);
  EXPECT_NE(t.differences()[0].find("n2 [{\"id\":"), std::string::npos) << t.differences()[0];
  EXPECT_NE(t.held(1, key).versions.find("v!"), std::string::npos);
}

TEST(Diverge, ChangesACartAndACounterToo) {
  for (Merge merge : {Merge::kObservedRemove, Merge::kUnion}) {
    Cluster t({.merge = merge, .anti_entropy = false});
    t.cart_add(0, "c", "milk", 2, {"ann", 1});
    t.add(0, "n", 1);
    ASSERT_TRUE(t.settle());
    t.call(t.homes("c")[0], {"DEBUG", "DIVERGE", "c"});
    t.call(t.homes("n")[0], {"DEBUG", "DIVERGE", "n"});
    t.run_for(1s);
    EXPECT_EQ(t.differences().size(), 2u);
  }
}

// Row F11: a key changed behind the node's back.
TEST(Diverge, IsSettledByAntiEntropyInOneWayOrTheOther) {
  Cluster t;
  std::string key = t.key_with_homes({0, 1, 2});
  t.set(0, key, "v", {"W", "3"});
  t.call(1, {"DEBUG", "DIVERGE", key});
  EXPECT_TRUE(t.settle());
}

// Row F11: many keys, drawn at random, damaged behind either node's back or never heard of, in one round.
TEST(Diverge, OfManyKeysIsSettledInOneRound) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    Cluster two({.nodes = 2,
                 .seed = seed,
                 .replicas = 2,
                 .read_quorum = 1,
                 .write_quorum = 1,
                 .hints = false,
                 .anti_entropy = false});
    const auto name = [](uint64_t i) { return "k" + std::to_string(i); };
    for (uint64_t i = 0; i < 2000; ++i) two.submit(0, {"SET", name(i), "v"});
    two.run_for(1s);
    Random random(seed);
    std::set<std::string> damaged;
    while (damaged.size() < 100) {
      const std::string key = name(random.below(2000));
      const int node = static_cast<int>(random.below(2));
      if (!damaged.insert(key).second) continue;
      EXPECT_EQ(two.call(node, {"DEBUG", "DIVERGE", key}), "OK");
    }
    two.partition({0}, {1});
    two.let_suspect();
    for (int i = 0; i < 100; ++i) two.submit(i % 2, {"SET", "missed" + std::to_string(i), "v"});
    two.run_for(1s);
    two.heal();
    two.let_suspect();  // what has just changed is left out for a second
    EXPECT_EQ(two.differences().size(), 200u);
    two.deliver(1, encode(Message{"n1", {}, SyncGroups{true, std::vector<uint64_t>(128, 1), {}}, 1}));
    two.run_for(500ms);
    EXPECT_EQ(two.differences(), std::vector<std::string>{}) << "seed " << seed;
  }
}

TEST(Diverge, RefusesAKeyThatTheNodeDoesNotHold) {
  Cluster t;
  EXPECT_TRUE(t.call(0, {"DEBUG", "DIVERGE", "nothing"}).is("ERR"));
}

}  // namespace
}  // namespace node::sim
