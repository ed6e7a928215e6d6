#include "harness/run/quiet.h"

#include <gtest/gtest.h>

#include "harness/systems/client.h"
#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

using namespace std::chrono_literals;

class QuietTest : public testing::Test {
 protected:
  // Two nodes; what each holds is what its function says at each look.
  Quiet wait(fake::Node::Answer first, fake::Node::Answer second, std::chrono::milliseconds limit) {
    fake::Node n1(loop_, std::move(first));
    fake::Node n2(loop_, std::move(second));
    std::vector<Host> hosts = fake::hosts_of({&n1, &n2});
    fake::FakeSystem system;
    SocketConnector connector(loop_.base());
    const Roster all;
    Replicas replicas(loop_, connector, system, hosts, all);
    QuietOptions options;
    options.stage = "before-reads";
    options.deadline = SteadyClock::now() + limit;
    options.record_polls = true;
    options.stop = [] { return false; };
    return wait_until_quiet(loop_, replicas, *recorder_, options);
  }

  // What counts are keys with an acknowledged write.
  void SetUp() override {
    checkers::Event event;
    event.f = "add";
    event.key = "a";
    event.value = 1;
    recorder_->add(event);
    event.type = checkers::EventType::kOk;
    recorder_->add(event);
  }

  EventLoop loop_;
  fake::Scratch scratch_;
  std::unique_ptr<Recorder> recorder_ = fake::make_recorder(scratch_, loop_);
};

const fake::Node::Answer kHoldsA = [](const Request&) { return "+a\r\n"; };

TEST_F(QuietTest, TwoEqualLooksRunningAreQuiet) {
  Quiet quiet = wait(kHoldsA, kHoldsA, 10s);
  EXPECT_TRUE(quiet.agreed);
  ASSERT_EQ(quiet.dumps.size(), 2u);
  EXPECT_EQ(quiet.dumps[1].node, "n2");
  EXPECT_EQ(quiet.dumps[1].stage, "before-reads");
  EXPECT_EQ(recorder_->settled().polls.size(), 2u);
}

TEST_F(QuietTest, AReplicaThatCatchesUpIsWaitedFor) {
  int looks = 0;
  Quiet quiet = wait(
      kHoldsA, [&looks](const Request&) { return ++looks < 4 ? "+\r\n" : "+a\r\n"; }, 10s);
  EXPECT_TRUE(quiet.agreed);
  const auto& polls = recorder_->settled().polls;
  ASSERT_EQ(polls.size(), 5u) << "three that differ, two that agree";
  EXPECT_EQ(polls[0].keys, std::vector<std::string>{"a"});
  EXPECT_EQ(polls[4].differing, 0);
}

TEST_F(QuietTest, AHintThatIsStillOnItsWayIsWaitedFor) {
  int looks = 0;
  Quiet quiet = wait(
      kHoldsA, [&looks](const Request&) { return ++looks < 4 ? "+a,a>n1\r\n" : "+a\r\n"; }, 10s);
  EXPECT_TRUE(quiet.agreed);
  EXPECT_EQ(recorder_->settled().polls.size(), 5u) << "three with the hint, two without";
}

TEST_F(QuietTest, ARecordThatIsOnItsWayToItsHomeIsWaitedFor) {
  int looks = 0;
  Quiet quiet = wait(
      kHoldsA, [&looks](const Request&) { return ++looks < 4 ? "+a!\r\n" : "+a\r\n"; }, 10s);
  EXPECT_TRUE(quiet.agreed);
  EXPECT_EQ(recorder_->settled().polls.size(), 5u) << "three with it, two without";
}

TEST_F(QuietTest, AReplicaThatStaysBehindEndsTheWaitAtItsLimit) {
  Quiet quiet = wait(
      kHoldsA, [](const Request&) { return "+\r\n"; }, 200ms);
  EXPECT_FALSE(quiet.agreed);
  EXPECT_EQ(quiet.dumps.size(), 2u) << "what was seen last is judged";
}

TEST_F(QuietTest, ANodeThatCannotBeDumpedIsNoAgreement) {
  Quiet quiet = wait(
      kHoldsA, [](const Request&) { return "-ERR no dump\r\n"; }, 100ms);
  EXPECT_FALSE(quiet.agreed);
  EXPECT_EQ(quiet.dumps[1].error, "ERR no dump");
}

}  // namespace
}  // namespace harness
