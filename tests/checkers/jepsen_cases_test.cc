// Jepsen's own test cases of its checkers (corpus/jepsen-checker-cases.json), judged by ours. Where ours answers
// otherwise, it is listed here with the reason.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "checkers/history_file.h"
#include "checkers/verdict.h"

namespace checkers {
namespace {

using nlohmann::json;

// Which checker answers for which of Jepsen's.
const std::map<std::string, std::string> kCheckers = {
    {"stats", "stats"},
    {"queue_model_check", "queue"},
    {"set_final_read", "set-full"},
    {"total_queue", "total-queue"},
    {"unique_ids", "unique-ids"},
    {"counter_bounds", "counter"},
    {"set_full", "set-full"},
    {"pn_counter_final (maelstrom)", "counter"},
};

// "group/case": our answer, and why it is another one.
struct Difference {
  std::string ours;
  std::string why;
};
const std::map<std::string, Difference> kDifferences = {
    {"counter_bounds/0", {"unknown", "a history without a read has shown nothing"}},
    {"pn_counter_final (maelstrom)/0", {"unknown", "a history without a read has shown nothing"}},
    {"queue_model_check/0", {"unknown", "a queue from which nothing came has shown nothing"}},
    {"queue_model_check/1", {"unknown", "a queue from which nothing came has shown nothing"}},
    {"queue_model_check/2", {"unknown", "a queue from which nothing came has shown nothing"}},
    {"total_queue/0", {"unknown", "nothing was put in"}},
    {"unique_ids/0", {"unknown", "no id was handed out"}},
};

struct JepsenCase {
  std::string group;
  std::string name;  // its number, and that of its variant
  json history;
  json expected;
};

// "a a' r r-" of set_full: see its legend in the file.
json spelt(const std::string& variant) {
  static const std::map<std::string, json> kEvents = {{"a", {"i", 0, "add", 0}},
                                                      {"a'", {"o", 0, "add", 0}},
                                                      {"r", {"i", 1, "read", nullptr}},
                                                      {"r+", {"o", 1, "read", json::array({0})}},
                                                      {"r-", {"o", 1, "read", json::array()}}};
  json history = json::array();
  std::istringstream words(variant);
  for (std::string word; words >> word;) history.push_back(kEvents.at(word));
  return history;
}

json file() {
  std::ifstream in(std::string(CORPUS_DIR) + "/jepsen-checker-cases.json");
  return json::parse(in);
}

std::vector<JepsenCase> cases() {
  std::vector<JepsenCase> all;
  const json groups = file();
  for (const auto& [group, checker] : kCheckers) {
    int number = 0;
    for (const json& one : groups.at(group)) {
      const std::string name = std::to_string(number++);
      if (one.contains("history")) all.push_back({group, name, one["history"], one["expect"]});
      if (!one.contains("variants")) continue;
      int variant = 0;
      for (const json& text : one["variants"])
        all.push_back({group, name + "." + std::to_string(variant++), spelt(text), one["expect"]});
    }
  }
  return all;
}

// Events are a millisecond apart. Some of the cases have completions alone: these get an invocation just before them.
std::string lines(const json& history) {
  static const std::map<std::string, std::string> kTypes = {{"i", "invoke"}, {"o", "ok"}, {"f", "fail"}, {"n", "info"}};
  std::string text;
  std::set<int> open;
  int64_t number = 0;
  const auto line = [&text](const std::string& type, const json& event, int64_t index) {
    std::string f = event[2];
    json out = {{"type", type}, {"index", index}, {"time", index * 1'000'000 / 10}, {"process", event[1]}};
    if (const size_t bang = f.find("!final"); bang != std::string::npos) {
      f.resize(bang);
      out["final"] = true;
    }
    out["f"] = f;
    out["value"] = event[3];
    text += out.dump() + "\n";
  };
  for (const json& event : history) {
    const int64_t index = 10 * number++;
    const int process = event[1];
    if (event[0] == "i") {
      open.insert(process);
    } else if (open.erase(process) == 0) {
      json invocation = event;
      if (event[2].get<std::string>().find("read") != std::string::npos) invocation[3] = nullptr;
      line("invoke", invocation, index - 1);
    }
    line(kTypes.at(event[0]), event, index);
  }
  return text;
}

class JepsensCase : public testing::TestWithParam<JepsenCase> {};

TEST_P(JepsensCase, GetsJepsensAnswerOrAStricterOne) {
  const JepsenCase& one = GetParam();
  const std::string checker = kCheckers.at(one.group);
  const std::string text = lines(one.history);
  std::istringstream in(text);
  const History history = text.empty() ? History{} : read_history(in).value();
  const Judgement judgement = judge(history, {.only = {checker}});
  ASSERT_EQ(judgement.results.size(), 1u);
  const Result& result = judgement.results[0];
  const json& valid = one.expected["valid"];
  std::string expected = valid == true ? "valid" : valid == false ? "invalid" : "unknown";
  if (const auto difference = kDifferences.find(one.group + "/" + one.name); difference != kDifferences.end()) {
    EXPECT_NE(difference->second.ours, expected) << "this is no difference any more";
    expected = difference->second.ours;
  }
  EXPECT_EQ(to_string(result.verdict), expected) << result.summary << "\n" << text;
  for (const std::string name : {"errors", "lost", "duplicated"}) {
    if (!one.expected.contains(name) || valid != false) continue;
    if (name != "errors" && one.group == "total_queue") continue;  // lost, unexpected and duplicated add up there
    EXPECT_GE(result.violations, static_cast<int64_t>(one.expected[name].size())) << name << "\n" << result.summary;
  }
}

std::string test_name(const testing::TestParamInfo<JepsenCase>& info) {
  std::string name = info.param.group + "_" + info.param.name;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, JepsensCase, testing::ValuesIn(cases()), test_name);

TEST(JepsensCases, AreAllThere) {
  EXPECT_GE(cases().size(), 30u);
  for (const auto& [name, difference] : kDifferences) {
    const auto all = cases();
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&name = name](const JepsenCase& one) {
      return one.group + "/" + one.name == name;
    })) << name;
  }
}

}  // namespace
}  // namespace checkers
