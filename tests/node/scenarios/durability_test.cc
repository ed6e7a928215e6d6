// Nothing is acknowledged, read or sent before it is on disk; what is on disk outlives any crash.
#include "node/replica/stored_key.h"
#include "node/wire/message.h"
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

struct DurabilityTest : testing::Test {
  Cluster t;
  std::string key = t.key_with_homes({0, 1, 2});

  // Whether any message so far held these bytes.
  void watch_for(const std::string& bytes) {
    t.watch([this, bytes](int, int, const Packet& packet) { leaked |= packet.find(bytes) != std::string::npos; });
  }
  bool leaked = false;
};

TEST_F(DurabilityTest, NothingOfAWriteIsVisibleBeforeItsCoordinatorHasItOnDisk) {
  t.hold_disk(0);
  watch_for("secret");
  World::Ticket write = t.submit(0, {"SET", key, "secret", "TIMEOUT", "20000"});
  t.run_for(2s);
  EXPECT_EQ(t.answered(write), nullptr) << "no reply";
  EXPECT_FALSE(leaked) << "no message to a peer, anti-entropy included";
  EXPECT_TRUE(t.get(0, key, {"R", "1"}).null()) << "no read at the coordinator";
  EXPECT_TRUE(t.get(1, key).null()) << "no read elsewhere";
  EXPECT_EQ(t.held(0, key).versions, "");
  t.release_disk(0);
  ASSERT_TRUE(t.await([&] { return t.answered(write) != nullptr; }, 1s));
  EXPECT_EQ(*t.answered(write), "OK");
  EXPECT_TRUE(leaked);
  EXPECT_EQ(t.get(1, key), "secret");
}

TEST_F(DurabilityTest, AReplicaAcknowledgesAndShowsAWriteOnlyOnceItIsOnItsDisk) {
  t.hold_disk(1);
  t.hold_disk(2);
  EXPECT_TRUE(t.set(0, key, "v", {"MODE", "strict"}).is("TIMEOUT"));
  EXPECT_TRUE(t.get(1, key, {"R", "1", "MODE", "strict"}).ok());
  EXPECT_EQ(t.held(1, key).versions, "");
  t.release_disk(1);
  t.run_for(10ms);
  EXPECT_NE(t.held(1, key).versions, "");
}

TEST_F(DurabilityTest, AHintIsAcknowledgedOnlyOnceItIsOnDisk) {
  t.isolate(0);
  t.let_suspect();
  t.hold_disk(3);
  t.hold_disk(4);
  EXPECT_TRUE(t.set(1, key, "v", {"W", "3"}).is("TIMEOUT"));
  t.run_for(10ms);
  EXPECT_EQ(t.hint_count(), 1u) << "the coordinator's own, at the deadline";
  t.release_disk(3);
  t.release_disk(4);
  EXPECT_EQ(t.set(1, key, "v", {"W", "3"}), "OK");
}

TEST_F(DurabilityTest, AReadSeesTheLastDurableStateWhileANewerOneIsOnItsWay) {
  t.set(0, key, "old", {"W", "3"});
  t.hold_disk(0);
  World::Ticket write = t.submit(0, {"SET", key, "new"});
  EXPECT_EQ(t.get(0, key, {"R", "3"}), "old");
  t.release_disk(0);
  ASSERT_TRUE(t.await([&] { return t.answered(write) != nullptr; }, 1s));
  EXPECT_EQ(t.get(0, key, {"R", "1"}), "new");
}

TEST_F(DurabilityTest, WritesThatWaitForTheDiskTogetherBuildOnEachOther) {
  t.hold_disk(0);
  std::vector<World::Ticket> writes;
  for (int i = 1; i <= 5; ++i) writes.push_back(t.submit(0, {"INCR", key}));
  t.submit(0, {"SET", "p{" + key + "}", "a"});
  t.submit(0, {"SET", "p{" + key + "}", "b"});
  t.release_disk(0);
  ASSERT_TRUE(t.settle());
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(*t.answered(writes[static_cast<size_t>(i - 1)]), i);
  EXPECT_EQ(t.vget(1, "p{" + key + "}").values, std::vector<std::string>{"b"});
}

TEST_F(DurabilityTest, AWriteThatWasNotOnDiskIsGoneAfterACrash) {
  t.hold_disk(0);
  World::Ticket write = t.submit(0, {"SET", key, "v"});
  t.crash(0);
  EXPECT_TRUE(t.answered(write)->none());
  t.restart(0);
  ASSERT_TRUE(t.settle());
  EXPECT_TRUE(t.get(0, key, {"R", "3"}).null());
}

TEST_F(DurabilityTest, AnAcknowledgedWriteSurvivesTheCrashOfAllNodesAtOnce) {
  for (int i = 0; i < 20; ++i) {
    std::string value = std::to_string(i);
    ASSERT_EQ(t.set(i % t.size(), key, value), "OK");
    t.crash_all();
    t.restart_all();
    ASSERT_EQ(t.get((i + 1) % t.size(), key), value);
  }
}

TEST_F(DurabilityTest, WhatANodeHoldsIsTheSameAfterARestart) {
  t.vput(0, key, "a");
  t.vput(0, key, "b");
  t.cart_add(0, "c{" + key + "}", "milk", 2, {"ann", 1});
  t.add(0, "n{" + key + "}", 7);
  ASSERT_TRUE(t.settle());
  std::vector<Held> before = t.records(0);
  ASSERT_EQ(before.size(), 3u);
  t.crash(0);
  t.restart(0);
  EXPECT_EQ(t.records(0), before);
}

// ---- The disk fails

TEST_F(DurabilityTest, AFailedDiskTurnsWhatWaitsIntoTimeoutsAndEndsTheNodeWithCode75) {
  t.hold_disk(0);
  World::Ticket write = t.submit(0, {"SET", key, "v"});
  World::Ticket other = t.submit(0, {"INCR", "n{" + key + "}"});
  t.fail_disk(0, "No space left on device");
  ASSERT_NE(t.answered(write), nullptr);
  EXPECT_TRUE(t.answered(write)->is("TIMEOUT")) << *t.answered(write);
  EXPECT_NE(t.answered(write)->text.find("No space left on device"), std::string::npos);
  EXPECT_TRUE(t.answered(other)->is("TIMEOUT"));
  EXPECT_EQ(t.exit_code(0), 75);
  EXPECT_FALSE(t.running(0));
  t.let_suspect();
  EXPECT_EQ(t.set(1, key, "w"), "OK") << "the others go on";
}

TEST_F(DurabilityTest, AReplicaWhoseDiskFailsDoesNotAcknowledge) {
  t.hold_disk(1);
  World::Ticket write = t.submit(0, {"SET", key, "v", "W", "3", "MODE", "strict"});
  t.run_for(20ms);
  t.fail_disk(1, "Input/output error");
  EXPECT_EQ(t.exit_code(1), 75);
  ASSERT_TRUE(t.await([&] { return t.answered(write) != nullptr; }, 5s));
  EXPECT_TRUE(t.answered(write)->is("TIMEOUT"));
}

TEST_F(DurabilityTest, ARecordThatCannotBeReadBackEndsTheNodeRatherThanLoseIt) {
  Options options;
  options.name = "n1";
  options.peers = {{"n1", "10.0.0.1:7000"}};
  Node node(options);
  Effects effects = node.step(0ns, 0ms, Start{{1, 2}, {{Table::kRecords, std::string("\0\1key", 5), "rubbish"}}});
  ASSERT_EQ(effects.size(), 1u);
  EXPECT_EQ(std::get<Halt>(effects[0]).code, 75);
  EXPECT_TRUE(node.step(1ns, 0ms, Alarm{}).empty());
}

TEST_F(DurabilityTest, ANodeDoesNothingBeforeItHasAllPagesOfItsImage) {
  Record record;
  record.put({Dot{Actor::life(7, 7), 1}, PlainValue{"v", 0}});
  Options options;
  options.name = "n1";
  options.peers = {{"n1", "10.0.0.1:7000"}};
  Node node(options);
  const auto item = [&](const std::string& name) {
    return StoredItem{Table::kRecords, storage_key(slot_of(name), name), record.encode()};
  };
  Start start{{1, 2}, {item("a")}};
  start.more = true;
  EXPECT_TRUE(node.step(0ns, 0ms, start).empty());
  EXPECT_TRUE(node.step(1s, 0ms, Stored{{item("b")}, true}).empty());
  EXPECT_TRUE(node.step(2s, 0ms, ClientRequest{1, 1, {"GET", "a"}}).empty());
  EXPECT_FALSE(node.step(2s, 0ms, Stored{{item("c")}, false}).empty()) << "now it begins";
  for (const char* name : {"a", "b", "c"}) {
    const Effects effects = node.step(2s, 0ms, ClientRequest{1, 2, {"GET", name}});
    ASSERT_FALSE(effects.empty());
    EXPECT_EQ(std::get<Reply>(effects[0]).resp, "$1\r\nv\r\n") << name;
  }
}

// ---- The disk is lost

// Row T1: amnesia loses no acknowledged write at N=3.
// An actor that counted from one again would make its new writes look old (riak's kv679); a new life is a new actor.
TEST_F(DurabilityTest, ANodeThatLostItsDiskLosesNoWriteAndNoneOfItsNewOnesIsLost) {
  Cluster cold({.anti_entropy = false});  // so that it writes before anybody could tell it of its past
  EXPECT_TRUE(cold.vput(0, key, "before", "", {"W", "3"}).ok());
  cold.crash(0);
  cold.lose_disk(0);
  cold.restart(0);
  EXPECT_TRUE(cold.vput(0, key, "after", "", {"W", "3"}).ok());
  EXPECT_EQ(cold.vget(1, key, {"R", "3"}).values, (std::vector<std::string>{"after", "before"}));
  EXPECT_TRUE(cold.settle()) << "read repair";
}

// Row D5: any W-1 of the W nodes that have just acknowledged a write are killed, and keep their disks or lose them.
TEST(Durability, AnAcknowledgedWriteSurvivesTheDeathOfAnyWMinusOneOfThoseThatAcknowledgedIt) {
  for (const bool lost : {false, true}) {
    for (const int w : {2, 3}) {
      for (int survivor = 0; survivor < w; ++survivor) {
        for (uint64_t seed = 1; seed <= 5; ++seed) {
          const auto which = testing::Message() << "W=" << w << ", survivor " << survivor << ", seed " << seed
                                                << (lost ? ", disks lost" : ", disks kept");
          Cluster t({.seed = seed, .write_quorum = w, .mode = Mode::kStrict});
          t.become_whole();
          const Cluster::Told told = t.call_with_meta(static_cast<int>(seed % 5), {"SET", "key", "v"});
          ASSERT_EQ(told.answer, "OK") << which;
          const std::string acks = told.meta.at("acks");  // n1,n2
          Nodes dead;
          for (int i = 0; i < w; ++i) {
            const int acker = acks.at(static_cast<size_t>(i) * 3 + 1) - '1';
            if (i == survivor) continue;
            t.crash(acker);
            if (lost) t.lose_disk(acker);
            dead.push_back(acker);
          }
          t.let_suspect();
          for (int node = 0; node < t.size(); ++node) {
            if (!t.running(node)) continue;
            EXPECT_EQ(t.get(node, "key", {"R", std::to_string(4 - w)}), "v") << which;
          }
          for (int node : dead) t.restart(node);
          ASSERT_TRUE(t.settle()) << which;
          t.become_whole();
          for (int node : dead) EXPECT_EQ(t.get(node, "key"), "v") << which;
        }
      }
    }
  }
}

TEST_F(DurabilityTest, ACounterSurvivesTheLossOfItsCoordinatorsDisk) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(t.add(0, key, 1, {"W", "3"}), i + 1);
  t.crash(0);
  t.lose_disk(0);
  t.restart(0);
  EXPECT_TRUE(t.add(0, key, 1).ok());
  ASSERT_TRUE(t.settle());
  EXPECT_EQ(t.count(1, key, {"R", "1"}), 11);
}

// ---- Former lives

RequestId cause_in(const Packet& packet) {
  Message message;
  EXPECT_TRUE(decode(packet, message));
  return message.id;
}

TEST_F(DurabilityTest, AnAcknowledgementOfAFormerLifeDoesNotCountForANewRequest) {
  Packet handed_out;
  t.watch([&](int from, int, const Packet& packet) {
    if (from == 0 && kind_of(packet) == "WRITE") handed_out = packet;
  });
  t.hold_disk(1);
  t.hold_disk(2);
  t.submit(0, {"SET", key, "old"});
  t.run_for(20ms);
  const RequestId old_cause = cause_in(handed_out);
  t.crash(0);
  t.restart(0);
  World::Ticket write = t.submit(0, {"SET", "x{" + key + "}", "new", "MODE", "strict"});
  t.run_for(20ms);
  const RequestId new_cause = cause_in(handed_out);
  ASSERT_EQ(old_cause.n, new_cause.n) << "the scenario wants the same request number";
  for (int home : {1, 2}) t.deliver(0, encode(Message{World::name(home), old_cause, WriteReply{}, 1}));
  EXPECT_EQ(t.answered(write), nullptr);
  t.deliver(0, encode(Message{"n2", new_cause, WriteReply{}, 1}));
  ASSERT_NE(t.answered(write), nullptr);
  EXPECT_EQ(*t.answered(write), "OK");
}

TEST_F(DurabilityTest, MessagesThatNameAFormerLifeAreIgnored) {
  t.isolate(0);
  World::Ticket write = t.submit(0, {"SET", key, "v", "MODE", "strict"});
  World::Ticket read = t.submit(0, {"GET", key, "MODE", "strict"});
  World::Ticket forwarded = t.submit(3, {"SET", key, "w", "MODE", "strict"});
  t.run_for(10ms);
  Record lie;
  lie.put({Dot{Actor::life(7, 7), 1}, PlainValue{"a lie", 0}});
  std::string ok = "+OK\r\n";
  for (uint64_t n = 1; n < 10; ++n) {
    RequestId former{Actor::life(1, 1), n};
    for (int home : {1, 2}) {
      t.deliver(0, encode(Message{World::name(home), former, WriteReply{}, 1}));
      t.deliver(0, encode(Message{World::name(home), former, ReadReply{lie.encode()}, 1}));
    }
    t.deliver(3, encode(Message{World::name(0), former, ForwardReply{ok}, 1}));
  }
  EXPECT_EQ(t.answered(write), nullptr);
  EXPECT_EQ(t.answered(read), nullptr);
  EXPECT_EQ(t.answered(forwarded), nullptr);
}

TEST_F(DurabilityTest, MessagesThatMakeNoSenseAreIgnored) {
  t.deliver(0, "");
  t.deliver(0, "rubbish");
  const Packet write = encode(Message{"n2", {}, WriteRequest{key, "", {}}, 1});
  t.deliver(0, write.substr(0, write.size() - 1));
  t.deliver(0, "\x7f" + write.substr(1));  // no kind
  t.deliver(0, encode(Message{"stranger", {}, Heartbeat{true}, 1}));
  t.deliver(0, encode(Message{"n2", {}, WriteRequest{std::string(501, 'k'), "", {}}, 1}));
  t.deliver(0, encode(Message{"n2", {}, SyncGroups{true, {1, 2, 3}, {}}, 1}));
  t.deliver(0, encode(Message{"n2", {}, SyncLeaves{{{{0, 16, 0}, {{0, 1}}}}}, 1}));
  t.deliver(0, encode(Message{"n2", {}, Forward{}, 1}));
  t.deliver(0, encode(Message{"n2", {}, Accept{}, 1}));
  t.deliver(0, encode(Message{"n2", {}, Fetch{1, 1 << 20, "\xff", {{0, 1}}}, 1}));
  t.deliver(0, encode(Message{"n2", {}, Fetched{1, 7, "", {{"k", "v"}}}, 1}));
  t.deliver(0, encode(Message{"n2", {}, StraysKnown{{1}, {{{0, 16, 0}, {{0, 1}}}}}, 1}));
  EXPECT_EQ(t.set(0, key, "v"), "OK");
}

}  // namespace
}  // namespace node::sim
