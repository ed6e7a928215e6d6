// The client side of a node over real sockets.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include "node/wire/resp.h"
#include "tests/node/runtime/client.h"
#include "tests/node/runtime/running_node.h"

namespace node {
namespace {

std::string encoded(const Words& words) {
  std::string bytes;
  resp::words(bytes, words);
  return bytes;
}

TEST(Server, RepliesLeaveInTheOrderOfTheRequestsWhateverTheOrderOfTheAnswers) {
  RunningNode node;
  Client client(node.port());
  // The core answers three, then RELEASE makes it answer two, then one, then RELEASE itself.
  client.send(encoded({"HOLD", "one"}) + encoded({"HOLD", "two"}) + encoded({"ECHO", "three"}) + encoded({"RELEASE"}) +
              encoded({"ECHO", "four"}));
  for (const char* expected : {"one", "two", "three", "OK", "four"}) EXPECT_EQ(client.read_reply(), expected);
}

TEST(Server, AThousandPipelinedRequestsAreAllAnswered) {
  RunningNode node;
  Client client(node.port());
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += encoded({"ECHO", std::to_string(i)});
  client.send(bytes);
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(client.read_reply(), std::to_string(i));
}

TEST(Server, AlarmsComeAndOneClientsWaitHoldsNoOtherUp) {
  RunningNode node;
  Client patient(node.port()), quick(node.port());
  const auto began = std::chrono::steady_clock::now();
  patient.send_words({"LATER", "80", "at last"});
  EXPECT_EQ(quick.ask({"PING"}), "PONG");
  EXPECT_EQ(patient.read_reply(), "at last");
  // Less a tick of the kernel's coarse clock, which libevent reads.
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(70));
}

TEST(Server, HalfAFrameWaitsForItsOtherHalf) {
  RunningNode node;
  Client client(node.port());
  for (const char byte : encoded({"ECHO", "slowly"})) client.send(std::string_view(&byte, 1));
  EXPECT_EQ(client.read_reply(), "slowly");
}

TEST(Server, InlineRequestsAreUnderstood) {
  RunningNode node;
  Client client(node.port());
  client.send("PING\r\nECHO \"hello world\"\r\n\r\n");
  EXPECT_EQ(client.read_reply(), "PONG");
  EXPECT_EQ(client.read_reply(), "hello world");
}

TEST(Server, AWordOverTheLimitIsRefusedInItsPlaceAndTheConnectionGoesOn) {
  RunningNode node;
  Client client(node.port());
  const size_t limit = resp::RespReader::Limits{}.max_word_bytes;
  client.send(encoded({"ECHO", "before"}) + encoded({"SET", "k", std::string(limit + 1, 'x')}) + encoded({"PING"}));
  EXPECT_EQ(client.read_reply(), "before");
  EXPECT_EQ(client.read_reply(), "-TOOBIG word of 1114113 bytes exceeds 1114112");
  EXPECT_EQ(client.read_reply(), "PONG");
  EXPECT_EQ(client.ask({"ECHO", std::string(limit, 'x')}), std::string(limit, 'x'));
}

TEST(Server, AbsurdHeadersAreToldAndClosed) {
  RunningNode node;
  Client many(node.port()), large(node.port());
  many.send("*2147483647\r\n");
  EXPECT_EQ(many.read_reply(), "-ERR Protocol error: array of 2147483647 words, more than 1048576");
  EXPECT_EQ(many.read_reply(), "(closed)");
  large.send("*1\r\n$3000000000\r\n");
  EXPECT_EQ(large.read_reply(), "-ERR Protocol error: word of 3000000000 bytes, more than 536870912");
  EXPECT_EQ(large.read_reply(), "(closed)");
  EXPECT_EQ(Client(node.port()).ask({"PING"}), "PONG");
}

TEST(Server, ABrokenFrameIsToldAfterTheAnswersThatAreStillDue) {
  RunningNode node;
  Client client(node.port()), other(node.port());
  client.send(encoded({"HOLD", "due"}) + "*1\r\n?" + std::string(200'000, '?'));
  while (other.ask({"HELD"}) != "1") {
  }
  other.ask({"RELEASE"});
  EXPECT_EQ(client.read_reply(), "due");
  EXPECT_EQ(client.read_reply(), "-ERR Protocol error: expected '$', got '?'");
  EXPECT_EQ(client.read_reply(), "(closed)");
}

TEST(Server, GarbageNeverEndsTheNode) {
  RunningNode node;
  std::mt19937 random(7);
  for (int i = 0; i < 50; ++i) {
    Client client(node.port());
    std::string garbage(random() % 100'000, '\0');
    for (char& byte : garbage) byte = static_cast<char>(random() % 256);
    if (i % 2 == 0) garbage.insert(0, "*3\r\n$3\r\nSET\r\n$");
    client.send_some(garbage);
  }
  EXPECT_EQ(Client(node.port()).ask({"PING"}), "PONG");
}

TEST(Server, AClientThatReadsNothingIsReadNoFurtherAndLosesNothing) {
  RuntimeOptions options;
  options.limits.max_unsent_bytes = 1 << 20;
  RunningNode node(std::move(options));
  Client slow(node.port());
  // Without back-pressure all of the 64 MiB would be taken.
  constexpr size_t kRequests = 64;
  std::string bytes;
  for (size_t i = 0; i < kRequests; ++i) bytes += encoded({"ECHO", std::string(1 << 20, static_cast<char>('A' + i))});
  std::string_view rest = bytes;
  Client other(node.port());
  for (int idle = 0; idle < 20;) {
    const size_t sent = slow.send_some(rest);
    rest.remove_prefix(sent);
    idle = sent > 0 ? 0 : idle + 1;
    ASSERT_EQ(other.ask({"PING"}), "PONG");  // meanwhile the node serves the others
  }
  EXPECT_GT(rest.size(), bytes.size() / 4);

  std::thread sender([&slow, rest] { slow.send(rest); });
  for (size_t i = 0; i < kRequests; ++i) {
    const std::string reply = slow.read_reply();
    EXPECT_EQ(reply.size(), size_t{1} << 20);
    EXPECT_EQ(reply.front(), static_cast<char>('A' + i));
  }
  sender.join();
}

TEST(Server, AClientThatAsksForTooMuchWithoutReadingIsCutOff) {
  RuntimeOptions options;
  options.limits.cut_off_unsent_bytes = 8 << 20;
  RunningNode node(std::move(options));
  Client greedy(node.port()), other(node.port());
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += encoded({"FILL", "1000000"});
  greedy.send(bytes);
  while (other.ask({"GONE"}) != "1") {
  }
  int whole_replies = 0;
  try {
    while (greedy.read_reply() != "(closed)") ++whole_replies;
  } catch (const std::runtime_error&) {  // closed inside a reply
  }
  EXPECT_LT(whole_replies, 100);
}

TEST(Server, MoreOpenRequestsThanTheLimitWaitTheirTurn) {
  RuntimeOptions options;
  options.limits.max_open_requests = 4;
  RunningNode node(std::move(options));
  Client client(node.port()), other(node.port());
  std::string bytes;
  for (int i = 0; i < 10; ++i) bytes += encoded({"HOLD", std::to_string(i)});
  client.send(bytes);
  for (int i = 0; i < 10; ++i) {
    while (!client.has_input()) {
      EXPECT_LE(std::stoi(other.ask({"HELD"})), 4);
      other.ask({"RELEASE"});
    }
    ASSERT_EQ(client.read_reply(), std::to_string(i));
  }
}

TEST(Server, QuitIsAnsweredAndWhatFollowsItIsNot) {
  RunningNode node;
  Client client(node.port());
  client.send(encoded({"QUIT"}) + encoded({"ECHO", "too late"}));
  EXPECT_EQ(client.read_to_end(), "+OK\r\n");
}

TEST(Server, AClientThatHasEndedSendingGetsItsAnswersFirst) {
  RunningNode node;
  Client client(node.port()), other(node.port());
  client.send(encoded({"LATER", "50", "answer"}));
  client.end_sending();
  EXPECT_EQ(client.read_reply(), "answer");
  EXPECT_EQ(client.read_reply(), "(closed)");
  while (other.ask({"GONE"}) != "1") {
  }
}

TEST(Server, AClientOverTheLimitIsToldSoAndASeatIsFreeAgainLater) {
  RuntimeOptions options;
  options.max_clients = 2;
  RunningNode node(std::move(options));
  Client first(node.port());
  auto second = std::make_unique<Client>(node.port());
  EXPECT_EQ(first.ask({"PING"}), "PONG");
  EXPECT_EQ(second->ask({"PING"}), "PONG");
  Client third(node.port());
  third.send_some(encoded({"PING"}));
  EXPECT_EQ(third.read_reply(), "-ERR max number of clients reached: 2 are connected");
  EXPECT_EQ(third.read_reply(), "(closed)");
  second.reset();
  while (first.ask({"GONE"}) != "1") {
  }
  EXPECT_EQ(Client(node.port()).ask({"PING"}), "PONG");
}

TEST(Server, AnInheritedSocketServesToo) {
  int port = 0;
  Fd listener = listen_on_loopback(10, &port);
  RuntimeOptions options;
  options.inherited_fd = dup(listener.get());
  RunningNode node(std::move(options));
  EXPECT_NE(port, node.port());
  EXPECT_EQ(Client(port).ask({"PING"}), "PONG");
  EXPECT_EQ(Client(node.port()).ask({"PING"}), "PONG");
}

TEST(Server, AnAddressInUseIsAClearError) {
  int port = 0;
  const Fd taken = listen_on_loopback(10, &port);
  RuntimeOptions options;
  options.listen = loopback_address(port);
  try {
    RunningNode node(std::move(options));
    FAIL() << "two listeners on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), "cannot listen on 127.0.0.1:" + std::to_string(port) + ": Address already in use");
  }
}

}  // namespace
}  // namespace node
