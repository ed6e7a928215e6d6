// The program itself: dynamo-node as an operating system sees it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/node/runtime/client.h"
#include "tests/node/runtime/redis_server.h"

namespace node {
namespace {

class Process {
 public:
  explicit Process(std::vector<std::string> arguments, const rlimit* file_size = nullptr) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    arguments.insert(arguments.begin(), DYNAMO_NODE);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDERR_FILENO);
      if (file_size != nullptr) {
        setrlimit(RLIMIT_FSIZE, file_size);
        signal(SIGXFSZ, SIG_IGN);
      }
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(ends[1]);
    stderr_ = Fd(ends[0]);
  }
  ~Process() { end(SIGKILL); }

  // The next line that it logs; empty when it has ended.
  std::string line() {
    std::string text;
    for (char byte; read(stderr_.get(), &byte, 1) == 1 && byte != '\n';) text += byte;
    return text;
  }
  // From "… n1 ready on 127.0.0.1:40123; …".
  int port() {
    const std::string ready = line();
    const size_t start = ready.find("127.0.0.1:");
    if (start == std::string::npos) throw std::runtime_error("not ready: " + ready);
    return std::stoi(ready.substr(start + 10));
  }
  // Its exit code; 128 + n if signal n ended it. Signal 0: waits for it to end by itself.
  int end(int signal) {
    if (pid_ <= 0) return -1;
    if (signal != 0) kill(pid_, signal);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_ = 0;
  Fd stderr_;
};

class ProcessTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "node-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

class DurableProcess : public ProcessTest, public testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(On, DurableProcess, testing::Values("lmdb", "redis"),
                         [](const auto& tested) { return tested.param; });

// Row T1: on LMDB and on Redis.
TEST_P(DurableProcess, AnAcknowledgedWriteSurvivesSigkill) {
  std::optional<RedisServer> redis;
  std::vector<std::string> arguments = {"--listen", "127.0.0.1:0", "--data", directory_};
  if (GetParam() == "redis") arguments.insert(arguments.end(), {"--storage", redis.emplace().url()});
  Process first(arguments);
  Client client(first.port());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.ask({"SET", "k" + std::to_string(i), "v" + std::to_string(i)}), "OK");
  EXPECT_EQ(first.end(SIGKILL), 128 + SIGKILL);
  Process second(arguments);
  Client again(second.port());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(again.ask({"GET", "k" + std::to_string(i)}), "v" + std::to_string(i));
}

TEST_F(ProcessTest, TwoNodesOnOneDirectoryAreRefused) {
  const std::vector<std::string> arguments = {"--listen", "127.0.0.1:0", "--data", directory_};
  Process first(arguments);
  first.port();
  Process second(arguments);
  EXPECT_EQ(second.line(), "dynamo-node: data directory " + directory_ +
                               ": in use by another node; every node needs a directory of its own");
  EXPECT_EQ(second.end(0), 255);
}

TEST_F(ProcessTest, SigtermAndSigintEndItWithZero) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Process node({"--listen", "127.0.0.1:0", "--data", directory_});
    const Client idle(node.port());
    EXPECT_EQ(node.end(signal), 0);
  }
}

// Row P4. With such time-outs nothing but the broken connection can tell the node that is no home of the first one's
// death, and an answer that waits for one of them fails the client, which waits for five seconds.
TEST_F(ProcessTest, AfterAKillWritesGoOnThroughANodeThatIsNoHomeLongBeforeAnyTimeOut) {
  std::vector<int> ports;
  std::string peers;
  for (const char* name : {"n1", "n2", "n3", "n4"}) {
    int port = 0;
    do port = free_port();
    while (std::find(ports.begin(), ports.end(), port) != ports.end());
    ports.push_back(port);
    peers += (peers.empty() ? "" : ",") + std::string(name) + "=127.0.0.1:" + std::to_string(port);
  }
  std::map<std::string, std::unique_ptr<Process>> nodes;
  for (size_t i = 0; i < ports.size(); ++i) {
    const std::string name = "n" + std::to_string(i + 1);
    nodes[name] = std::make_unique<Process>(
        std::vector<std::string>{"--name", name, "--peers", peers, "--listen", "127.0.0.1:" + std::to_string(ports[i]),
                                 "--mode", "strict", "--suspect-after", "60000", "--request-timeout", "60000"});
    nodes[name]->port();
  }
  Client any(ports[0]);
  // [n3 n1 n2 n4]: homes first.
  const std::string walk = any.ask({"WHERE", "key"});
  ASSERT_EQ(walk.size(), 13u) << walk;
  const std::string first = walk.substr(1, 2);
  Client client(ports[static_cast<size_t>(walk[11] - '1')]);
  std::string answer;
  // Until all have heard from each other, and have filled what might be a lost disk.
  for (const int port : ports) {
    Client each(port);
    do answer = each.ask({"GET", "key", "R", "3", "TIMEOUT", "500"});
    while (answer != "(nil)");
  }
  ASSERT_EQ(client.ask({"SET", "key", "before"}), "OK");
  nodes[first]->end(SIGKILL);
  int unknown = 0;
  for (answer.clear(); answer != "OK";) {
    answer = client.ask({"SET", "key", "after"});
    // Only one can have been on its way.
    ASSERT_TRUE(answer == "OK" || (answer.starts_with("-TIMEOUT") && ++unknown == 1)) << answer;
  }
  EXPECT_EQ(client.ask({"GET", "key"}), "after");
}

TEST_F(ProcessTest, BadArgumentsAreOneLineAnd254) {
  Process node({"--replicas", "2"});
  EXPECT_EQ(node.line(), "dynamo-node: replicas 2 exceeds the number of peers, 1");
  EXPECT_EQ(node.line(), "");
  EXPECT_EQ(node.end(0), 254);
}

TEST_F(ProcessTest, ADiskThatTakesNoMoreEndsItWith75) {
  // As a full disk would, EFBIG makes the commit fail: no file may grow beyond 1 MiB.
  const rlimit one_mebibyte{1 << 20, 1 << 20};
  Process node({"--listen", "127.0.0.1:0", "--data", directory_}, &one_mebibyte);
  Client client(node.port());
  std::string reply = "OK";
  for (int i = 0; i < 100 && reply == "OK"; ++i) {
    reply = client.ask({"SET", "k" + std::to_string(i), std::string(100'000, 'x')});
  }
  EXPECT_EQ(reply.substr(0, 8), "-TIMEOUT");
  EXPECT_NE(node.line().find("ends with code 75"), std::string::npos);
  EXPECT_EQ(node.end(0), 75);
}

TEST_F(ProcessTest, WithoutItsRedisItDoesNotStart) {
  Process node({"--listen", "127.0.0.1:0", "--storage", "redis+unix://" + directory_ + "/nobody"});
  EXPECT_EQ(node.line(), "dynamo-node: redis at " + directory_ + "/nobody: No such file or directory");
  EXPECT_EQ(node.end(0), 255);
}

// Row A3.
TEST_F(ProcessTest, AValueOfOneMebibyteIsTakenAndOneByteMoreRefused) {
  Process node({"--listen", "127.0.0.1:0"});
  Client client(node.port());
  const std::string largest(1 << 20, 'x');
  EXPECT_EQ(client.ask({"SET", "k", largest}), "OK");
  EXPECT_EQ(client.ask({"GET", "k"}), largest);
  EXPECT_EQ(client.ask({"SET", "k", largest + "x"}).substr(0, 7), "-TOOBIG");
  EXPECT_EQ(client.ask({"GET", "k"}), largest);
}

// ---- The page of the ring

// Row L1: the page.
TEST_F(ProcessTest, ABrowserIsShownTheRing) {
  Process node({"--listen", "127.0.0.1:0"});
  const int port = node.port();
  Client client(port);
  for (int i = 0; i < 7; ++i) ASSERT_EQ(client.ask({"SET", "k" + std::to_string(i), "v"}), "OK");
  const auto get = [port](const std::string& request) {
    Client browser(port);
    browser.send(request + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n");
    return browser.read_to_end();
  };
  const std::string page = get("GET /");
  EXPECT_EQ(page.find("HTTP/1.1 200 OK\r\nContent-Type: text/html"), 0u) << page.substr(0, 100);
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_NE(page.find("127.0.0.1:" + std::to_string(port)), std::string::npos) << "the port that it really has";
  EXPECT_EQ(get("GET /pie.svg?x=1").find("HTTP/1.1 200 OK"), 0u);
  ASSERT_EQ(client.ask({"DBSIZE"}), "7");
  const auto counted = [&get] { return get("GET /pie.json").find("\"keys\":7,") != std::string::npos; };
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
       !counted();) {  // loads are told now and then
    ASSERT_LT(std::chrono::steady_clock::now(), end) << get("GET /pie.json");
  }
  EXPECT_EQ(get("GET /secrets").find("HTTP/1.1 404"), 0u);
  EXPECT_EQ(get("POST /").find("HTTP/1.1 405"), 0u);
}

// A page on the web can have a browser send what it likes to 127.0.0.1.
TEST_F(ProcessTest, WhatABrowserSendsBehindItsFirstLineIsNoCommand) {
  Process node({"--listen", "127.0.0.1:0"});
  const int port = node.port();
  Client browser(port);
  browser.send("POST / HTTP/1.1\r\nSET hacked yes\r\n\r\nSET hacked yes\r\n");
  browser.read_to_end();
  EXPECT_EQ(Client(port).ask({"GET", "hacked"}), "(nil)");
}

}  // namespace
}  // namespace node
