// Overload (row F4): what cannot be done in time is refused at once and costs nothing further; background work gives
// way to clients. (Figures of real load: bin/bench node --overload.)
#include <gtest/gtest.h>

#include "node/replica/background.h"
#include "node/wire/message.h"
#include "tests/node/sim/cluster.h"

namespace node::sim {
namespace {

// One core of a cluster of two, without a world: its other home never answers.
struct OverloadTest : testing::Test {
  size_t open_requests = 1000;
  Options options() {
    Options options;
    options.peers = {{"n1", "10.0.0.1:7000"}, {"n2", "10.0.0.2:7000"}};
    options.replicas = options.read_quorum = options.write_quorum = 1;
    options.max_open_requests = open_requests;
    options.debug_commands = true;
    return options;
  }
  std::unique_ptr<Node> node = std::make_unique<Node>(options());
  Instant now = 1s;
  uint64_t ticket = 0;

  void SetUp() override { step(Start{{1, 2}, {}}); }
  Effects step(Input input) { return node->step(now, WallTime{0}, std::move(input)); }
  // The reply that the step gave at once; "" if none.
  std::string ask(Words words, Instant arrived = Instant{0}) {
    for (const Effect& effect : step(ClientRequest{1, ++ticket, std::move(words), 0, arrived})) {
      if (const auto* reply = std::get_if<Reply>(&effect)) return reply->resp;
    }
    return "";
  }
  // A key whose one home is this node, or the other.
  std::string key_of(const std::string& home) {
    for (int i = 0;; ++i) {
      std::string key = "k" + std::to_string(i);
      if (ask({"WHERE", key}).find(home) < 12) return key;
    }
  }
};

// Row F4: BUSY at once, not a time-out. How much is done under three times what the nodes can do, and how long that
// takes, `bin/bench node --overload` measures.
TEST_F(OverloadTest, ARequestThatWaitedTooLongInAStandingQueueIsBusyAndHasNoEffect) {
  const std::string key = key_of("n1");
  const auto busy = [&](Duration waited) {
    now += 1ms;
    const std::string text = "-BUSY requests wait for their turn for more than 50 ms\r\n";
    bool refused = false, stored = false;
    for (const Effect& effect : step(ClientRequest{1, ++ticket, {"SET", key, "w"}, 0, now - waited})) {
      const auto* reply = std::get_if<Reply>(&effect);
      refused |= reply != nullptr && reply->resp == text;
      const auto* persist = std::get_if<Persist>(&effect);
      stored |= persist != nullptr && persist->table == Table::kRecords;
    }
    EXPECT_NE(refused, stored);
    return refused;
  };
  for (int i = 0; i < 101; ++i) EXPECT_FALSE(busy(300ms)) << "a pause makes a queue, which has not stood yet";
  EXPECT_TRUE(busy(60ms)) << "now it has";
  EXPECT_TRUE(busy(51ms));
  EXPECT_FALSE(busy(49ms)) << "this one need not wait much longer";
  EXPECT_EQ(ask({"PING"}, now - 10s), "+PONG\r\n") << "what costs nothing is answered";
  EXPECT_FALSE(busy(1ms)) << "one had its turn at once: there is no queue";
  EXPECT_FALSE(busy(60ms));
}

// Row F4: memory is bounded.
TEST_F(OverloadTest, NoMoreRequestsAreOpenThanTheNodeHasRoomFor) {
  open_requests = 3;
  node = std::make_unique<Node>(options());
  step(Start{{1, 2}, {}});
  const std::string key = key_of("n2");  // forwarded, and never answered
  now += 10ms;
  for (int i = 0; i < 3; ++i) {
    step(PeerMessage{encode(Message{"n2", {}, Heartbeat{true}, 1})});
    EXPECT_EQ(ask({"SET", key, "v"}), "");
  }
  EXPECT_EQ(ask({"SET", key, "v"}), "-BUSY 3 requests are open, and no more are taken\r\n");
  now += 2s;
  step(Alarm{});  // they have timed out
  step(PeerMessage{encode(Message{"n2", {}, Heartbeat{true}, 1})});
  EXPECT_EQ(ask({"SET", key, "v"}), "");
}

TEST_F(OverloadTest, ARequestWhoseDeadlinePassedBeforeItsTurnIsNotCarriedOutForAnotherNode) {
  const std::string key = key_of("n1");
  Record delta;
  delta.put({Dot{Actor::life(7, 7), 1}, PlainValue{"v", 0}});
  const auto persists = [&](Instant arrived) {
    const Packet packet = encode(Message{"n2", {Actor::life(7, 7), 1}, WriteRequest{key, "", delta.encode(), 100}, 1});
    const Effects effects = step(PeerMessage{packet, arrived});
    return std::any_of(effects.begin(), effects.end(),
                       [](const Effect& effect) { return std::holds_alternative<Persist>(effect); });
  };
  EXPECT_FALSE(persists(now - 101ms));
  EXPECT_TRUE(persists(now - 99ms));
}

// ---- Background work

// Row F4: what is not urgent gives way, and catches up.
TEST(BackgroundTest, HalvesWhileOneRequestInAHundredIsSlowAndGrowsAgain) {
  Background background;
  Instant now{0};
  const auto windows = [&](int count, int slow_percent) {
    for (int i = 0; i < count; ++i) {
      for (int request = 0; request < 100; ++request) background.served(request < slow_percent ? 30ms : 1ms);
      now += Background::kWindow;
      background.may(now, 1);
    }
  };
  windows(3, 1);
  EXPECT_EQ(background.rate(), Background::kCeiling) << "one in a hundred is no more than one in a hundred";
  windows(1, 2);
  EXPECT_EQ(background.rate(), Background::kCeiling / 2);
  windows(20, 2);
  EXPECT_EQ(background.rate(), Background::kFloor);
  windows(20, 0);
  EXPECT_EQ(background.rate(), Background::kCeiling);
}

TEST(BackgroundTest, SpendsNoMoreThanItsRateAndSavesNothingUp) {
  Background background;
  size_t spent = 0;
  for (Instant now{0}; now < 1s; now += 1ms) {
    background.served(1s);  // pressed
    while (background.may(now, 10'000)) spent += 10'000;
  }
  const size_t before = spent;
  for (Instant now = 1s; now < 11s; now += 1ms) {
    background.served(1s);
    while (background.may(now, 10'000)) spent += 10'000;
  }
  EXPECT_NEAR(static_cast<double>(spent - before), 10.0 * Background::kFloor, 0.1 * 10 * Background::kFloor);
  const size_t then = spent;
  background.served(1s);
  while (background.may(100s, 10'000)) spent += 10'000;  // after a long rest
  EXPECT_LT(spent - then, Background::kFloor / 5);
}

TEST(BackgroundTest, HintsTrickleWhileClientsWaitAndFlowWhenTheyDoNot) {
  Cluster t({.anti_entropy = false});
  std::string key = t.key_with_homes({0, 1, 2});
  t.isolate(0);
  t.let_suspect();
  const int kHints = 300;
  const std::string value(20'000, 'x');
  for (int i = 0; i < kHints; ++i) t.submit(1, {"SET", std::to_string(i) + "{" + key + "}", value});
  t.run_for(3s);
  const int keeper = t.hints(3).empty() ? 4 : 3;
  ASSERT_EQ(t.hints(keeper).size(), static_cast<size_t>(kHints));
  t.set_network({.shortest = 40ms, .longest = 41ms});  // every request is slow
  t.heal();
  const auto keep_asking = [&](Duration time) {
    for (const Instant end = t.now() + time; t.now() < end; t.run_for(10ms)) {
      for (int node = 0; node < t.size(); ++node) t.submit(node, {"GET", "other"});
    }
  };
  keep_asking(2s);
  EXPECT_LT(t.stat(keeper, "background_rate"), Background::kCeiling / 4);
  t.set_network({});
  keep_asking(4s);
  EXPECT_EQ(t.hint_count(), 0u);
  EXPECT_EQ(t.stat(keeper, "background_rate"), Background::kCeiling);
}

}  // namespace
}  // namespace node::sim
