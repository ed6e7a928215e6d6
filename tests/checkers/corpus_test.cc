// Every file under histories/: bad ones must be condemned by the checker that they name, and by no other, for the
// anomaly that they name; good ones must get the verdicts that they name. The test record's `why` says in words what is
// in the file.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "checkers/history_file.h"
#include "checkers/live/live.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

struct Example {
  std::string name;
  // The first line, with what the format does not know: why, checker, anomaly, verdict, verdicts; `only`: the checkers
  // to run, where they are not those that the history gets by itself; and `logs` (by node) and `log_patterns`, which no
  // history holds.
  nlohmann::json test;
  History history;
};

std::vector<std::string> names(const std::string& folder) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(HISTORIES_DIR) + "/" + folder)) {
    found.push_back(entry.path().stem().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

Example load(const std::string& folder, const std::string& name) {
  const std::string path = std::string(HISTORIES_DIR) + "/" + folder + "/" + name + ".jsonl";
  std::ifstream file(path);
  auto history = read_history(file);
  EXPECT_TRUE(history.has_value()) << (history ? "" : to_string(history.error(), path));
  std::ifstream again(path);
  std::string line;
  std::getline(again, line);
  return {name, nlohmann::json::parse(line), history ? std::move(*history) : History{}};
}

Judgement judge(const Example& example) {
  Judging how;
  how.only = example.test.value("only", std::vector<std::string>{});
  how.log_patterns = example.test.value("log_patterns", std::vector<std::string>{});
  for (const auto& [node, text] : example.test.value("logs", std::map<std::string, std::string>{}))
    how.logs.push_back({node, text});
  return judge(example.history, how);
}

std::string told(const Judgement& judgement) {
  std::string out;
  for (const Result& result : judgement.results) {
    out += result.checker + ": " + std::string(to_string(result.verdict)) + ": " + result.summary + "\n";
    for (const Witness& witness : result.witnesses) out += "  " + witness.anomaly + ": " + witness.explanation + "\n";
  }
  return out;
}

class BadHistory : public testing::TestWithParam<std::string> {};
class GoodHistory : public testing::TestWithParam<std::string> {};

TEST_P(BadHistory, IsCondemnedByItsCheckerAloneAndForItsReason) {
  const Example example = load("bad", GetParam());
  const Judgement judgement = judge(example);
  SCOPED_TRACE(example.test["why"].get<std::string>() + "\n" + told(judgement));
  EXPECT_EQ(judgement.verdict, Verdict::kInvalid);
  for (const Result& result : judgement.results) {
    EXPECT_EQ(result.verdict == Verdict::kInvalid, result.checker == example.test["checker"].get<std::string>())
        << result.checker;
  }
  const Result& guilty = result_of(judgement, example.test["checker"].get<std::string>());
  ASSERT_FALSE(guilty.witnesses.empty());
  EXPECT_GE(guilty.violations, static_cast<int64_t>(guilty.witnesses.size()));
  EXPECT_FALSE(guilty.promise.empty());
  std::vector<std::string> anomalies;
  for (const Witness& witness : guilty.witnesses) {
    anomalies.push_back(witness.anomaly);
    EXPECT_FALSE(witness.explanation.empty());
    EXPECT_LE(witness.events.size(), 12u) << "a witness is small enough to verify by hand";
    EXPECT_FALSE(witness.events.empty() && witness.replicas.empty()) << "it points at something";
  }
  EXPECT_NE(std::find(anomalies.begin(), anomalies.end(), example.test["anomaly"].get<std::string>()), anomalies.end());
}

TEST_P(GoodHistory, GetsTheVerdictsThatItNames) {
  const Example example = load("good", GetParam());
  const Judgement judgement = judge(example);
  SCOPED_TRACE(example.test["why"].get<std::string>() + "\n" + told(judgement));
  EXPECT_EQ(to_string(judgement.verdict), example.test["verdict"].get<std::string>());
  for (const auto& [checker, verdict] : example.test["verdicts"].items()) {
    EXPECT_EQ(to_string(result_of(judgement, checker).verdict), verdict.get<std::string>()) << checker;
  }
  for (const Result& result : judgement.results) {
    EXPECT_TRUE(result.witnesses.empty()) << result.checker;
    EXPECT_FALSE(result.summary.empty()) << result.checker;
  }
}

TEST_P(GoodHistory, IsNotCondemnedWhileItGoesOn) {
  const Example example = load("good", GetParam());
  LiveJudge live(example.history.test);
  for (const NodeExit& exit : example.history.exits) live.add(exit);
  for (const Event& event : example.history.events) live.add(event);
  EXPECT_EQ(live.guilty(), nullptr) << live.guilty()->name() << ": " << live.guilty()->violation()->explanation;
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const CheckerInfo& checker : all_checkers()) names.emplace_back(checker.name);
  return names;
}

// The judge is interrupted when it asks for the first time, for the second, and so on until it asks no more. What it
// has found by then it finds without an interruption too, and what it may not have seen is not valid.
void interrupt_everywhere(const History& history) {
  const Judgement whole = judge(history, {.only = all_names()});
  bool asked_enough = false;
  for (int at = 1; !asked_enough; ++at) {
    int asked = 0;
    std::string last_told;
    const Judgement cut = judge(history, {.only = all_names(),
                                          .stop = [&] { return ++asked >= at; },
                                          .progress =
                                              [&](std::string_view what, size_t done, size_t of) {
                                                EXPECT_FALSE(what.empty());
                                                EXPECT_LE(done, of) << what;
                                              }});
    asked_enough = asked < at;
    ASSERT_EQ(cut.results.size(), whole.results.size());
    for (size_t i = 0; i < whole.results.size(); ++i) {
      const Result &part = cut.results[i], &full = whole.results[i];
      SCOPED_TRACE(full.checker + " interrupted at " + std::to_string(at) + ": " + part.summary);
      EXPECT_LE(part.violations, full.violations);
      EXPECT_TRUE(part.verdict != Verdict::kInvalid || full.verdict == Verdict::kInvalid);
      // It was through before.
      EXPECT_TRUE(part.verdict != Verdict::kValid || part.summary == full.summary);
    }
    EXPECT_TRUE(!asked_enough || told(cut) == told(whole));
    if (testing::Test::HasFailure()) return;
  }
}

TEST_P(BadHistory, InterruptedYieldsWhatWasKnownByThen) { interrupt_everywhere(load("bad", GetParam()).history); }
TEST_P(GoodHistory, InterruptedYieldsWhatWasKnownByThen) { interrupt_everywhere(load("good", GetParam()).history); }

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Corpus, BadHistory, testing::ValuesIn(names("bad")), test_name);
INSTANTIATE_TEST_SUITE_P(Corpus, GoodHistory, testing::ValuesIn(names("good")), test_name);

TEST(Corpus, EveryCheckerHasABadHistoryOfItsOwn) {
  std::vector<std::string> caught;
  for (const std::string& name : names("bad")) caught.push_back(load("bad", name).test["checker"].get<std::string>());
  for (const CheckerInfo& checker : all_checkers()) {
    if (checker.name == "clock" || checker.name == "staleness") continue;  // they never condemn
    EXPECT_NE(std::find(caught.begin(), caught.end(), checker.name), caught.end()) << checker.name;
  }
}

TEST(Corpus, EveryCheckerHasAGoodHistoryThatNamesIt) {
  std::set<std::string> named;
  for (const std::string& name : names("good")) {
    const Example example = load("good", name);
    for (const auto& [checker, verdict] : example.test["verdicts"].items()) named.insert(checker);
  }
  for (const CheckerInfo& checker : all_checkers())
    EXPECT_EQ(named.count(std::string(checker.name)), 1u) << checker.name;
}

}  // namespace
}  // namespace checkers
