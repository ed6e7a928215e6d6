// The judge is judged: each planted bug is found by the checker that `harness list bugs` names, on the run that it
// gives; and the correct node passes that same run.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "harness/systems/system.h"
#include "tests/system/program.h"

namespace harness {
void PrintTo(const BugInfo& bug, std::ostream* out) { *out << bug.flags; }  // found by GoogleTest
}  // namespace harness

namespace system_test {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

Ended run_with(const Workshop& workshop, const harness::BugInfo& bug, bool planted, int seed) {
  std::vector<std::string> arguments = words_of(bug.flags);
  arguments.insert(arguments.begin(), "run");
  if (planted) {
    arguments.push_back("--bug");
    arguments.emplace_back(bug.name);
  }
  arguments.push_back("--seed");
  arguments.push_back(std::to_string(seed));
  return workshop.run(arguments);
}

// The checkers that condemned the newest run, with their first explanation.
nlohmann::json condemned(const Workshop& workshop) {
  std::ifstream file(workshop.store() / "latest" / "results.json");
  nlohmann::json results = nlohmann::json::parse(file, nullptr, false);
  nlohmann::json found = nlohmann::json::object();
  for (const auto& result : results.value("results", nlohmann::json::array())) {
    if (result.value("verdict", "") == "invalid") found[result.value("checker", "")] = result;
  }
  return found;
}

class PlantedBug : public testing::TestWithParam<harness::BugInfo> {};

// Row X1: each planted bug by real processes.
TEST_P(PlantedBug, IsCaughtByItsCheckerAndTheCorrectNodePasses) {
  const harness::BugInfo& bug = GetParam();
  Workshop workshop;
  // Real processes and real time: a schedule shows a bug often, not always.
  constexpr int kSeeds = 4;
  bool caught = false;
  int seed = 0;
  std::string last;
  while (!caught && seed < kSeeds) {
    Ended ended = run_with(workshop, bug, true, ++seed);
    last = ended.output + ended.errors;
    nlohmann::json found = condemned(workshop);
    caught = ended.exit_code == 1 && found.contains(std::string(bug.checker));
    if (caught) {
      const nlohmann::json& result = found[std::string(bug.checker)];
      ASSERT_FALSE(result["witnesses"].empty());
      EXPECT_FALSE(result["witnesses"][0]["explanation"].get<std::string>().empty());
    }
  }
  ASSERT_TRUE(caught) << bug.name << " was not caught by " << bug.checker << " in " << kSeeds << " seeds; last run:\n"
                      << last;
  Ended clean = run_with(workshop, bug, false, seed);
  EXPECT_TRUE(condemned(workshop).empty()) << clean.output << clean.errors;
  EXPECT_EQ(clean.exit_code, 0) << clean.output << clean.errors;
}

INSTANTIATE_TEST_SUITE_P(Each, PlantedBug, testing::ValuesIn(harness::all_bugs()),
                         [](const testing::TestParamInfo<harness::BugInfo>& tested) {
                           std::string name(tested.param.name);
                           for (char& c : name) {
                             if (c == '-') c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace system_test
