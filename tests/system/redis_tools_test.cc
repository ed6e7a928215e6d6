// The stock Redis tools work against a node, from any terminal of the machine.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <memory>
#include <regex>

#include "tests/system/program.h"

namespace system_test {
namespace {

using namespace std::chrono_literals;

// A cluster that stays up, and the ports at which people reach its nodes.
class RedisTools : public testing::Test {
 protected:
  void SetUp() override {
    run_ = std::make_unique<Background>(std::vector<std::string>{workshop_.harness().string(), "run", "--workload",
                                                                 "counter", "--time-limit", "1s", "--keep-running"},
                                        workshop_.path());
    std::string output = run_->await_output("ctrl-C", 60s);
    ASSERT_FALSE(output.empty());
    std::regex port("redis-cli -p ([0-9]+)");
    for (std::sregex_iterator it(output.begin(), output.end(), port), end; it != end; ++it) {
      std::string found = (*it)[1];
      if (std::find(ports_.begin(), ports_.end(), found) == ports_.end()) ports_.push_back(found);
    }
    ASSERT_EQ(ports_.size(), 5u) << output;
  }
  void TearDown() override {
    run_->signal(SIGINT);
    run_->await_end(30s);
    EXPECT_TRUE(await([&] { return workshop_.processes().empty(); }, 5s));
  }

  std::string cli(size_t node, std::vector<std::string> words) {
    words.insert(words.begin(), {"redis-cli", "-p", ports_[node]});
    return run_program(words, workshop_.path()).output;
  }

  Workshop workshop_;
  std::unique_ptr<Background> run_;
  std::vector<std::string> ports_;
};

TEST_F(RedisTools, PutGetShowSiblingsAndFillACart) {
  EXPECT_EQ(cli(0, {"SET", "greeting", "hello"}), "OK\n");
  EXPECT_EQ(cli(1, {"GET", "greeting"}), "hello\n");

  // Two clients that saw nothing, through one node: two siblings.
  cli(2, {"VPUT", "note", "first"});
  cli(2, {"VPUT", "note", "second"});
  std::string siblings = cli(3, {"VGET", "note"});
  EXPECT_NE(siblings.find("first"), std::string::npos) << siblings;
  EXPECT_NE(siblings.find("second"), std::string::npos) << siblings;
  std::string token = siblings.substr(0, siblings.find('\n'));
  cli(4, {"VPUT", "note", "both", "CTX", token});
  EXPECT_EQ(cli(0, {"GET", "note"}), "both\n");

  EXPECT_EQ(cli(0, {"CART.ADD", "cart:mine", "milk", "2", "ID", "alice", "1"}), "alice:1\n");
  EXPECT_EQ(cli(3, {"CART.ADD", "cart:mine", "milk", "2", "ID", "alice", "1"}), "alice:1\n") << "a retry";
  EXPECT_EQ(cli(1, {"CART.GET", "cart:mine"}), "milk\n2\nalice:1\n2\n");
  EXPECT_EQ(cli(2, {"CART.REMOVE", "cart:mine", "milk"}), "alice:1\n");
  EXPECT_EQ(cli(4, {"CART.GET", "cart:mine"}), "\n");
  EXPECT_EQ(cli(4, {"MGET", "a", "b"}).substr(0, 3), "ERR");
}

TEST_F(RedisTools, BenchmarkRunsToItsEnd) {
  Ended ended = run_program({"redis-benchmark", "-p", ports_[0], "-t", "set,get", "-n", "5000", "-c", "20", "--csv"},
                            workshop_.path());
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_NE(ended.output.find("\"SET\""), std::string::npos) << ended.output << ended.errors;
  EXPECT_NE(ended.output.find("\"GET\""), std::string::npos) << ended.output << ended.errors;
}

}  // namespace
}  // namespace system_test
