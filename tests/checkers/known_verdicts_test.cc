// Every history of corpus/ gets the verdict on which independent checkers agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "checkers/formats/edn.h"
#include "checkers/history_file.h"
#include "checkers/verdict.h"

namespace checkers {
namespace {

struct Known {
  std::string file;
  std::string model;
  std::string initial;  // EDN
  std::string operations;
  std::string verdict;
};

std::vector<Known> known() {
  std::ifstream in(std::string(CORPUS_DIR) + "/verdicts.tsv");
  std::string line;
  std::getline(in, line);  // names of the columns
  std::vector<Known> all;
  while (std::getline(in, line)) {
    std::istringstream cells(line);
    Known& row = all.emplace_back();
    for (std::string* cell : {&row.file, &row.model, &row.initial, &row.operations, &row.verdict})
      std::getline(cells, *cell, '\t');
  }
  return all;
}

tl::expected<History, ReadError> read(const std::string& file) {
  std::ifstream in(std::string(CORPUS_DIR) + "/" + file, std::ios::binary);
  return read_history(in);
}

class KnownVerdict : public testing::TestWithParam<Known> {};

// Row X1.
TEST_P(KnownVerdict, IsReached) {
  const Known& row = GetParam();
  const auto history = read(row.file);
  ASSERT_TRUE(history.has_value()) << to_string(history.error(), row.file);
  if (!row.operations.empty()) {
    const auto invocations = std::count_if(history->events.begin(), history->events.end(),
                                           [](const Event& event) { return event.type == EventType::kInvoke; });
    EXPECT_EQ(std::to_string(invocations), row.operations);
  }
  const std::string checker = row.model == "counter" ? "counter" : "linearizable";
  Judging how;
  how.only = {checker};
  if (row.model != "counter") how.model = row.model;
  how.initial = *EdnReader(row.initial).read();
  const Judgement judgement = judge(*history, how);
  ASSERT_EQ(judgement.results.size(), 1u);
  EXPECT_EQ(to_string(judgement.verdict), row.verdict) << judgement.results[0].summary;
  EXPECT_EQ(judgement.results[0].witnesses.empty(), row.verdict == "valid") << "what is condemned has a witness";
}

std::string verdict_name(const testing::TestParamInfo<Known>& info) {
  std::string name = info.param.file;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Corpus, KnownVerdict, testing::ValuesIn(known()), verdict_name);

TEST(KnownVerdicts, AreThereForEveryKindOfHistory) {
  const std::vector<Known> all = known();
  EXPECT_GE(all.size(), 128u);
  for (const std::string model : {"register", "cas-register", "multi-register", "kv", "counter"}) {
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const Known& row) { return row.model == model; })) << model;
  }
}

// Nobody has to say what is in such a file.
TEST(KnownVerdicts, TheModelIsToldFromTheOperations) {
  for (const Known& row : known()) {
    const auto history = read(row.file);
    ASSERT_TRUE(history.has_value()) << to_string(history.error(), row.file);
    std::string told = subject_of(*history).name;
    if (told == "register" && row.model == "cas-register") told = "cas-register";  // it happens to have no cas
    EXPECT_EQ(told, row.model) << row.file;
  }
}

}  // namespace
}  // namespace checkers
