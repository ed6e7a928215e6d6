// Links between nodes over real sockets. Nodes that stand in for peers are plain listening sockets here, so that a test
// can behave as badly as it likes.
#include "node/runtime/peer_link.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/node/runtime/client.h"
#include "tests/node/runtime/running_node.h"

namespace node {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kGreeting = "[PEER n1 00000000000000070000000000000009]";

RuntimeOptions of_n1() {
  RuntimeOptions options;
  options.life = {7, 9};
  return options;
}
Links link_to(const std::string& name, int port) { return {{{name, loopback_address(port).text()}}}; }

TEST(PeerLink, GreetsWithNameAndLifeAndThenSendsMessages) {
  int port = 0;
  const Fd listener = listen_on_loopback(10, &port);
  RunningNode node(of_n1(), link_to("n2", port));
  Client peer(accept_one(listener));
  EXPECT_EQ(peer.read_reply(), kGreeting);
  Client client(node.port());
  EXPECT_EQ(client.ask({"TELL", "n2", "hello", "there"}), "OK");
  EXPECT_EQ(peer.read_reply(), "[hello there]");
}

TEST(PeerLink, ComesUpWithinItsRetryOnceThePeerListens) {
  int port = free_port();
  RunningNode node(of_n1(), link_to("n2", port));
  EXPECT_EQ(Client(node.port()).ask({"TELL", "n2", "lost"}), "OK");  // nobody there: gone
  const Fd listener = listen_on_loopback(10, &port);
  const auto listening = steady_clock::now();
  Client peer(accept_one(listener));
  EXPECT_LT(steady_clock::now() - listening, milliseconds(5000));  // 200, and what a busy machine adds
  EXPECT_EQ(peer.read_reply(), kGreeting);
  EXPECT_EQ(Client(node.port()).ask({"TELL", "n2", "arrives"}), "OK");
  EXPECT_EQ(peer.read_reply(), "[arrives]");
}

TEST(PeerLink, IsMadeAnewWhenThePeerClosesIt) {
  int port = 0;
  const Fd listener = listen_on_loopback(10, &port);
  RunningNode node(of_n1(), link_to("n2", port));
  for (int i = 0; i < 3; ++i) {
    Client peer(accept_one(listener));
    EXPECT_EQ(peer.read_reply(), kGreeting);
  }
}

TEST(PeerLink, TheCoreHearsThatItBrokeAndThatItIsThereAgain) {
  int port = 0;
  const Fd listener = listen_on_loopback(10, &port);
  RunningNode node(of_n1(), link_to("n2", port));
  Client client(node.port());
  const auto told = [&](const std::string& expected) {
    std::string links;
    do links = client.ask({"LINKS"});
    while (links != expected && expected.starts_with(links));
    return links;
  };
  {
    const Client peer(accept_one(listener));
    EXPECT_EQ(told("+n2 "), "+n2 ");
  }
  const Client peer(accept_one(listener));
  EXPECT_EQ(told("+n2 -n2 +n2 "), "+n2 -n2 +n2 ");
}

TEST(PeerLink, IsGivenUpWhenThePeerTakesNothing) {
  int port = 0;
  const Fd listener = listen_on_loopback(10, &port);
  RunningNode node(of_n1(), link_to("n2", port));
  const Client stuck(accept_one(listener));
  Client client(node.port());
  // More than the buffers of both sockets hold.
  for (int i = 0; i < 64; ++i) ASSERT_EQ(client.ask({"TELL", "n2", std::string(1 << 20, 'x')}), "OK");
  Client next(accept_one(listener));
  EXPECT_EQ(next.read_reply(), kGreeting);
}

TEST(PeerLink, AnAttemptThatNobodyAnswersIsGivenUpForANewOne) {
  int port = 0;
  const Fd listener = listen_on_loopback(0, &port);
  // One waits to be accepted; the kernel drops the packets of all others, as a partition would.
  const Client filler(port);
  RunningNode node(of_n1(), link_to("n2", port));
  Client client(node.port());
  EXPECT_EQ(client.ask({"LATER", "1050", "three attempts later"}), "three attempts later");
  const auto healed = steady_clock::now();
  accept_one(listener);
  Client peer(accept_one(listener));
  // An attempt lasts 300 ms; TCP's own come every second, at best, so the next would be 950 ms away.
  EXPECT_LT(steady_clock::now() - healed, milliseconds(900));
  EXPECT_EQ(peer.read_reply(), kGreeting);
}

TEST(PeerLink, TheQueueBehindASlowPeerIsBoundedAndLosesItsOldest) {
  int port = 0;
  const Fd listener = listen_on_loopback(10, &port);
  RuntimeOptions options = of_n1();
  options.links.queue_bytes = 1 << 20;
  options.links.user_timeout = milliseconds(0);
  RunningNode node(std::move(options), link_to("n2", port));
  Client peer(accept_one(listener));
  Client client(node.port());
  constexpr int kMessages = 300;
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_EQ(client.ask({"TELL", "n2", std::to_string(i), std::string(100'000, 'x')}), "OK");
  }
  EXPECT_EQ(peer.read_reply(), kGreeting);
  int received = 0, last = -1;
  while (last != kMessages - 1) {
    const std::string message = peer.read_reply();
    const int number = std::stoi(message.substr(1));
    EXPECT_GT(number, last);
    EXPECT_EQ(message.size(), 100'000 + 3 + std::to_string(number).size());
    last = number;
    ++received;
  }
  EXPECT_LT(received, kMessages);
}

TEST(PeerLink, MessagesToOneselfTakeTheQueueAndNoSocket) {
  RunningNode node;
  Client client(node.port());
  EXPECT_EQ(client.ask({"TELL", "n1", "note", "to", "self"}), "OK");
  EXPECT_EQ(client.ask({"HEARD"}), "note to self ");
}

TEST(PeerLink, LinksComeAndGoAsTheCoreSays) {
  int first_port = 0, second_port = 0;
  const Fd first = listen_on_loopback(10, &first_port), second = listen_on_loopback(10, &second_port);
  RunningNode node(of_n1(), link_to("n2", first_port));
  Client to_first(accept_one(first));
  EXPECT_EQ(to_first.read_reply(), kGreeting);
  Client client(node.port());
  EXPECT_EQ(client.ask({"LINK", "n3", loopback_address(second_port).text()}), "OK");
  EXPECT_EQ(to_first.read_reply(), "(closed)");
  Client to_second(accept_one(second));
  EXPECT_EQ(to_second.read_reply(), kGreeting);
  EXPECT_EQ(client.ask({"TELL", "n3", "hello"}), "OK");
  EXPECT_EQ(to_second.read_reply(), "[hello]");
}

// ---- The incoming half

TEST(PeerLink, MessagesReachTheOtherNodesCore) {
  const int port = free_port();
  RunningNode first(of_n1(), link_to("n2", port));
  RuntimeOptions options;
  options.name = "n2";
  options.listen = loopback_address(port);
  RunningNode second(std::move(options), link_to("n1", first.port()));
  Client to_first(first.port()), to_second(second.port());
  while (to_second.ask({"HEARD"}).empty()) to_first.ask({"TELL", "n2", "hello"});
  EXPECT_EQ(to_second.ask({"HEARD"}).substr(0, 6), "hello ");
}

TEST(PeerLink, WhoConnectsAsAPeerMustHaveTheNameOfAnotherNode) {
  RunningNode node(of_n1(), link_to("n2", free_port()));
  Client stranger(node.port()), itself(node.port()), mute(node.port());
  EXPECT_EQ(stranger.ask({"PEER", "n 9", "0"}), "-ERR PEER n 9 is not the name of another node");
  EXPECT_EQ(stranger.read_reply(), "(closed)");
  EXPECT_EQ(itself.ask({"PEER", "n1", "0"}), "-ERR PEER n1 is not the name of another node");
  EXPECT_EQ(mute.ask({"PEER"}), "-ERR PEER takes a name and a life");
}

TEST(PeerLink, PeersMaySendWhatClientsMayNot) {
  RunningNode node(of_n1(), link_to("n2", free_port()));
  Client peer(node.port()), client(node.port());
  peer.send_words({"PEER", "n2", "0"});
  peer.send_words(Words(200, std::string(20'000, 'x')));
  while (client.ask({"HEARD"}).size() != 200 * 20'001) {
  }
}

TEST(PeerLink, ANewLinkFromAPeerEndsItsOlderOne) {
  RunningNode node(of_n1(), link_to("n2", free_port()));
  Client client(node.port()), older(node.port());
  older.send_words({"PEER", "n2", "0"});
  older.send_words({"one"});
  while (client.ask({"HEARD"}) != "one ") {
  }
  Client newer(node.port());
  newer.send_words({"PEER", "n2", "0"});
  EXPECT_EQ(older.read_reply(), "(closed)");
  newer.send_words({"two"});
  while (client.ask({"HEARD"}) != "one two ") {
  }
}

TEST(PeerLink, ABrokenFrameEndsThatLinkAlone) {
  RunningNode node(of_n1(), link_to("n2", free_port()));
  Client peer(node.port()), client(node.port());
  peer.send_words({"PEER", "n2", "0"});
  peer.send("*1\r\n?\r\n");
  EXPECT_EQ(peer.read_reply(), "(closed)");
  EXPECT_EQ(client.ask({"PING"}), "PONG");
}

}  // namespace
}  // namespace node
