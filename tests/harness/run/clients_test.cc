#include "harness/run/clients.h"

#include <gtest/gtest.h>

#include <set>

#include "harness/systems/client.h"
#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

using checkers::Event;
using checkers::EventType;
using namespace std::chrono_literals;

const fake::Node::Answer kOk = [](const Request&) { return "+OK\r\n"; };
const fake::Node::Answer kSilent = [](const Request&) { return ""; };

class ClientsTest : public testing::Test {
 protected:
  void add_node(fake::Node::Answer answer) { nodes_.push_back(std::make_unique<fake::Node>(loop_, std::move(answer))); }

  void make_clients(int concurrency, double rate = 0) {
    std::vector<const fake::Node*> nodes;
    for (const auto& node : nodes_) nodes.push_back(node.get());
    hosts_ = fake::hosts_of(nodes);
    operations_ = std::make_unique<DrawnOperations>(
        workload_, DrawnOperations::Options{.clients = concurrency, .nodes = hosts_.size(), .rate = rate, .seed = 1});
    clients_ = std::make_unique<Clients>(
        loop_, connector_, system_, hosts_, workload_, *operations_, *recorder_,
        Clients::Options{.concurrency = concurrency, .request_timeout = 50ms, .mode = "sloppy"});
  }

  void run_main_phase(std::chrono::milliseconds length) {
    clients_->start();
    loop_.run_until([] { return false; }, SteadyClock::now() + length);
    clients_->stop();
    ASSERT_TRUE(loop_.run_until([this] { return clients_->idle(); }, SteadyClock::now() + 10s));
  }

  void run_final_reads(const std::vector<std::string>& keys) {
    clients_->final_reads(keys);
    ASSERT_TRUE(loop_.run_until([this] { return clients_->idle(); }, SteadyClock::now() + 10s));
  }

  const std::vector<Event>& events() { return recorder_->settled().events; }

  EventLoop loop_;
  fake::Scratch scratch_;
  fake::FakeSystem system_;
  fake::FakeWorkload workload_;
  std::unique_ptr<Recorder> recorder_ = fake::make_recorder(scratch_, loop_);
  std::vector<std::unique_ptr<fake::Node>> nodes_;
  std::vector<Host> hosts_;
  SocketConnector connector_{loop_.base()};
  std::unique_ptr<DrawnOperations> operations_;
  std::unique_ptr<Clients> clients_;
};

TEST_F(ClientsTest, EveryInvocationIsRecordedBeforeItsCompletion) {
  add_node(kOk);
  workload_.sample.f = "add";
  workload_.sample.key = "k";
  make_clients(3);
  run_main_phase(50ms);

  EXPECT_GT(clients_->counts().ok, 3);
  EXPECT_EQ(clients_->counts().ok, clients_->counts().sent);
  std::map<int64_t, EventType> last;
  for (const Event& event : events()) {
    bool is_invocation = event.type == EventType::kInvoke;
    bool was_open = last.count(event.process) > 0 && last[event.process] == EventType::kInvoke;
    EXPECT_EQ(is_invocation, !was_open) << "process " << event.process << " has one operation open at a time";
    last[event.process] = event.type;
  }
}

TEST_F(ClientsTest, AProcessIsRetiredAfterAnIndeterminateOperation) {
  add_node(kSilent);
  workload_.sample.f = "add";
  workload_.sample.key = "k";
  make_clients(2);
  run_main_phase(80ms);

  std::set<int64_t> indeterminate;
  for (const Event& event : events()) {
    if (event.type == EventType::kInvoke) {
      EXPECT_EQ(indeterminate.count(event.process), 0u) << event.process;
    } else {
      EXPECT_EQ(event.type, EventType::kInfo);
      indeterminate.insert(event.process);
      EXPECT_LT(event.fields["error"].string().size(), 100u);
    }
  }
  EXPECT_TRUE(indeterminate.count(0) == 1 && indeterminate.count(1) == 1);
}

TEST_F(ClientsTest, AnIdentifiedOperationWithoutAnswerIsTriedAtAnotherNode) {
  add_node(kSilent);
  add_node(kOk);
  workload_.sample.f = "add";
  workload_.sample.key = "k";
  workload_.sample.session = "s1";
  workload_.sample.seq = 1;
  make_clients(1);
  run_main_phase(10ms);

  const Event& invocation = events()[0];
  const Event& completion = events()[1];
  EXPECT_EQ(invocation.fields["node"].string(), "n1");
  EXPECT_EQ(completion.type, EventType::kOk);
  EXPECT_EQ(completion.fields["node"].string(), "n2");
  const checkers::List& attempts = completion.fields["attempts"].list();
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[0]["node"].string(), "n1");
  EXPECT_EQ(attempts[0]["outcome"].string(), "info");
  EXPECT_EQ(attempts[1]["outcome"].string(), "ok");
}

TEST_F(ClientsTest, AnOperationThatNobodyAnswersIsIndeterminateAfterEachNodeWasAsked) {
  add_node(kSilent);
  add_node(kSilent);
  workload_.sample.f = "add";
  workload_.sample.key = "k";
  workload_.sample.session = "s1";
  make_clients(1);
  run_main_phase(10ms);

  EXPECT_EQ(events()[1].type, EventType::kInfo);
  EXPECT_EQ(events()[1].fields["attempts"].list().size(), 2u);
}

TEST_F(ClientsTest, ANodeThatRefusesConnectionsIsNotAskedAgainAtOnce) {
  add_node(kOk);
  workload_.sample.f = "read";
  workload_.sample.key = "k";
  make_clients(1);
  nodes_.clear();  // nobody listens any more
  run_main_phase(350ms);

  EXPECT_EQ(clients_->counts().ok, 0);
  EXPECT_GE(clients_->counts().fail, 2);
  EXPECT_LE(clients_->counts().fail, 5);
}

TEST_F(ClientsTest, EveryKeyIsReadThroughEveryNodeAtTheEnd) {
  for (int i = 0; i < 3; ++i) add_node(kOk);
  make_clients(2);  // fewer clients than nodes
  run_final_reads({"a", "b", "c", "d"});

  std::set<std::pair<std::string, std::string>> read;
  for (const Event& event : events()) {
    EXPECT_TRUE(event.fields["final"].boolean());
    if (event.type == EventType::kOk) read.emplace(event.fields["node"].string(), event.key);
  }
  EXPECT_EQ(read.size(), 12u);
}

TEST_F(ClientsTest, ANodeThatAnswersNoFinalReadIsGivenUp) {
  add_node(kOk);
  add_node(kSilent);
  make_clients(2);
  std::vector<std::string> keys;
  for (int i = 0; i < 200; ++i) keys.push_back("k" + std::to_string(i));
  run_final_reads(keys);

  EXPECT_EQ(nodes_[0]->requests(), 200);
  EXPECT_EQ(nodes_[1]->requests(), Clients::kFinalReadTries);
}

TEST_F(ClientsTest, AbandonedOperationsEndAtOnce) {
  add_node(kSilent);
  workload_.sample.f = "add";
  workload_.sample.key = "k";
  workload_.sample.session = "s";
  make_clients(4);
  clients_->start();
  loop_.run_until([this] { return nodes_[0]->requests() == 4; });
  clients_->abandon("the run was interrupted");

  EXPECT_TRUE(clients_->idle());
  EXPECT_EQ(clients_->counts().done(), 4);
  EXPECT_EQ(events().back().fields["error"].string(), "the run was interrupted");
}

TEST_F(ClientsTest, TheRateOfAllClientsTogetherIsKept) {
  add_node(kOk);
  workload_.sample.f = "add";
  workload_.sample.key = "k";
  make_clients(5, 400);
  run_main_phase(500ms);
  // 200 are expected of a Poisson stream; five standard deviations are 71. A starved machine sends fewer.
  EXPECT_LE(clients_->counts().sent, 271 + 5);
  EXPECT_GE(clients_->counts().sent, 50);
}

}  // namespace
}  // namespace harness
