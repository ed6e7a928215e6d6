// Nemeses bite: the history and the nodes' logs of a run show that they did what they are for, and the correct node
// passes.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/system/program.h"

namespace system_test {
namespace {

using nlohmann::json;

class Nemeses : public testing::Test {
 protected:
  void run(std::vector<std::string> flags) {
    for (const char* word : {"--time-limit", "8s", "--nemesis-interval", "2s", "--seed", "1"}) flags.emplace_back(word);
    flags.insert(flags.begin(), "run");
    const Ended ended = workshop_.run(flags);
    EXPECT_EQ(ended.exit_code, 0) << ended.output << ended.errors;
    std::ifstream file(workshop_.store() / "latest" / "history.jsonl");
    for (std::string line; std::getline(file, line);) history_.push_back(json::parse(line));
    EXPECT_TRUE(workshop_.processes().empty());
  }
  // What the nodes said, all together.
  std::string logs() const {
    std::stringstream text;
    for (int i = 1; i <= 5; ++i) {
      const std::string name = "n" + std::to_string(i) + ".log";
      text << std::ifstream(workshop_.store() / "latest" / "nodes" / name).rdbuf();
    }
    return text.str();
  }
  std::vector<json> faults(const std::string& f, bool done = true) const {
    std::vector<json> found;
    for (const json& line : history_) {
      if (line.value("process", json()) == "nemesis" && line.value("f", "") == f && line.value("done", false) == done) {
        found.push_back(line);
      }
    }
    return found;
  }

  Workshop workshop_;
  std::vector<json> history_;
};

// Row P3: replies lost and retried, counted once.
TEST_F(Nemeses, DropAcksLosesRepliesOfWritesThatAreThenTriedAgain) {
  run({"--workload", "counter", "--nemesis", "drop-acks,kill"});
  int64_t lost = 0;
  for (const json& stop : faults("stop-drop-acks")) lost += stop["value"].value("lost_replies", int64_t{0});
  EXPECT_GT(lost, 0);
  int retried = 0;  // first attempt unanswered, yet acknowledged in the end
  for (const json& line : history_) {
    if (line.value("type", "") == "ok" && line.value("f", "") == "add" && line.contains("attempts")) {
      retried += line["attempts"][0].value("outcome", "") == "info";
    }
  }
  EXPECT_GT(retried, 0);
}

// Row D5: killed right after the acknowledgement.
TEST_F(Nemeses, KillAckersKillsNodesThatHaveJustAcknowledgedAWrite) {
  run({"--workload", "cart", "--nemesis", "kill-ackers,partition"});
  ASSERT_FALSE(faults("kill").empty());
  for (const json& kill : faults("kill")) {
    const int64_t index = kill["value"].value("acknowledged", int64_t{-1});
    const auto write = std::find_if(history_.begin(), history_.end(),
                                    [index](const json& line) { return line.value("index", int64_t{-2}) == index; });
    ASSERT_NE(write, history_.end());
    const json acks = write->value("acks", json::array());
    for (const json& node : kill["value"]["nodes"]) {
      EXPECT_NE(std::find(acks.begin(), acks.end(), node), acks.end()) << kill << " " << *write;
    }
    EXPECT_LT(kill["time"].get<int64_t>() - write->value("time", int64_t{0}), 1'000'000'000);
  }
}

// Row T1: lost disks.
TEST_F(Nemeses, LoseDiskBringsNodesBackEmpty) {
  run({"--workload", "cart", "--nemesis", "lose-disk"});
  EXPECT_FALSE(faults("lose-disk").empty());
  // Five nodes start with nothing, and each that lost its disk does so again.
  const std::string text = logs();
  size_t empty_starts = 0;
  for (size_t at = 0; (at = text.find(": 0 records, 0 hints loaded", at)) != std::string::npos; ++at) ++empty_starts;
  EXPECT_EQ(empty_starts, 5 + faults("lose-disk").size());
}

// Row T1: the Redis beneath is killed and wiped.
TEST_F(Nemeses, KillStorageMakesNodesWriteTheirImagesBack) {
  run({"--workload", "cart", "--storage", "redis", "--nemesis", "kill-storage"});
  EXPECT_FALSE(faults("kill-storage").empty());
  EXPECT_FALSE(faults("lose-storage").empty());
  EXPECT_NE(logs().find("is another process than before"), std::string::npos) << logs();
}

class Changes : public Nemeses {
 protected:
  // Real nodes join, leave and are removed, and no strict read misses an acknowledged write.
  void members_come_and_go(const std::string& workload) {
    run({"--workload", workload, "--strict", "--nemesis", "membership,pause"});
    EXPECT_FALSE(faults("join").empty());
    EXPECT_FALSE(faults("leave").empty() && faults("remove").empty());
    for (const char* change : {"join", "leave", "remove"}) {
      EXPECT_EQ(faults(change).size(), faults(change, false).size());
      for (const json& done : faults(change)) EXPECT_FALSE(done.contains("error")) << done;
    }
  }
};

// Rows K4 and O4, with real processes.
TEST_F(Changes, OfMembersLoseNothingInCarts) { members_come_and_go("cart"); }
class LongChanges : public Changes {};
TEST_F(LongChanges, OfMembersLoseNothingInCounters) { members_come_and_go("counter"); }
TEST_F(LongChanges, OfMembersLoseNothingInRegisters) { members_come_and_go("register"); }

}  // namespace
}  // namespace system_test
