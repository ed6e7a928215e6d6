#include "node/runtime/command_line.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "node/coordinator/settings.h"

namespace node {
namespace {

tl::expected<std::variant<CommandLine, HelpAsked>, std::string> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "dynamo-node");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

CommandLine parsed(std::vector<const char*> arguments) {
  auto result = parse(std::move(arguments));
  if (!result) throw std::runtime_error(result.error());
  return std::get<CommandLine>(*result);
}

std::string refusal(std::vector<const char*> arguments) {
  const auto result = parse(std::move(arguments));
  return result ? "accepted" : result.error();
}

constexpr const char* kThree = "n1=10.0.0.1:7000,n2=10.0.0.2:7000,n3=10.0.0.3:7000";

// Row A4: it listens on 127.0.0.1 unless told otherwise.
TEST(CommandLine, WithoutArgumentsANodeIsAloneInMemory) {
  const CommandLine line = parsed({});
  EXPECT_TRUE(line.bare);
  EXPECT_EQ(line.listen.text(), "127.0.0.1:7000");
  EXPECT_EQ(line.storage, StorageKind::kMemory);
  ASSERT_EQ(line.options.peers.size(), 1u);
  EXPECT_EQ(line.options.peers[0].address, "127.0.0.1:7000");
  EXPECT_EQ(line.options.replicas, 1);
  EXPECT_EQ(line.options.read_quorum, 1);
  EXPECT_EQ(line.options.write_quorum, 1);
}

TEST(CommandLine, QuorumsDefaultToMajoritiesOfTheReplicas) {
  EXPECT_EQ(parsed({"--peers", kThree}).options.replicas, 3);
  EXPECT_EQ(parsed({"--peers", kThree}).options.read_quorum, 2);
  EXPECT_EQ(parsed({"--peers", kThree}).options.write_quorum, 2);
  EXPECT_EQ(parsed({"--peers", kThree, "--replicas", "2"}).options.write_quorum, 2);
  EXPECT_EQ(parsed({"--peers", kThree, "--replicas", "1"}).options.write_quorum, 1);
}

TEST(CommandLine, DefaultsAreThoseOfOptions) {
  const Options expected;
  const Options options = parsed({}).options;
  EXPECT_EQ(options.ring, expected.ring);
  EXPECT_EQ(options.mode, expected.mode);
  EXPECT_EQ(options.merge, expected.merge);
  EXPECT_EQ(options.hints, expected.hints);
  EXPECT_EQ(options.anti_entropy, expected.anti_entropy);
  EXPECT_EQ(options.debug_commands, expected.debug_commands);
  EXPECT_EQ(options.bug, expected.bug);
  EXPECT_EQ(options.request_timeout, expected.request_timeout);
  EXPECT_EQ(options.hint_timeout, expected.hint_timeout);
  EXPECT_EQ(options.heartbeat_interval, expected.heartbeat_interval);
  EXPECT_EQ(options.heartbeat_fanout, expected.heartbeat_fanout);
  EXPECT_EQ(options.suspect_after, expected.suspect_after);
  EXPECT_EQ(options.anti_entropy_interval, expected.anti_entropy_interval);
  EXPECT_EQ(options.handoff_interval, expected.handoff_interval);
  EXPECT_EQ(options.hint_batch, expected.hint_batch);
  EXPECT_EQ(options.max_hint_bytes, expected.max_hint_bytes);
}

TEST(CommandLine, EveryKnobArrives) {
  const CommandLine line = parsed({"--name",
                                   "n2",
                                   "--listen",
                                   "[::1]:0",
                                   "--listen-fd",
                                   "9",
                                   "--peers",
                                   kThree,
                                   "--replicas",
                                   "3",
                                   "--read-quorum",
                                   "1",
                                   "--write-quorum",
                                   "3",
                                   "--mode",
                                   "strict",
                                   "--merge",
                                   "union",
                                   "--ring",
                                   "tokens:8",
                                   "--storage",
                                   "lmdb",
                                   "--data",
                                   "/d",
                                   "--hints",
                                   "off",
                                   "--anti-entropy",
                                   "off",
                                   "--request-timeout",
                                   "2000",
                                   "--hint-timeout",
                                   "20",
                                   "--heartbeat-interval",
                                   "30",
                                   "--heartbeat-fanout",
                                   "6",
                                   "--suspect-after",
                                   "90",
                                   "--anti-entropy-interval",
                                   "40",
                                   "--handoff-interval",
                                   "50",
                                   "--hint-batch",
                                   "7",
                                   "--max-hints",
                                   "3",
                                   "--max-clients",
                                   "5",
                                   "--debug-commands",
                                   "--bug",
                                   "forget-hints"});
  EXPECT_EQ(line.listen.text(), "[::1]:0");
  EXPECT_EQ(line.inherited_fd, 9);
  EXPECT_EQ(line.storage, StorageKind::kLmdb);
  EXPECT_EQ(line.data_directory, "/d");
  EXPECT_EQ(line.max_clients, 5u);
  ASSERT_EQ(line.options.peers.size(), 3u);
  EXPECT_EQ(line.options.peers[2].address, "10.0.0.3:7000");
  const Options& options = line.options;
  EXPECT_EQ(options.name, "n2");
  EXPECT_EQ(options.peers[2].name, "n3");
  EXPECT_EQ(options.read_quorum, 1);
  EXPECT_EQ(options.write_quorum, 3);
  EXPECT_EQ(options.mode, Mode::kStrict);
  EXPECT_EQ(options.merge, Merge::kUnion);
  EXPECT_EQ(options.ring.to_string(), "tokens:8");
  EXPECT_FALSE(options.hints);
  EXPECT_FALSE(options.anti_entropy);
  EXPECT_EQ(options.request_timeout, std::chrono::milliseconds(2000));
  EXPECT_EQ(options.hint_timeout, std::chrono::milliseconds(20));
  EXPECT_EQ(options.heartbeat_interval, std::chrono::milliseconds(30));
  EXPECT_EQ(options.heartbeat_fanout, 6u);
  EXPECT_EQ(options.suspect_after, std::chrono::milliseconds(90));
  EXPECT_EQ(options.anti_entropy_interval, std::chrono::milliseconds(40));
  EXPECT_EQ(options.handoff_interval, std::chrono::milliseconds(50));
  EXPECT_EQ(options.hint_batch, 7u);
  EXPECT_EQ(options.max_hint_bytes, size_t{3} << 20);
  EXPECT_TRUE(options.debug_commands);
  EXPECT_EQ(options.bug, Bug::kForgetHints);
}

TEST(CommandLine, ADataDirectoryMeansLmdbUnlessMemoryIsAskedFor) {
  EXPECT_EQ(parsed({"--data", "/d"}).storage, StorageKind::kLmdb);
  EXPECT_EQ(parsed({"--data", "/d", "--storage", "memory"}).storage, StorageKind::kMemory);
  EXPECT_EQ(refusal({"--storage", "lmdb"}), "--storage lmdb needs --data DIRECTORY");
}

TEST(CommandLine, StorageCanBeTheUrlOfARedis) {
  const CommandLine line = parsed({"--storage", "redis://127.0.0.1:6380/2"});
  EXPECT_EQ(line.storage, StorageKind::kRedis);
  EXPECT_EQ(line.redis.port, 6380);
  EXPECT_EQ(line.redis.database, 2);
  EXPECT_EQ(refusal({"--storage", "paper"}),
            "--storage is memory, lmdb or the URL of a Redis: 'paper' is no redis://HOST:PORT[/DB] and no "
            "redis+unix:///PATH: it begins otherwise");
}

TEST(CommandLine, EveryBugHasItsName) {
  for (const BugName& bug : all_bugs()) {
    EXPECT_EQ(parsed({"--bug", std::string(bug.name).c_str()}).options.bug, bug.bug);
  }
}

TEST(CommandLine, HelpNamesEveryOption) {
  const auto result = parse({"--help"});
  ASSERT_TRUE(result);
  const std::string& help = std::get<HelpAsked>(*result).text;
  for (const char* option :
       {"--name", "--listen", "--peers", "--replicas", "--storage", "--request-timeout", "--bug"}) {
    EXPECT_NE(help.find(option), std::string::npos) << option;
  }
}

// Row O2: N beyond the nodes is refused.
TEST(CommandLine, SettingsThatDoNotFitAreNamedWithBothNumbers) {
  EXPECT_EQ(refusal({"--replicas", "4", "--peers", kThree}), "replicas 4 exceeds the number of peers, 3");
  EXPECT_EQ(refusal({"--read-quorum", "4", "--peers", kThree}), "read_quorum 4 exceeds replicas 3");
  EXPECT_EQ(refusal({"--write-quorum", "2"}), "write_quorum 2 exceeds replicas 1");
  EXPECT_EQ(refusal({"--write-quorum", "0"}), "--write-quorum 0 is less than 1");
  EXPECT_EQ(refusal({"--ring", "tokens:0"}), "ring tokens:0 does not count 1 to 4096");
  EXPECT_EQ(refusal({"--ring", "tokens:5000"}), "ring tokens:5000 does not count 1 to 4096");
  EXPECT_EQ(refusal({"--ring", "equal:100"}), "ring equal:100 is no power of two: partitions would not be equal");
  EXPECT_EQ(refusal({"--ring", "tokens:64x"}), "--ring: ring 'tokens:64x' is not tokens[:count] or equal[:partitions]");
  EXPECT_EQ(refusal({"--ring", "tokens:4096", "--peers", "n1=1.1.1.1:7*5"}),
            "ring tokens:4096 of all members: points 20480 exceeds the number of slots, 16384");
  EXPECT_EQ(refusal({"--peers", "n1=1.1.1.1:7*0"}), "--peers: the weight in 'n1=1.1.1.1:7*0' is not 0.01 to 100");
  EXPECT_EQ(refusal({"--request-timeout", "0"}), "request_timeout 0 ms is less than 1 ms");
  EXPECT_EQ(refusal({"--hint-timeout", "1000"}), "hint_timeout 1000 ms is not below request_timeout 1000 ms");
  EXPECT_EQ(refusal({"--suspect-after", "100"}), "heartbeat_interval 100 ms is not below suspect_after 100 ms");
  EXPECT_EQ(refusal({"--hint-batch", "-1"}), "--hint-batch -1 is less than 1");
}

TEST(CommandLine, WrongWordsAreNamed) {
  EXPECT_EQ(refusal({"--listen", "localhost:7000"}),
            "--listen: 'localhost:7000' does not begin with a numeric IP address (IPv6 in brackets)");
  EXPECT_EQ(refusal({"--listen", "127.0.0.1"}), "--listen: '127.0.0.1' is not ip:port");
  EXPECT_EQ(refusal({"--listen", "127.0.0.1:65536"}),
            "--listen: '127.0.0.1:65536' does not end in a port from 0 to 65535");
  EXPECT_EQ(refusal({"--listen-fd", "-3"}), "--listen-fd -3 is no file descriptor");
  EXPECT_EQ(refusal({"--peers", "n1"}), "--peers: 'n1' is not name=ip:port");
  EXPECT_EQ(refusal({"--peers", "n1=1.2.3.4:0"}), "--peers: 'n1=1.2.3.4:0' has port 0");
  EXPECT_EQ(refusal({"--peers", "n2=1.2.3.4:5"}), "peers do not name this node, n1");
  EXPECT_EQ(refusal({"--peers", "n1=1.2.3.4:5,n1=1.2.3.4:6"}), "peers name n1 twice");
  EXPECT_EQ(refusal({"--peers", "n1=1.2.3.4:5,n2=1.2.3.4:5"}), "peers give 1.2.3.4:5 to two nodes, the second is n2");
  EXPECT_EQ(refusal({"--name", "a name"}), "name 'a name' is not 1 to 15 characters of A-Z a-z 0-9 _ -");
  for (const char* word : {"--mode", "--merge", "--storage", "--hints", "--bug", "--ring", "--nonsense"}) {
    const std::string said = refusal({word, "nonsense"});
    EXPECT_NE(said.find(word), std::string::npos) << said;
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
  }
}

TEST(CommandLine, ANodeListensWhereItsPeersLookForIt) {
  const char* peers = "n1=127.0.0.1:7001,n2=127.0.0.1:7002";
  EXPECT_EQ(parsed({"--name", "n2", "--peers", peers}).listen.text(), "127.0.0.1:7002");
  EXPECT_EQ(parsed({"--name", "n2", "--peers", peers, "--listen", "127.0.0.1:7003"}).listen.text(), "127.0.0.1:7003");
  EXPECT_EQ(parsed({"--name", "n2", "--join", "127.0.0.1:7001"}).listen.text(), "127.0.0.1:7000");
}

// ---- The file of settings

class ConfigFile : public testing::Test {
 protected:
  ~ConfigFile() override { std::remove(path_.c_str()); }
  const char* holding(const std::string& text) {
    std::ofstream(path_) << text;
    return path_.c_str();
  }
  // Its own: each test is a process, and several run at once.
  std::string path_ = testing::TempDir() + "command-line-test-" + std::to_string(getpid()) + ".toml";
};

TEST_F(ConfigFile, SettingsComeFromItAndTheCommandLineGoesBefore) {
  const char* file = holding(R"(# of a test
name = "n2"
peers = ["n1=10.0.0.1:7000", "n2=10.0.0.2:7000*1.5"]
listen = "10.0.0.2:7000"
ring = "equal"
write-quorum = 1
debug-commands = true
request-timeout = 3000
)");
  const CommandLine line = parsed({"--config", file, "--request-timeout", "2000"});
  EXPECT_EQ(line.options.name, "n2");
  ASSERT_EQ(line.options.peers.size(), 2u);
  EXPECT_EQ(line.options.peers[1].weight, 150);
  EXPECT_EQ(line.listen.text(), "10.0.0.2:7000");
  EXPECT_EQ(line.options.ring.to_string(), "equal:256");
  EXPECT_EQ(line.options.write_quorum, 1);
  EXPECT_EQ(line.options.read_quorum, 2) << "a default that depends on others";
  EXPECT_TRUE(line.options.debug_commands);
  EXPECT_EQ(line.options.request_timeout, std::chrono::milliseconds(2000));
}

TEST_F(ConfigFile, WhatIsWrongInItIsNamed) {
  const auto refused = [&](const std::string& text) { return refusal({"--config", holding(text)}); };
  EXPECT_NE(refused("replicsa = 3\n").find("replicsa"), std::string::npos) << refused("replicsa = 3\n");
  EXPECT_NE(refused("replicsa = 3\n").find(path_), std::string::npos);
  EXPECT_NE(refused("mode = \"wild\"\n").find("--mode"), std::string::npos) << refused("mode = \"wild\"\n");
  EXPECT_EQ(refused("ring = \"equal:100\"\n"), "ring equal:100 is no power of two: partitions would not be equal");
  EXPECT_EQ(refusal({"--config", "/nowhere/x.toml"}), "--config /nowhere/x.toml: cannot be read");
}

// Each line of the example that is commented out names an option with its default; and no option is missing there.
TEST_F(ConfigFile, TheExampleShowsEveryOptionWithItsDefault) {
  std::ifstream example(EXAMPLE_CONFIG);
  ASSERT_TRUE(example) << EXAMPLE_CONFIG;
  // What has no default that could be written there, or one that depends on others.
  const std::set<std::string> examples = {"listen-fd", "peers", "replicas", "read-quorum", "write-quorum",
                                          "storage",   "data",  "bug",      "join",        "replace"};
  std::set<std::string> named;
  std::string uncommented;
  for (std::string line; std::getline(example, line);) {
    const size_t equals = line.find(" = ");
    if (line.size() < 2 || line[0] != '#' || line[1] == ' ' || equals == std::string::npos) continue;
    named.insert(line.substr(1, equals - 1));
    if (examples.count(line.substr(1, equals - 1)) == 0) uncommented += line.substr(1) + "\n";
  }
  const CommandLine from_file = parsed({"--config", holding(uncommented)});
  EXPECT_EQ(settings(from_file.options), settings(parsed({}).options));
  const auto help = parse({"--help"});
  std::set<std::string> offered;
  std::istringstream text(std::get<HelpAsked>(*help).text);
  for (std::string word; text >> word;) {
    if (word.rfind("--", 0) == 0 && word.find_first_not_of("-abcdefghijklmnopqrstuvwxyz") == std::string::npos) {
      offered.insert(word.substr(2));
    }
  }
  offered.erase("help");
  offered.erase("config");
  EXPECT_EQ(named, offered);
}

}  // namespace
}  // namespace node
