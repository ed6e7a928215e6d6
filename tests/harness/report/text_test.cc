#include "harness/report/text.h"

#include <gtest/gtest.h>

#include <sstream>

namespace harness {
namespace {

using checkers::Verdict;

class TextTest : public testing::Test {
 protected:
  ~TextTest() override { std::fclose(file_); }
  std::string printed(const checkers::Judgement& judgement, const std::vector<std::string>& notes = {}) {
    Terminal terminal(file_, false, false);
    print_judgement(terminal, judgement, notes);
    std::string text(static_cast<size_t>(std::ftell(file_)), '\0');
    std::rewind(file_);
    text.resize(std::fread(text.data(), 1, text.size(), file_));
    return text;
  }
  std::FILE* file_ = std::tmpfile();
};

checkers::Judgement lost_addition() {
  checkers::Result result;
  result.checker = "cart";
  result.verdict = Verdict::kInvalid;
  result.promise = "an acknowledged addition is in the final cart";
  result.summary = "2 additions are lost";
  result.evidence = {{"acknowledged additions", 1204}};
  result.violations = 2;
  checkers::Witness witness;
  witness.anomaly = "lost addition";
  witness.key = "cart:7";
  witness.events = {10, 11, 99};
  witness.explanation =
      "Let A = the addition of milk, B = the final read. Then A happened before B, yet B does not show it.";
  result.witnesses = {witness};
  return {Verdict::kInvalid, {result}, {}};
}

TEST_F(TextTest, AnInvalidVerdictIsToldWithItsEvidenceAndItsProof) {
  std::string text = printed(lost_addition());
  for (const char* part :
       {"✗ INVALID   cart         2 additions are lost", "1,204 acknowledged additions", "cart is violated",
        "promise: an acknowledged addition is in the final cart", "1. lost addition  key cart:7 · events 10, 11, 99",
        "Let A = the addition of milk", "and 1 more", "✗ INVALID  a promise was broken"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nis missing in\n" << text;
  }
}

TEST_F(TextTest, NoLineIsWiderThanTheColumns) {
  checkers::Judgement judgement = lost_addition();
  for (int i = 0; i < 40; ++i) judgement.results[0].witnesses[0].explanation += " And so on, and so forth.";
  judgement.results[0].witnesses[0].replicas = std::vector<std::string>(60, "n1");
  std::istringstream lines(printed(judgement, {std::string(300, 'x') + " note"}));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("xxx") != std::string::npos) continue;  // one word, which nothing can break
    EXPECT_LE(width_of(line), Terminal::kTextColumns) << line;
  }
}

TEST_F(TextTest, TheFiguresAreATable) {
  checkers::Result stats;
  stats.checker = "stats";
  stats.verdict = Verdict::kReported;
  checkers::Value latency;
  latency.set("p50", 412'000);
  latency.set("p95", 1'300'000);
  checkers::Value row;
  row.set("count", 1'000);
  row.set("ok", 999);
  row.set("fail", 1);
  row.set("info", 0);
  row.set("latency_ns", latency);
  stats.details.set("add", row);
  std::string text = printed({Verdict::kValid, {stats}, {}});
  EXPECT_NE(text.find("add        1,000  999     1     0    99.9 %  412 µs"), std::string::npos) << text;
}

TEST_F(TextTest, AvailabilityIsALineOfBlocks) {
  using checkers::List, checkers::Map, checkers::Value;
  checkers::Result result;
  result.checker = "availability";
  result.verdict = Verdict::kReported;
  const Value place(Map{{"answered", 30}, {"operations", 41}});
  result.details.set("places", Value(Map{{"whole network", place}}));
  result.details.set("seconds",
                     Value(Map{{"operations", List{10, 10, 10, 0, 11}}, {"answered", List{10, 0, 9, 0, 11}}}));
  const std::string text = printed({Verdict::kValid, {result}, {}});
  EXPECT_NE(text.find("answered  █▁▇ █  by the second, least 0.0 % at 1 s\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace harness
