#include "tests/system/standing_cluster.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <regex>

namespace system_test {

using namespace std::chrono_literals;

namespace {

std::vector<std::string> command_line(const Workshop& workshop, const std::vector<std::string>& more) {
  std::vector<std::string> words = {
      workshop.harness().string(), "run", "--workload", "counter", "--time-limit", "1s", "--keep-running"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

StandingCluster::StandingCluster(const std::vector<std::string>& more)
    : run_(command_line(workshop_, more), workshop_.path()) {
  const std::string output = run_.await_output("ctrl-C", 60s);
  const std::regex port("redis-cli -p ([0-9]+)");
  for (std::sregex_iterator it(output.begin(), output.end(), port), end; it != end; ++it) {
    const std::string found = (*it)[1];
    if (std::find(ports_.begin(), ports_.end(), found) == ports_.end()) ports_.push_back(found);
  }
  EXPECT_FALSE(ports_.empty()) << output;
}

StandingCluster::~StandingCluster() {
  run_.signal(SIGINT);
  run_.await_end(30s);
  EXPECT_TRUE(await([&] { return workshop_.processes().empty(); }, 5s));
}

std::string StandingCluster::cli(size_t node, std::vector<std::string> words) const {
  words.insert(words.begin(), {"redis-cli", "-p", ports_.at(node)});
  return run_program(words, workshop_.path()).output;
}

int64_t StandingCluster::stat(size_t node, const std::string& name) const {
  const std::string stats = cli(node, {"INFO", "stats"});
  const size_t at = stats.find("\n" + name + ":");
  EXPECT_NE(at, std::string::npos) << name << " in " << stats;
  return at == std::string::npos ? 0 : std::stoll(stats.substr(at + name.size() + 2));
}

pid_t StandingCluster::pid(size_t node) const {
  const std::string named = std::string("--name") + '\0' + "n" + std::to_string(node + 1) + '\0';
  for (pid_t pid : workshop_.processes()) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
    const std::string line((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (line.starts_with(workshop_.node().string()) && line.find(named) != std::string::npos) return pid;
  }
  return -1;
}

}  // namespace system_test
