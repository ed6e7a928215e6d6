// The client against a real redis-server, and against sockets that misbehave.
#include "harness/systems/client.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>

#include "tests/harness/systems/servers.h"

namespace harness {
namespace {

using namespace std::chrono_literals;
using Loss = Script::Loss;

constexpr auto kSoon = 60ms;  // a deadline that is to pass
constexpr auto kLong = 10s;   // one that must not
constexpr auto kTick = 10ms;  // of the kernel's coarse clock, which libevent reads: so much early a deadline may pass

class ClientTest : public testing::Test {
 protected:
  // Sends and runs the loop until the outcome is there.
  Client::Outcome ask(Client& client, const Request& request, std::chrono::milliseconds timeout = kLong) {
    std::optional<Client::Outcome> outcome;
    client.send(request, timeout, [&outcome](Client::Outcome arrived) { outcome = std::move(arrived); });
    EXPECT_FALSE(outcome) << "called back from inside send";
    EXPECT_TRUE(client.busy());
    run_until([&outcome] { return outcome.has_value(); });
    EXPECT_FALSE(client.busy());
    return *outcome;
  }

  template <typename Condition>
  void run_until(Condition condition) {
    while (!condition()) event_base_loop(loop_.get(), EVLOOP_ONCE);
  }

  Client client(uint16_t port, std::vector<Request> greeting = {}) {
    return Client(loop_.get(), "127.0.0.1", port, std::move(greeting));
  }

  // A server that was just started refuses at first: asked again until it answers.
  void await(RedisServer& server) {
    Client probe = client(server.port());
    while (true) {
      const Client::Outcome outcome = ask(probe, {"PING"});
      if (outcome.answered && outcome.reply.text == "PONG") return;
      if (server.ended()) throw std::runtime_error("redis-server ended by itself: is it installed?");
    }
  }

  Loop loop_{event_base_new()};
};

TEST_F(ClientTest, AsksARealServerOneThingAfterAnotherOverOneConnection) {
  RedisServer server;
  await(server);
  Client c = client(server.port());
  const Client::Outcome set = ask(c, {"SET", "key", std::string("a\0\r\nb", 5)});
  ASSERT_TRUE(set.answered) << set.why;
  EXPECT_EQ(set.reply.kind, Reply::Kind::kStatus);
  EXPECT_EQ(ask(c, {"GET", "key"}).reply.text, std::string("a\0\r\nb", 5));
  EXPECT_EQ(ask(c, {"GET", "nothing"}).reply.kind, Reply::Kind::kNull);
  EXPECT_EQ(ask(c, {"INCRBY", "n", "-3"}).reply.integer, -3);
  EXPECT_EQ(ask(c, {"INCR", "key"}).reply.kind, Reply::Kind::kError);
  EXPECT_EQ(ask(c, {"MGET", "n", "nothing"}).reply.elements.size(), 2U);
  const std::string first = std::to_string(ask(c, {"CLIENT", "ID"}).reply.integer);
  EXPECT_EQ(std::to_string(ask(c, {"CLIENT", "ID"}).reply.integer), first);
}

TEST_F(ClientTest, ARequestAndAReplyMayBeLargerThanTheSocketsBuffers) {
  RedisServer server;
  await(server);
  Client c = client(server.port());
  const std::string large(20'000'000, 'x');
  ASSERT_TRUE(ask(c, {"SET", "key", large}).answered);
  const Client::Outcome got = ask(c, {"GET", "key"});
  ASSERT_TRUE(got.answered) << got.why;
  EXPECT_TRUE(got.reply.text == large);
}

TEST_F(ClientTest, SendsTheGreetingFirst) {
  RedisServer server;
  await(server);
  Client c = client(server.port(), {{"CLIENT", "SETNAME", "greeted"}, {"SELECT", "3"}});
  EXPECT_EQ(ask(c, {"CLIENT", "GETNAME"}).reply.text, "greeted");
  EXPECT_EQ(ask(c, {"CLIENT", "GETNAME"}).reply.text, "greeted") << "and its replies are not taken for ours";
}

TEST_F(ClientTest, GreetsEveryConnectionAnew) {
  ScriptedServer server(loop_.get(), {"+greeted\r\n", "+one\r\n"}, false);
  Client c = client(server.port(), {{"HELLO"}});
  EXPECT_EQ(ask(c, {"PING"}).reply.text, "one");
  event_base_loop(loop_.get(), EVLOOP_NONBLOCK);  // lets the client see that the server closed
  EXPECT_EQ(ask(c, {"PING"}).reply.text, "one");
  const std::string once = "*1\r\n$5\r\nHELLO\r\n*1\r\n$4\r\nPING\r\n";
  EXPECT_EQ(server.received(), once + once);
}

TEST_F(ClientTest, ARefusedConnectionMeansNotSent) {
  RefusingPort nobody;
  Client c = client(nobody.port());
  const Client::Outcome outcome = ask(c, {"PING"});
  EXPECT_FALSE(outcome.answered);
  EXPECT_EQ(outcome.loss, Loss::kNotSent);
  EXPECT_NE(outcome.why.find("Connection refused"), std::string::npos) << outcome.why;
  EXPECT_NE(outcome.why.find(std::to_string(nobody.port())), std::string::npos) << outcome.why;
}

TEST_F(ClientTest, AnAddressThatIsNoneMeansNotSent) {
  Client c(loop_.get(), "no-address", 1, {});
  EXPECT_EQ(ask(c, {"PING"}).loss, Loss::kNotSent);
}

TEST_F(ClientTest, ASilentServerMeansNoAnswerAfterTheDeadline) {
  ScriptedServer silent(loop_.get(), {}, true);
  Client c = client(silent.port());
  const auto began = std::chrono::steady_clock::now();
  const Client::Outcome outcome = ask(c, {"INCR", "n"}, kSoon);
  EXPECT_GE(std::chrono::steady_clock::now() - began, kSoon - kTick);
  EXPECT_FALSE(outcome.answered);
  EXPECT_EQ(outcome.loss, Loss::kNoAnswer);
  EXPECT_NE(outcome.why.find("no answer within 60 ms"), std::string::npos) << outcome.why;
}

// A paused node's kernel still accepts the connection; only the greeting shows that nobody is there.
TEST_F(ClientTest, ASilentServerThatIsToBeGreetedMeansNotSent) {
  ScriptedServer silent(loop_.get(), {}, true);
  Client c = client(silent.port(), {{"SESSION", "META", "ON"}});
  const Client::Outcome outcome = ask(c, {"INCR", "n"}, kSoon);
  EXPECT_EQ(outcome.loss, Loss::kNotSent);
  EXPECT_NE(outcome.why.find("greeting"), std::string::npos) << outcome.why;
  EXPECT_EQ(silent.received().find("INCR"), std::string::npos);
}

TEST_F(ClientTest, AServerThatClosesUnderARequestMeansNoAnswer) {
  Listener closing(loop_.get(), [](int fd) { ::close(fd); });
  Client c = client(closing.port());
  const Client::Outcome outcome = ask(c, {"INCR", "n"});
  EXPECT_FALSE(outcome.answered);
  EXPECT_EQ(outcome.loss, Loss::kNoAnswer);
}

TEST_F(ClientTest, AServerThatClosesDuringTheGreetingMeansNotSent) {
  Listener closing(loop_.get(), [](int fd) { ::close(fd); });
  Client c = client(closing.port(), {{"SESSION", "META", "ON"}});
  EXPECT_EQ(ask(c, {"INCR", "n"}).loss, Loss::kNotSent);
}

TEST_F(ClientTest, ARefusedGreetingMeansNotSent) {
  ScriptedServer server(loop_.get(), {"-ERR unknown command 'SESSION'\r\n"}, true);
  Client c = client(server.port(), {{"SESSION", "META", "ON"}});
  const Client::Outcome outcome = ask(c, {"INCR", "n"});
  EXPECT_EQ(outcome.loss, Loss::kNotSent);
  EXPECT_NE(outcome.why.find("unknown command 'SESSION'"), std::string::npos) << outcome.why;
  EXPECT_EQ(server.received().find("INCR"), std::string::npos);
}

// RESP has no request ids: an answer that comes late must not be taken for the next request's.
TEST_F(ClientTest, AfterATimeoutALateReplyDoesNotAnswerTheNextRequest) {
  RedisServer server;
  await(server);
  Client c = client(server.port());
  ASSERT_TRUE(ask(c, {"SET", "n", "10"}).answered);
  server.pause();
  const Client::Outcome lost = ask(c, {"INCR", "n"}, kSoon);
  EXPECT_EQ(lost.loss, Loss::kNoAnswer);
  server.resume();
  // The lost increment was in the server's socket: it happened all the same, and that is why it was no `fail`.
  EXPECT_EQ(ask(c, {"GET", "n"}).reply.text, "11");
}

TEST_F(ClientTest, AConnectionThatBrokeWhileIdleIsMadeAnew) {
  ScriptedServer server(loop_.get(), {"+one\r\n"}, false);
  Client c = client(server.port());
  EXPECT_EQ(ask(c, {"PING"}).reply.text, "one");
  event_base_loop(loop_.get(), EVLOOP_NONBLOCK);  // lets the client see that it was closed
  EXPECT_EQ(ask(c, {"PING"}).reply.text, "one");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, ReconnectsToAServerThatCameBack) {
  RedisServer server;
  await(server);
  Client c = client(server.port());
  ASSERT_TRUE(ask(c, {"PING"}).answered);
  server.kill();
  EXPECT_FALSE(ask(c, {"PING"}).answered);
  const Client::Outcome refused = ask(c, {"PING"});
  EXPECT_FALSE(refused.answered);
  EXPECT_EQ(refused.loss, Loss::kNotSent) << "nobody listens any more";
  server.start();
  await(server);
  EXPECT_EQ(ask(c, {"PING"}).reply.text, "PONG");
}

TEST_F(ClientTest, BytesThatAreNoReplyEndTheConnection) {
  ScriptedServer server(loop_.get(), {"HTTP/1.1 400 Bad Request\r\n"}, true);
  Client c = client(server.port());
  const Client::Outcome outcome = ask(c, {"PING"});
  EXPECT_EQ(outcome.loss, Loss::kNoAnswer);
  EXPECT_NE(outcome.why.find("broken reply"), std::string::npos) << outcome.why;
}

TEST_F(ClientTest, ASecondReplyIsNotKeptForTheNextRequest) {
  ScriptedServer server(loop_.get(), {"+first\r\n+surplus\r\n", "+second\r\n"}, true);
  Client c = client(server.port());
  EXPECT_EQ(ask(c, {"PING"}).reply.text, "first");
  EXPECT_EQ(ask(c, {"PING"}).reply.text, "first") << "a new connection, which begins from the start";
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, ACancelledRequestIsNeverAnswered) {
  ScriptedServer server(loop_.get(), {"+late\r\n"}, true);
  bool called = false;
  {
    Client c = client(server.port());
    c.send({"PING"}, kLong, [&called](const Client::Outcome&) { called = true; });
    c.cancel();
    EXPECT_FALSE(c.busy());
    EXPECT_EQ(ask(c, {"PING"}).reply.text, "late");
    c.send({"PING"}, kLong, [&called](const Client::Outcome&) { called = true; });
    c.cancel();
  }
  event_base_loop(loop_.get(), EVLOOP_NONBLOCK);
  EXPECT_FALSE(called);
}

TEST_F(ClientTest, ACancelledRequestThatWasRefusedAtOnceIsNotReported) {
  RefusingPort nobody;
  bool called = false;
  Client c = client(nobody.port());
  c.send({"PING"}, kLong, [&called](const Client::Outcome&) { called = true; });
  c.cancel();
  event_base_loop(loop_.get(), EVLOOP_NONBLOCK);
  EXPECT_FALSE(called);
}

TEST_F(ClientTest, TheCallbackMaySendTheNextRequestOrDestroyTheClient) {
  RedisServer server;
  await(server);
  auto c = std::make_unique<Client>(loop_.get(), "127.0.0.1", server.port(), std::vector<Request>{});
  int answers = 0;
  std::function<void(Client::Outcome)> next = [&](const Client::Outcome& outcome) {
    EXPECT_TRUE(outcome.answered) << outcome.why;
    EXPECT_EQ(outcome.reply.integer, ++answers);
    if (answers < 100) {
      c->send({"INCR", "n"}, kLong, next);
    } else {
      c.reset();
    }
  };
  c->send({"INCR", "n"}, kLong, next);
  run_until([&c] { return c == nullptr; });
  EXPECT_EQ(answers, 100);
}

}  // namespace
}  // namespace harness
