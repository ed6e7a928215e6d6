#include "harness/run/faults.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "harness/sim/prompt_worker.h"
#include "harness/sim/sim_loop.h"
#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

using nemesis::FaultEvent;
using Action = nemesis::FaultEvent::Action;
using namespace std::chrono_literals;

FaultEvent fault(std::chrono::milliseconds at, Action action, std::vector<std::string> nodes = {}) {
  FaultEvent event;
  event.at = at;
  event.action = action;
  event.nodes = std::move(nodes);
  return event;
}

FaultEvent partition(std::chrono::milliseconds at) {
  FaultEvent event = fault(at, Action::kPartition);
  event.shape = "isolate-one";
  event.cuts = {{"n1", "n2"}, {"n2", "n1"}};
  event.sides = {{"n1"}, {"n2"}};
  return event;
}

// On virtual time: a slow machine must not put off a fault until the next one is due.
class FaultsTest : public testing::Test {
 protected:
  // `acknowledged`: a write, by these nodes in turn, every few milliseconds.
  void run(std::vector<FaultEvent> schedule, bool heal, const checkers::List& acknowledged = {}) {
    sim::PromptWorker worker(hosts_, loop_);
    Faults faults(loop_, worker, *recorder_, nemesis::Schedule{"", std::move(schedule), {}},
                  [this](const std::string& text) { notes_.push_back(text); });
    faults.start();
    int64_t writes = 0;
    Timer writer(loop_, [&] {
      faults.acknowledged(acknowledged, writes++);
      writer.arm(5ms);
    });
    if (!acknowledged.empty()) writer.arm(0ms);
    loop_.run_until([] { return false; }, loop_.now() + 60ms);
    writer.disarm();
    ASSERT_TRUE(loop_.run_until([&] { return faults.idle(); }, loop_.now() + 5s));
    before_heal_ = faults.current();
    if (heal) faults.heal();
    ASSERT_TRUE(loop_.run_until([&] { return faults.idle(); }, loop_.now() + 5s));
    EXPECT_TRUE(!heal || faults.current().empty());
    executed_ = faults.executed();
    failures_ = faults.failures();
  }
  const std::vector<checkers::Event>& events() { return recorder_->settled().events; }

  sim::World world_{{}, {}};
  sim::SimLoop loop_{world_};
  fake::Scratch scratch_;
  fake::FakeHosts hosts_;
  std::unique_ptr<Recorder> recorder_ = fake::make_recorder(scratch_, loop_);
  std::vector<std::string> notes_;
  std::string before_heal_;
  std::vector<FaultEvent> executed_;
  std::vector<std::string> failures_;
};

TEST_F(FaultsTest, EachFaultIsRecordedWhenItIsCommandedAndWhenItIsInForce) {
  hosts_.dropped = 17;
  run({partition(10ms), fault(30ms, Action::kHeal)}, false);

  EXPECT_EQ(hosts_.log, (std::vector<std::string>{"cuts 2", "cuts 0"}));
  ASSERT_EQ(events().size(), 4u);
  EXPECT_EQ(events()[0].f, "start-partition");
  EXPECT_EQ(events()[0].process, checkers::kNemesisProcess);
  EXPECT_TRUE(events()[0].fields["done"].is_null());
  EXPECT_EQ(to_json(events()[0].value),
            R"({"shape":"isolate-one","sides":[["n1"],["n2"]],"cuts":[["n1","n2"],["n2","n1"]]})");
  EXPECT_TRUE(events()[1].fields["done"].boolean());
  EXPECT_EQ(events()[2].f, "stop-partition");
  EXPECT_EQ(events()[3].value["dropped_packets"].integer(), 17);
  EXPECT_GE(executed_[0].at, 10ms);
}

TEST_F(FaultsTest, HealingUndoesEverythingThatIsInForce) {
  run({partition(5ms), fault(10ms, Action::kPause, {"n1"}), fault(15ms, Action::kKill, {"n2", "n3"}),
       fault(20ms, Action::kRestart, {"n3"})},
      true);

  EXPECT_EQ(before_heal_, "partition isolate-one, n2 down, n1 paused");
  EXPECT_EQ(hosts_.log, (std::vector<std::string>{"cuts 2", "pause n1", "kill n2", "kill n3", "restart n3", "cuts 0",
                                                  "resume n1", "restart n2"}));
  EXPECT_EQ(executed_.size(), 4u) << "healing follows from the end of the main phase: no line of a schedule";
}

TEST_F(FaultsTest, HealingBringsBackDisksStorageAndReplies) {
  run({fault(5ms, Action::kLoseDisk, {"n1"}), fault(10ms, Action::kLoseStorage, {"n2"}),
       fault(15ms, Action::kDropAcks, {"n2", "n3"})},
      true);
  EXPECT_EQ(before_heal_, "n1 down, n2 without storage, replies of n2 n3 get lost");
  EXPECT_EQ(hosts_.log, (std::vector<std::string>{"lose disk n1", "lose storage n2", "lose replies 2", "lose replies 0",
                                                  "restart storage n2", "restart n1"}));
}

TEST_F(FaultsTest, LostRepliesAreCounted) {
  hosts_.dropped = 3;
  run({fault(5ms, Action::kDropAcks, {"n1"}), fault(10ms, Action::kPassAcks)}, false);
  EXPECT_EQ(events().back().f, "stop-drop-acks");
  EXPECT_EQ(events().back().value["lost_replies"].integer(), 3);
}

TEST_F(FaultsTest, AckersAreKilledUponTheNextAcknowledgementAndComeBack) {
  FaultEvent ackers = fault(20ms, Action::kKillAckers);
  ackers.count = 1;
  run({fault(1ms, Action::kPause, {"n2"}), ackers, fault(40ms, Action::kRestartAckers)}, false, {"n2", "n3"});
  EXPECT_EQ(hosts_.log, (std::vector<std::string>{"pause n2", "kill n3", "restart n3"})) << "n2 is paused already";
  const auto kill = std::find_if(events().begin(), events().end(), [](const auto& event) { return event.f == "kill"; });
  ASSERT_NE(kill, events().end());
  EXPECT_TRUE(kill->value["acknowledged"].is_int());
  EXPECT_EQ(executed_[1].action, Action::kKillAckers) << "whom it hit is a result: no schedule has it";
}

TEST_F(FaultsTest, WithoutAcknowledgementsNobodyIsKilledForThem) {
  FaultEvent ackers = fault(1ms, Action::kKillAckers);
  ackers.count = 1;
  run({ackers, fault(20ms, Action::kRestartAckers)}, true);
  EXPECT_TRUE(hosts_.log.empty());
}

TEST_F(FaultsTest, FaultsThatComeAfterTheHealAreNotCarriedOut) {
  run({fault(10s, Action::kKill, {"n1"})}, true);
  EXPECT_TRUE(hosts_.log.empty());
  EXPECT_TRUE(events().empty());
}

TEST_F(FaultsTest, AFaultThatFailsIsSaidAndRecorded) {
  hosts_.failure = "no such process";
  run({fault(1ms, Action::kPause, {"n1"})}, false);

  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_EQ(failures_[0], "pause n1: no such process");
  EXPECT_EQ(events().back().fields["error"].string(), "no such process");
}

}  // namespace
}  // namespace harness
