// The stock Redis tools work against a node, from any terminal of the machine.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/system/standing_cluster.h"

namespace system_test {
namespace {

class RedisTools : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(cluster_.ports().size(), 5u); }

  std::string cli(size_t node, std::vector<std::string> words) const { return cluster_.cli(node, std::move(words)); }

  // Requests that nodes had to pass on, because the client did not ask a home.
  int64_t forwards() const {
    int64_t sum = 0;
    for (size_t node = 0; node < ports_.size(); ++node) sum += cluster_.stat(node, "forwards");
    return sum;
  }

  const StandingCluster cluster_;
  const std::vector<std::string>& ports_ = cluster_.ports();
  const Workshop& workshop_ = cluster_.workshop();
};

// Row O1: by redis-cli.
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

// ---- As a cluster: clients ask for the ring, and go to the homes of their keys by themselves

TEST_F(RedisTools, ClusterBenchmarkRoutesByItself) {
  const int64_t before = forwards();
  Ended ended = run_program({"redis-benchmark", "--cluster", "-p", ports_[0], "-t", "set,get", "-n", "5000", "-r",
                             "1000", "-c", "20", "--csv"},
                            workshop_.path());
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_NE(ended.output.find("\"SET\""), std::string::npos) << ended.output << ended.errors;
  EXPECT_EQ(forwards(), before);
}

TEST_F(RedisTools, CliFollowsRedirectionsWhenItAskedForThem) {
  const auto ask = [&](const std::string& flags) {
    std::string requests = "SESSION REDIRECT ON\\n";
    for (int i = 0; i < 20; ++i) requests += "SET k" + std::to_string(i) + " v\\n";
    return run_program({"sh", "-c", "printf '" + requests + "' | redis-cli " + flags + " -p " + ports_[0]},
                       workshop_.path())
        .output;
  };
  EXPECT_NE(ask("").find("MOVED"), std::string::npos) << "of 20 keys some have no home at n1";
  const std::string followed = ask("-c");
  EXPECT_EQ(followed.find("MOVED"), std::string::npos) << followed;
  size_t done = 0;
  for (size_t at = followed.find("OK"); at != std::string::npos; at = followed.find("OK", at + 1)) ++done;
  EXPECT_EQ(done, 21u) << followed;
}

TEST_F(RedisTools, PythonsClusterClientRoutesByItself) {
  const int64_t before = forwards();
  const char* program = R"(
import sys
from redis.cluster import RedisCluster
cluster = RedisCluster(host='127.0.0.1', port=int(sys.argv[1]))
for i in range(300):
    cluster.set(f'k{i}', i)
print('same', all(cluster.get(f'k{i}') == str(i).encode() for i in range(300)))
print('counted', [cluster.incr('hits') for _ in range(3)][-1])
print('ports', *sorted(str(node.port) for node in cluster.get_nodes()))
)";
  Ended ended = run_program({"/usr/bin/python3", "-c", program, ports_[2]}, workshop_.path());
  EXPECT_EQ(ended.exit_code, 0) << ended.errors;
  std::vector<std::string> sorted = ports_;
  std::sort(sorted.begin(), sorted.end());
  std::string expected = "same True\ncounted 3\nports";
  for (const std::string& port : sorted) expected += " " + port;
  EXPECT_EQ(ended.output, expected + "\n") << "the ports of this machine's network, not those inside";
  EXPECT_EQ(forwards(), before);
}

}  // namespace
}  // namespace system_test
