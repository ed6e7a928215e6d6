// Overload at the door (row F4): how long those who are let in wait, and what it costs to refuse the others. (Figures
// of real load: bin/bench node --overload.)
#include "node/runtime/door.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "node/runtime/connection.h"
#include "node/wire/resp.h"
#include "tests/node/runtime/client.h"

namespace node {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLimit = 50ms;

// One queue behind a door, in virtual time: a turn every 5 ms serves as many as fit in it, then those come who are due.
struct Queue {
  explicit Queue(double capacity) : capacity_per_ms(capacity / 1000) {}

  void run(Duration time, double rate) {
    for (const Instant end = now + time; now < end;) {
      now += kTurn;
      const double ms = std::chrono::duration<double, std::milli>(kTurn).count();
      due += rate / 1000 * ms;
      if (paused) continue;
      budget = std::min(budget, 0.0) + capacity_per_ms * ms;
      // The core refuses those who waited for too long, for next to nothing.
      for (; !waiting.empty() && now - waiting.front() > kLimit && !door.admits(waiting.size()); waiting.pop_front()) {
        ++refused;
      }
      size_t served = 0;
      for (; budget >= 1 && !waiting.empty(); waiting.pop_front(), budget -= 1, ++served) {
        waits.push_back(now - waiting.front());
      }
      door.turned(now, served, waiting.size(), waiting.empty() ? now : waiting.front());
      for (; due >= 1; due -= 1) {
        const bool admitted = door.admits(waiting.size());
        if (admitted) waiting.push_back(now);
        if (!admitted) door.count_refused();
        refused += admitted ? 0 : 1;
      }
    }
  }
  void forget() {
    waits.clear();
    refused = 0;
  }
  Duration longest() const { return waits.empty() ? Duration{0} : *std::max_element(waits.begin(), waits.end()); }

  static constexpr Duration kTurn = 5ms;
  Door door{kLimit};
  double capacity_per_ms;
  bool paused = false;  // the process is
  std::deque<Instant> waiting;
  std::vector<Duration> waits;
  size_t refused = 0;
  Instant now = 1s;
  double budget = 0;
  double due = 0;
};

TEST(Door, HoweverMuchIsAskedForWhoIsLetInHasItsTurnInTimeAndTheNodeIsNeverIdle) {
  for (const double times : {1.5, 3.0, 10.0, 100.0}) {
    Queue queue(20'000);
    queue.run(1s, 20'000 * times);  // the queue that the node had before it knew
    queue.forget();
    queue.run(10s, 20'000 * times);
    EXPECT_LT(queue.longest(), kLimit) << times;
    EXPECT_GT(queue.waits.size(), 10 * 20'000 * 0.99) << times;
    EXPECT_GT(queue.refused, 10 * 20'000 * (times - 1) * 0.95) << times;
  }
}

TEST(Door, ItsMeasureIsTheNodesPaceWhichMayChange) {
  Queue queue(20'000);
  queue.run(2s, 60'000);
  for (const double capacity : {5'000.0, 40'000.0, 1'000.0, 20'000.0}) {
    queue.capacity_per_ms = capacity / 1000;
    queue.run(1s, 120'000);
    queue.forget();
    queue.run(2s, 120'000);
    EXPECT_LT(queue.longest(), kLimit) << capacity;
    EXPECT_GT(queue.waits.size(), 2 * capacity * 0.95) << capacity;
  }
}

TEST(Door, NobodyIsRefusedForAPauseABurstOrWhatTheNodeCanDo) {
  Queue queue(20'000);
  queue.run(2s, 19'000);
  queue.paused = true;
  queue.run(300ms, 2'000);
  queue.paused = false;
  queue.run(1s, 2'000);
  queue.run(25ms, 60'000);
  queue.run(1s, 2'000);
  EXPECT_EQ(queue.refused, 0u);
}

// A closed loop: each client sends another request as soon as it has an answer, and they are as many as have their turn
// within half of the limit.
TEST(Door, ClientsWhoWaitForTheirAnswersAreNotRefusedBecauseTheNodeWasSlowForAWhile) {
  Queue queue(20'000);
  queue.run(2s, 60'000);
  queue.waiting.clear();
  queue.forget();
  for (int i = 0; i < 1000; ++i) {
    const double answered = static_cast<double>(queue.refused + queue.waits.size());
    queue.forget();
    queue.run(Queue::kTurn, (i == 0 ? 400 : answered) * 200);
  }
  EXPECT_EQ(queue.refused, 0u);
  EXPECT_GE(queue.waits.size(), 99u) << "and the node does what it can";
}

TEST(Door, OpensAgainAfterASecondInWhichNobodyHadToBeRefused) {
  Queue queue(20'000);
  queue.run(2s, 60'000);
  queue.run(1s + 100ms, 10'000);
  queue.forget();
  queue.run(25ms, 60'000);  // a burst that the closed door would not have let in
  EXPECT_EQ(queue.refused, 0u);
}

TEST(Door, TurnsAreShortWhileMoreIsAskedForThanTheNodeCanDo) {
  Queue queue(20'000);
  queue.run(2s, 19'000);
  EXPECT_EQ(queue.door.turn(), Door::kTurn);
  queue.run(2s, 60'000);
  EXPECT_EQ(queue.door.turn(), Door::kTurnUnderPressure);
  queue.run(2s, 10'000);
  EXPECT_EQ(queue.door.turn(), Door::kTurn);
}

// ---- Refused where it is read

struct DoorOfAConnection : testing::Test {
  LoopPtr loop = make_loop();
  Inbox inbox{{}, {}, Door(kLimit)};
  std::vector<Connection*> to_flush;
  Connection::Host host{&inbox,
                        [this](Connection& c) { to_flush.push_back(&c); },
                        [](Connection&) {},
                        [](Connection&, const std::string&) { return true; },
                        "n1",
                        {}};
  int ends[2] = {-1, -1};
  std::unique_ptr<Connection> connection;
  std::unique_ptr<Client> client;

  void SetUp() override {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    connection = std::make_unique<Connection>(loop.get(), Fd(ends[0]), 1, 0, host, "");
    client = std::make_unique<Client>(Fd(ends[1]));
  }
  void close_the_door() {
    for (Instant now = 1s; inbox.door.admits(5); now += 10ms) inbox.door.turned(now, 1, 100, now - 60ms);
    while (inbox.clients.size() < 5) inbox.clients.emplace_back(ClientGone{});
  }
  void turn() {
    event_base_loop(loop.get(), EVLOOP_NONBLOCK);
    for (Connection* each : std::exchange(to_flush, {})) each->flush();
  }
};

TEST_F(DoorOfAConnection, WhatIsRefusedNeverReachesTheCoreAndIsAnsweredInItsPlace) {
  close_the_door();
  std::string bytes;
  const std::vector<Words> requests = {{"SET", "k", std::string(1000, 'x')}, {"get", "k"}, {"PING"}, {"CART.GET", "c"}};
  for (const Words& words : requests) resp::words(bytes, words);
  client->send(bytes + "*2\r\n$3\r\nGE");  // and half of one more
  turn();
  ASSERT_EQ(inbox.clients.size(), 6u) << "what costs nothing is let in";
  const auto& ping = std::get<ClientRequest>(inbox.clients.back());
  EXPECT_EQ(ping.words, Words{"PING"});
  const std::string busy = "-BUSY more requests wait than can have their turn within 50 ms";
  EXPECT_EQ(client->read_reply(), busy);
  EXPECT_EQ(client->read_reply(), busy);
  EXPECT_FALSE(client->has_input());
  connection->reply(ping.ticket, "+PONG\r\n", false);
  turn();
  EXPECT_EQ(client->read_reply(), "PONG");
  EXPECT_EQ(client->read_reply(), busy);
  inbox.clients.clear();
  client->send("T\r\n$1\r\nk\r\n");
  turn();
  ASSERT_EQ(inbox.clients.size(), 1u) << "there is room again";
  EXPECT_EQ(std::get<ClientRequest>(inbox.clients.back()).words, (Words{"GET", "k"}));
  EXPECT_EQ(inbox.door.turned(10s, 0, 0, 10s), 3u);
}

TEST_F(DoorOfAConnection, OtherNodesPassIt) {
  close_the_door();
  std::string bytes;
  resp::words(bytes, {"PEER", "n2", "life"});
  resp::words(bytes, {"SET"});  // of bytes like any
  client->send(bytes);
  turn();
  ASSERT_EQ(inbox.first.size(), 1u);
  EXPECT_EQ(std::get<PeerMessage>(inbox.first.front()).packet, "SET");
}

}  // namespace
}  // namespace node
