// `harness check --explain` on every bad history there is: nobody is condemned without a proof that can be read.
#include "harness/report/proofs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "checkers/history_file.h"

namespace harness {
namespace {

std::string printed(const checkers::Judgement& judgement, const checkers::History& history) {
  std::FILE* file = std::tmpfile();
  Terminal terminal(file, false, false);
  print_proofs(terminal, judgement, history);
  std::string text(static_cast<size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

// What is under an event of that number, as the proof shows it.
bool shows_event(const std::string& proof, int64_t index) {
  std::string number = std::to_string(index);
  number.insert(0, number.size() < 9 ? 9 - number.size() : 0, ' ');
  return proof.find("     " + number + "  process ") != std::string::npos ||
         proof.find("     " + number + "  nemesis ") != std::string::npos;
}

TEST(Proofs, EveryCheckerThatCondemnsShowsTheLinesThatContradictEachOther) {
  std::set<std::string> shown;
  for (const auto& entry : std::filesystem::directory_iterator(HISTORIES_DIR "/bad")) {
    SCOPED_TRACE(entry.path().filename().string());
    std::ifstream file(entry.path());
    std::string first;
    std::getline(file, first);
    const std::string checker = nlohmann::json::parse(first)["checker"];
    if (checker == "logs") continue;  // are beside the history: see below
    file.seekg(0);
    const auto history = checkers::read_history(file);
    ASSERT_TRUE(history.has_value());
    const checkers::Judgement judgement = checkers::judge(*history, {.only = {checker}});
    ASSERT_EQ(judgement.verdict, checkers::Verdict::kInvalid);
    const std::string proof = printed(judgement, *history);
    for (const checkers::Witness& witness : judgement.results.at(0).witnesses) {
      EXPECT_NE(proof.find(" by " + checker + ": " + witness.anomaly), std::string::npos) << proof;
      EXPECT_NE(proof.find(witness.explanation.substr(0, 40)), std::string::npos) << proof;
      for (const int64_t index : witness.events) EXPECT_TRUE(shows_event(proof, index)) << index << "\n" << proof;
      // What no operation shows stands in the words: which node, and when.
      EXPECT_FALSE(witness.events.empty() && witness.replicas.empty());
    }
    shown.insert(checker);
  }
  for (const checkers::CheckerInfo& checker : checkers::all_checkers()) {
    const std::string name(checker.name);
    // Figures, which condemn nobody; and what no history holds.
    if (name == "staleness" || name == "clock" || name == "stats" || name == "logs") continue;
    EXPECT_EQ(shown.count(name), 1u) << name;
  }
}

TEST(Proofs, ALineOfALogIsShownWithItsNode) {
  const checkers::History history;
  const std::string proof = printed(
      checkers::judge(history, {.only = {"logs"}, .logs = {{"n2", "fine\nfatal: no\n"}}, .log_patterns = {"fatal"}}),
      history);
  EXPECT_NE(proof.find("Proof 1 of 1 by logs: unwanted line"), std::string::npos) << proof;
  EXPECT_NE(proof.find("Line 2 of the log of n2 matches \"fatal\": fatal: no"), std::string::npos) << proof;
}

}  // namespace
}  // namespace harness
