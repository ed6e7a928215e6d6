// A replica that was damaged behind everybody's back, with nothing to mend it, is found and named.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "tests/system/program.h"

namespace system_test {
namespace {

using namespace std::chrono_literals;

std::string first_port(const std::string& output) {
  std::smatch match;
  std::regex_search(output, match, std::regex("\\(n1 ([0-9]+)"));
  return match.size() > 1 ? match[1].str() : "";
}

void expect_found(int seed) {
  Workshop workshop;
  Background run({workshop.harness().string(), "run", "--workload", "register", "--no-anti-entropy", "--time-limit",
                  "4s", "--convergence-limit", "2s", "--seed", std::to_string(seed), "--rate", "200"},
                 workshop.path());
  std::string output = run.await_output("n1 ", 20s);
  output = run.await_output("main", 20s);
  std::string port = first_port(output);
  ASSERT_FALSE(port.empty()) << output;

  // Every key that n1 holds by then. Some are written and read again, and so mended or spread; the retired ones and
  // those that nobody reads before the end stay as they are.
  auto cli = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"redis-cli", "-p", port});
    return run_program(words, workshop.path()).output;
  };
  std::set<std::string> held;
  auto hold_some = [&] {
    held.clear();
    std::istringstream lines(cli({"DEBUG", "DUMP", "0"}));
    for (std::string line; std::getline(lines, line);) {
      nlohmann::json record = nlohmann::json::parse(line, nullptr, false);
      if (record.is_object() && record.contains("key") && !record.contains("home"))
        held.insert(record["key"].get<std::string>());
    }
    return held.size() >= 12;
  };
  ASSERT_TRUE(await(hold_some, 10s));
  // By one process for all of them: the run goes on meanwhile.
  std::string script, taken;
  for (const std::string& key : held) {
    script += "DEBUG DIVERGE " + key + "\n";
    taken += "OK\n";
  }
  EXPECT_EQ(
      run_program({"sh", "-c", "printf %s \"$1\" | redis-cli -p \"$2\"", "sh", script, port}, workshop.path()).output,
      taken);

  EXPECT_EQ(run.await_end(60s), 1);
  std::ifstream file(workshop.store() / "latest" / "results.json");
  nlohmann::json results = nlohmann::json::parse(file, nullptr, false);
  bool named = false;
  for (const auto& result : results["results"]) {
    if (result["checker"] != "convergence") continue;
    EXPECT_EQ(result["verdict"], "invalid");
    for (const auto& witness : result["witnesses"]) {
      const auto& replicas = witness["replicas"];
      bool ours = held.count(witness["key"].get<std::string>()) > 0;
      named = named || (ours && std::find(replicas.begin(), replicas.end(), "n1") != replicas.end());
    }
  }
  EXPECT_TRUE(named) << results.dump(2);
}

TEST(Divergence, OfOneReplicaIsFoundAndNamed) {
  expect_found(1);
  expect_found(2);
}

TEST(LongDivergence, OfOneReplicaIsFoundInTwentyOfTwentySeeds) {
  for (int seed = 1; seed <= 20; ++seed) expect_found(seed);
}

}  // namespace
}  // namespace system_test
