// `harness check` and `harness convert` as people call them: files, standard input, other formats, and ctrl-C.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "tests/system/program.h"

namespace system_test {
namespace {

const std::string kLost =
    "{\"type\":\"invoke\",\"process\":0,\"f\":\"add\",\"value\":3}\n"
    "{\"type\":\"ok\",\"process\":0,\"f\":\"add\",\"value\":3}\n"
    "{\"type\":\"invoke\",\"process\":1,\"f\":\"read\",\"value\":null}\n"
    "{\"type\":\"ok\",\"process\":1,\"f\":\"read\",\"value\":0}\n";

class Check : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const { std::ofstream(workshop_.path() / name) << text; }
  // By the shell, for pipes.
  Ended shell(const std::string& command) const {
    return run_program({"/bin/sh", "-c", command}, workshop_.path(), User::kSame, std::chrono::seconds(60));
  }

  Workshop workshop_;
};

TEST_F(Check, PicksTheCheckersThatFitAndSaysSo) {
  write("lost.jsonl", kLost);
  const Ended ended = workshop_.run({"check", "lost.jsonl"});
  EXPECT_EQ(ended.exit_code, 1) << ended.errors;
  EXPECT_NE(ended.output.find("counter: its operations are add, read"), std::string::npos) << ended.output;
  EXPECT_NE(ended.output.find("lost increment"), std::string::npos) << ended.output;
}

TEST_F(Check, ReadsStandardInput) {
  write("lost.jsonl", kLost);
  const Ended ended = shell("cat lost.jsonl | bin/harness check - --json 2>/dev/null");
  EXPECT_EQ(ended.exit_code, 1) << ended.output;
  EXPECT_EQ(ended.output.substr(0, 1), "{") << "nothing but the result is on standard output";
  const Ended broken = shell("printf '[{:type :ok' | bin/harness check -");
  EXPECT_EQ(broken.exit_code, 254);
  EXPECT_NE(broken.errors.find("standard input:1:"), std::string::npos) << broken.errors;
}

TEST_F(Check, ExplainsWithTheLinesThatContradictEachOther) {
  write("lost.jsonl", kLost);
  const Ended ended = workshop_.run({"check", "lost.jsonl", "--checker", "counter", "--explain"});
  EXPECT_EQ(ended.exit_code, 1) << ended.errors;
  EXPECT_NE(ended.output.find("Proof 1 of 1 by counter"), std::string::npos) << ended.output;
  EXPECT_NE(ended.output.find("process 1   ok     read  0"), std::string::npos) << ended.output;
}

TEST_F(Check, WhatIsConvertedToEdnIsJudgedTheSame) {
  write("lost.jsonl", kLost);
  const Ended converted = workshop_.run({"convert", "lost.jsonl", "--output", "lost.edn"});
  ASSERT_EQ(converted.exit_code, 0) << converted.errors;
  EXPECT_EQ(workshop_.run({"check", "lost.edn"}).exit_code, 1);
  const Ended back = shell("bin/harness convert lost.edn --to jsonl | bin/harness check -");
  EXPECT_EQ(back.exit_code, 1) << back.errors;
}

TEST_F(Check, AFormatMayBeForced) {
  write("lost.jsonl", kLost);
  const Ended forced = workshop_.run({"check", "lost.jsonl", "--format", "edn"});
  EXPECT_EQ(forced.exit_code, 254);
  const Ended unknown = workshop_.run({"check", "lost.jsonl", "--format", "xml"});
  EXPECT_EQ(unknown.exit_code, 254);
  EXPECT_NE(unknown.errors.find("there are jsonl, jepsen-log, edn, kv"), std::string::npos) << unknown.errors;
}

// Does the process catch ctrl-C by now?
// The program itself: the shell script before it catches it as well, and ends.
bool catches_sigint(pid_t pid) {
  std::error_code gone;
  if (std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", gone).filename() != "harness")
    return false;
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("SigCgt:", 0) == 0) return (std::stoull(line.substr(7), nullptr, 16) & (1u << (SIGINT - 1))) != 0;
  }
  return false;
}

TEST_F(Check, InterruptedWhileItReadsIsUnknown) {
  ASSERT_EQ(shell("mkfifo pipe").exit_code, 0);
  Background check({"/bin/sh", "-c", "exec 3<>pipe; exec bin/harness check - <pipe"}, workshop_.path());  // never ends
  ASSERT_TRUE(await([&check] { return catches_sigint(check.pid()); }, std::chrono::seconds(30)));
  check.signal(SIGINT);
  int exit_code = check.await_end(std::chrono::seconds(5));
  if (exit_code == -1) {  // it came in the moment before the read: whoever sits there presses ctrl-C again
    check.signal(SIGINT);
    exit_code = check.await_end(std::chrono::seconds(30));
  }
  EXPECT_EQ(exit_code, 2);
}

// A register by a hundred clients at once, whose values come again and again: the search for an order takes far longer
// than anybody waits.
std::string endless() {
  constexpr size_t kClients = 100;
  constexpr int kOperations = 1500, kValues = 20;
  enum class State { kIdle, kBegun, kDone };
  struct Client {
    State state = State::kIdle;
    bool writes = false;
    int value = 0;
  };
  std::vector<Client> clients(kClients);
  std::mt19937 random(1);
  std::string text;
  int stored = 0;
  const auto line = [&](size_t client, const char* type, const std::string& value) {
    text += "{\"type\":\"" + std::string(type) + "\",\"process\":" + std::to_string(client) + ",\"f\":\"" +
            (clients[client].writes ? "write" : "read") + "\",\"key\":\"endless\",\"value\":" + value + "}\n";
  };
  for (int begun = 0; begun < kOperations;) {
    const size_t who = random() % kClients;
    Client& client = clients[who];
    if (client.state == State::kIdle) {
      client = {State::kBegun, random() % 2 == 0, static_cast<int>(random() % kValues)};
      line(who, "invoke", client.writes ? std::to_string(client.value) : "null");
      ++begun;
    } else if (client.state == State::kBegun) {  // it takes effect
      (client.writes ? stored : client.value) = client.writes ? client.value : stored;
      client.state = State::kDone;
    } else {
      line(who, "ok", std::to_string(client.value));
      client.state = State::kIdle;
    }
  }
  return text;
}

// Two reads of another key, of which the second one shows the value from before the first.
const std::string kStale =
    R"({"type":"invoke","process":1000,"f":"write","key":"stale","value":1}
{"type":"ok","process":1000,"f":"write","key":"stale","value":1}
{"type":"invoke","process":1000,"f":"write","key":"stale","value":2}
{"type":"ok","process":1000,"f":"write","key":"stale","value":2}
{"type":"invoke","process":1000,"f":"read","key":"stale","value":null}
{"type":"ok","process":1000,"f":"read","key":"stale","value":1}
)";

class LongCheck : public Check {
 protected:
  // Ctrl-C as soon as the search has shown that it is under way; everything that the check printed.
  std::string interrupted(const std::string& history, int exit_code) {
    write("history.jsonl", history);
    // Two threads, so that what is easy is judged whatever is hard.
    Background check({workshop_.harness().string(), "check", "history.jsonl", "--checker", "linearizable,stats",
                      "--threads", "2", "--time-budget", "1h", "--memory-budget", "64GB"},
                     workshop_.path());
    EXPECT_NE(check.await_output("  linearizable  0 %, after ", std::chrono::seconds(60)), "");
    check.signal(SIGINT);
    std::string text = check.await_output("perhaps not all", std::chrono::seconds(60));
    EXPECT_EQ(check.await_end(std::chrono::seconds(60)), exit_code) << text;
    EXPECT_NE(check.await_output("interrupted by SIGINT: this is what was known by then", std::chrono::seconds(1)), "");
    return text;
  }
};

TEST_F(LongCheck, InterruptedWithoutAViolationIsUnknown) {
  const std::string text = interrupted(endless(), 2);
  EXPECT_NE(text.find("? unknown   linearizable"), std::string::npos) << text;
}

TEST_F(LongCheck, InterruptedTellsTheViolationThatIsKnownByThen) {
  const std::string text = interrupted(kStale + endless(), 1);
  EXPECT_NE(text.find("✗ INVALID   linearizable"), std::string::npos) << text;
}

}  // namespace
}  // namespace system_test
