// A cache of routes by itself: its clock and its connections are turned by hand.
#include "harness/run/routes.h"

#include <gtest/gtest.h>

#include <functional>

#include "harness/systems/dynamo_routing.h"
#include "tests/harness/systems/replies.h"

namespace harness {
namespace {

using namespace std::chrono_literals;
using Loss = Script::Loss;

class StoppedLoop : public Loop {
 public:
  SteadyClock::time_point time = SteadyClock::time_point() + 1h;

  SteadyClock::time_point now() const override { return time; }
  bool run_until(const std::function<bool()>& done, SteadyClock::time_point) override { return done(); }
  void post(Call call) override { call(); }
  void on_tick(Call) override {}
  std::chrono::nanoseconds lateness() const override { return 0ns; }
  std::unique_ptr<Alarm> make_alarm(Call, uint16_t) override { return nullptr; }
};

// What was asked of whom, and not answered yet.
struct Asked {
  std::string node;
  Request request;
  Connection::Done done;
};

class HeldConnection : public Connection {
 public:
  HeldConnection(std::deque<Asked>& asked, std::string node) : asked_(asked), node_(std::move(node)) {}
  void send(const Request& request, std::chrono::milliseconds, Done done) override {
    asked_.push_back({node_, request, std::move(done)});
  }
  void cancel() override {}

 private:
  std::deque<Asked>& asked_;
  const std::string node_;
};

class HeldConnector : public Connector {
 public:
  std::deque<Asked> asked;

  std::unique_ptr<Connection> connect(const Host& host, const std::vector<Request>&, uint64_t) override {
    return std::make_unique<HeldConnection>(asked, host.name);
  }
};

std::vector<Host> five_hosts() {
  std::vector<Host> hosts;
  for (int i = 1; i <= 5; ++i) {
    Host host;
    host.name = "n" + std::to_string(i);
    host.ip = "10.0.0." + std::to_string(i);
    host.port = 7000;
    hosts.push_back(host);
  }
  return hosts;
}

Connection::Outcome answer(Reply reply) { return {true, std::move(reply), {}, ""}; }
Connection::Outcome lost(Loss loss) { return {false, {}, loss, "gone"}; }

Connection::Outcome route(int64_t epoch, const std::vector<std::string>& nodes) {
  std::vector<Reply> elements = {integer(epoch)};
  for (const std::string& node : nodes) elements.push_back(array({text(node), text("10.0.0.9:7000")}));
  return answer(array(std::move(elements)));
}

class RoutesTest : public testing::Test {
 protected:
  // The node of the key's route that is chosen, or "".
  std::string chosen(const std::string& key, const std::vector<size_t>& asked = {}) {
    const auto choice = routes_.choose(key, asked);
    return choice ? hosts_[choice->node].name : "";
  }
  // Who is asked for which route; "" if nobody is.
  std::string open_request() const {
    if (connector_.asked.empty()) return "";
    const Asked& asked = connector_.asked.front();
    return asked.node + " " + asked.request[0] + " " + asked.request[1];
  }
  void reply(const Connection::Outcome& outcome) {
    const Connection::Done done = std::move(connector_.asked.front().done);
    connector_.asked.pop_front();
    done(outcome);
  }
  void know(const std::string& key, int64_t epoch, const std::vector<std::string>& nodes) {
    chosen(key);
    reply(route(epoch, nodes));
  }

  StoppedLoop loop_;
  HeldConnector connector_;
  const std::vector<Host> hosts_ = five_hosts();
  Routes routes_{loop_, connector_, dynamo_routing(), hosts_, 1s};
};

TEST_F(RoutesTest, NoOperationWaitsForOneAndOneKeyIsAskedForAtATime) {
  EXPECT_EQ(chosen("a"), "");
  EXPECT_EQ(chosen("a"), "");
  EXPECT_EQ(chosen("b"), "");
  EXPECT_EQ(open_request(), "n1 ROUTE a");
  EXPECT_EQ(connector_.asked.size(), 1u);
  reply(route(1, {"n3", "n4", "n5"}));
  EXPECT_EQ(chosen("a"), "n3");
  EXPECT_EQ(routes_.choose("a", {})->epoch, 1u);
  EXPECT_EQ(open_request(), "n1 ROUTE b");
  reply(route(1, {"n2", "n1", "n5"}));
  EXPECT_EQ(chosen("b"), "n2");
  EXPECT_EQ(open_request(), "");
}

// Row RT6.
TEST_F(RoutesTest, ARouteIsUsedForTenSecondsAndAskedForAgainAfterFive) {
  know("a", 1, {"n3", "n4"});
  loop_.time += Routes::kFresh - 1ms;
  EXPECT_EQ(chosen("a"), "n3");
  EXPECT_EQ(open_request(), "");
  loop_.time += 1ms;
  EXPECT_EQ(chosen("a"), "n3");
  EXPECT_EQ(open_request(), "n1 ROUTE a");
  loop_.time = loop_.time - Routes::kFresh + Routes::kKept - 1ms;
  EXPECT_EQ(chosen("a"), "n3");
  loop_.time += 1ms;
  EXPECT_EQ(chosen("a"), "") << "too old to go by";
  reply(route(1, {"n4", "n3"}));
  EXPECT_EQ(chosen("a"), "n4");
}

TEST_F(RoutesTest, WhoeverAnswersIsAskedAndWhereNobodyDoesTheNextOperationAsksAgain) {
  chosen("a");
  chosen("b");
  for (const char* node : {"n1", "n2", "n3", "n4"}) {
    EXPECT_EQ(open_request(), std::string(node) + " ROUTE a");
    reply(lost(Loss::kNotSent));
  }
  EXPECT_EQ(open_request(), "n5 ROUTE a");
  reply(answer(error("ERR no")));
  EXPECT_EQ(open_request(), "n1 ROUTE b") << "enough of a";
  reply(lost(Loss::kNoAnswer));
  reply(route(1, {"n2"}));
  EXPECT_EQ(chosen("a"), "");
  EXPECT_EQ(open_request(), "n2 ROUTE a") << "which has answered before";
}

// Row RT4.
TEST_F(RoutesTest, AnOlderTableThanOneThatWasSeenIsNoUse) {
  know("a", 3, {"n3", "n4"});
  chosen("b");
  reply(route(2, {"n1"}));
  EXPECT_EQ(open_request(), "n2 ROUTE b");
  reply(route(3, {"n5"}));
  EXPECT_EQ(chosen("b"), "n5");
}

TEST_F(RoutesTest, ANodeThatDoesNotAnswerIsPassedOverForAWhileUnlessAllAreToBe) {
  know("a", 1, {"n3", "n4"});
  for (const auto& outcome : {lost(Loss::kNotSent), lost(Loss::kNoAnswer), answer(error("UNAVAIL 1 of 2 nodes"))}) {
    routes_.learn("a", 2, outcome);
    EXPECT_EQ(open_request(), "n1 ROUTE a") << "a reason to ask for a newer one";
    reply(route(1, {"n3", "n4"}));
    EXPECT_EQ(chosen("a"), "n4");
    EXPECT_EQ(chosen("a", {3}), "n3") << "all that is left";
    EXPECT_EQ(chosen("a", {3, 2}), "");
    loop_.time += Routes::kPassedOver;
    EXPECT_EQ(chosen("a"), "n3");
  }
  routes_.learn("a", 2, answer(status("OK")));
  routes_.learn("a", 2, answer(error("TIMEOUT the write may still happen")));
  EXPECT_EQ(chosen("a"), "n3") << "it answers";
  EXPECT_EQ(open_request(), "");
}

TEST_F(RoutesTest, ARedirectionIsFollowedAndIsAReasonToAsk) {
  know("a", 1, {"n3", "n4"});
  routes_.learn("a", 2, answer(error("MOVED 12714 10.0.0.5:7000")));
  EXPECT_EQ(chosen("a", {2}), "n5");
  EXPECT_EQ(chosen("a"), "n5");
  EXPECT_EQ(open_request(), "n1 ROUTE a");
  reply(route(2, {"n5", "n3"}));
  EXPECT_EQ(chosen("a"), "n5");
  EXPECT_EQ(routes_.choose("a", {})->epoch, 2u);
  routes_.learn("a", 4, answer(error("STALE 1 is the epoch of this node's routing table")));
  EXPECT_EQ(chosen("a"), "n3");
  EXPECT_EQ(open_request(), "n1 ROUTE a");
}

}  // namespace
}  // namespace harness
