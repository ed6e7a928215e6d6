// Every way in which a write can end, through real connections, the clients and each system's own scripts: the history
// says `fail` only where no replica can have it, and `info` wherever one may.
#include <gtest/gtest.h>

#include "harness/run/clients.h"
#include "harness/systems/client.h"
#include "harness/systems/dynamo_script.h"
#include "harness/systems/redis_script.h"
#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

using checkers::Event;
using checkers::EventType;
using workloads::Operation;
using namespace std::chrono_literals;

using MakeScript = std::unique_ptr<Script> (*)(const Operation&);

// A store of which only the words are real.
class SpokenTo : public fake::FakeSystem {
 public:
  explicit SpokenTo(MakeScript make) : make_(make) {}
  std::unique_ptr<Script> script(const Operation& operation) const override { return make_(operation); }

 private:
  MakeScript make_;
};

Operation register_write() {
  Operation operation;
  operation.kind = Operation::Kind::kRegister;
  operation.f = "write";
  operation.key = "k";
  operation.value = "v";
  operation.blind = true;
  return operation;
}

Operation increment() {
  Operation operation;
  operation.kind = Operation::Kind::kCounter;
  operation.f = "add";
  operation.key = "k";
  operation.value = int64_t{1};
  operation.session = "s1";
  operation.seq = 1;
  operation.plus = 1;
  return operation;
}

Operation addition() {
  Operation operation;
  operation.kind = Operation::Kind::kCart;
  operation.f = "add";
  operation.key = "k";
  operation.value = checkers::Map{{"item", "milk"}, {"quantity", 1}, {"tag", "s1:1"}};
  operation.session = "s1";
  operation.seq = 1;
  return operation;
}

Operation removal() {
  Operation operation;
  operation.kind = Operation::Kind::kCart;
  operation.f = "remove";
  operation.key = "k";
  operation.value = checkers::Map{{"item", "milk"}};
  return operation;
}

struct Path {
  const char* name;
  MakeScript system;
  Operation (*operation)();
  std::vector<std::string> answers;  // of the nodes in the order in which they are asked
  EventType outcome;
};

const std::string kRefusesConnections = "nobody listens";
const std::string kNoReply;
const auto& kHangsUp = fake::kHangUp;
constexpr auto kFail = EventType::kFail, kInfo = EventType::kInfo;

class EndOfAWrite : public testing::TestWithParam<Path> {};

// Row RT5: fail or info.
TEST_P(EndOfAWrite, IsRecordedAsFailOnlyIfNoReplicaCanHaveIt) {
  const Path& path = GetParam();
  EventLoop loop;
  fake::Scratch scratch;
  std::vector<std::unique_ptr<fake::Node>> nodes;
  std::vector<const fake::Node*> listed;
  for (const std::string& answer : path.answers) {
    nodes.push_back(std::make_unique<fake::Node>(loop, [answer](const Request&) { return answer; }));
    listed.push_back(nodes.back().get());
  }
  const std::vector<Host> hosts = fake::hosts_of(listed);
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (path.answers[i] == kRefusesConnections) nodes[i].reset();
  }
  SpokenTo system(path.system);
  fake::FakeWorkload workload;
  workload.sample = path.operation();
  auto recorder = fake::make_recorder(scratch, loop);
  DrawnOperations operations(workload, {.clients = 1, .nodes = hosts.size(), .rate = 0, .seed = 1});
  SocketConnector connector(loop.base());
  Clients clients(loop, connector, system, hosts, workload, operations, *recorder,
                  {.concurrency = 1, .request_timeout = 40ms, .mode = "sloppy"});
  clients.start();
  ASSERT_TRUE(loop.run_until([&] { return recorder->settled().events.size() >= 2; }, SteadyClock::now() + 10s));
  clients.stop();
  ASSERT_TRUE(loop.run_until([&] { return clients.idle(); }, SteadyClock::now() + 10s));

  const Event& completion = recorder->settled().events[1];
  EXPECT_EQ(completion.type, path.outcome) << to_json(completion.fields);
  EXPECT_FALSE(completion.fields["error"].string().empty()) << "and why";
}

const char* const kUnavailable = "-UNAVAIL 1 of 2 nodes\r\n";
const char* const kTimedOut = "-TIMEOUT 1 of 2 acknowledged within 500 ms\r\n";

INSTANTIATE_TEST_SUITE_P(
    Dynamo, EndOfAWrite,
    testing::Values(
        Path{"RegisterRefusedConnection", dynamo_script, register_write, {kRefusesConnections}, kFail},
        Path{"RegisterResetAfterSending", dynamo_script, register_write, {kHangsUp}, kInfo},
        Path{"RegisterTypedRefusal", dynamo_script, register_write, {kUnavailable}, kFail},
        Path{"RegisterQuorumNotReached", dynamo_script, register_write, {kTimedOut}, kInfo},
        Path{"RegisterSilence", dynamo_script, register_write, {kNoReply}, kInfo},
        Path{
            "IncrementRefusedConnections", dynamo_script, increment, {kRefusesConnections, kRefusesConnections}, kFail},
        Path{"IncrementResetThenRefused", dynamo_script, increment, {kHangsUp, kRefusesConnections}, kInfo},
        Path{"IncrementResetThenUnavailable", dynamo_script, increment, {kHangsUp, kUnavailable}, kInfo},
        Path{"IncrementTypedRefusal", dynamo_script, increment, {kUnavailable}, kFail},
        Path{"IncrementRefusedThenQuorumNotReached", dynamo_script, increment, {kRefusesConnections, kTimedOut}, kInfo},
        Path{"IncrementSilence", dynamo_script, increment, {kNoReply, kNoReply}, kInfo},
        Path{"AdditionRefusedConnections", dynamo_script, addition, {kRefusesConnections, kRefusesConnections}, kFail},
        Path{"AdditionQuorumNotReachedThenUnavailable", dynamo_script, addition, {kTimedOut, kUnavailable}, kInfo},
        Path{"AdditionResetAfterSending", dynamo_script, addition, {kHangsUp}, kInfo},
        Path{"AdditionSilence", dynamo_script, addition, {kNoReply}, kInfo},
        Path{"RemovalRefusedConnection", dynamo_script, removal, {kRefusesConnections}, kFail},
        Path{"RemovalTypedRefusal", dynamo_script, removal, {kUnavailable}, kFail},
        Path{"RemovalResetAfterSending", dynamo_script, removal, {kHangsUp}, kInfo},
        Path{"RemovalSilence", dynamo_script, removal, {kNoReply}, kInfo}),
    [](const testing::TestParamInfo<Path>& tested) { return std::string(tested.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Redis, EndOfAWrite,
    testing::Values(Path{"RegisterRefusedConnection", redis_script, register_write, {kRefusesConnections}, kFail},
                    Path{"RegisterResetAfterSending", redis_script, register_write, {kHangsUp}, kInfo},
                    Path{"RegisterTypedRefusal", redis_script, register_write, {"-LOADING the data set\r\n"}, kFail},
                    Path{"RegisterSilence", redis_script, register_write, {kNoReply}, kInfo},
                    Path{"RegisterReplyThatIsNone", redis_script, register_write, {":5\r\n"}, kInfo},
                    Path{"IncrementRefusedConnection", redis_script, increment, {kRefusesConnections}, kFail},
                    Path{"IncrementResetAfterSending", redis_script, increment, {kHangsUp}, kInfo},
                    Path{"IncrementTypedRefusal", redis_script, increment, {"-MISCONF cannot write\r\n"}, kFail},
                    Path{"IncrementSilence", redis_script, increment, {kNoReply}, kInfo}),
    [](const testing::TestParamInfo<Path>& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace harness
