#include <gtest/gtest.h>

#include <sstream>

#include "tests/workloads/drive.h"

namespace workloads {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// A schedule's line brings back what was drawn; what a process adds to it is its own affair.
TEST(OperationWords, SayAllThatWasDrawnOfEveryWorkloadsOperations) {
  for (const WorkloadInfo& info : all_workloads()) {
    const Driven run = drive({.workload = std::string(info.name), .seed = 3});
    for (const Step& step : run.steps) {
      const std::string words = to_words(step.operation);
      const auto parsed = parse_operation(split(words));
      ASSERT_TRUE(parsed) << words << ": " << parsed.error();
      EXPECT_EQ(to_words(*parsed), words);
      EXPECT_EQ(parsed->kind, kind_of(info.name));
      EXPECT_EQ(parsed->f, step.operation.f);
      EXPECT_EQ(parsed->key, step.operation.key);
      EXPECT_EQ(parsed->has_observed, step.operation.has_observed);
      EXPECT_EQ(parsed->blind, step.operation.blind);
    }
  }
}

// The same draws, bound one after another by another workload of the same kind, are the same operations.
TEST(OperationWords, BindingWhatWasDrawnGivesTheOperationOfTheRun) {
  for (const WorkloadInfo& info : all_workloads()) {
    const auto drawing = make_workload(info.name, 3);
    const auto binding = make_workload(info.name, 3);
    Random random(5);
    for (int i = 0; i < 500; ++i) {
      const int64_t process = i % 4;
      const Operation drawn = drawing->next(process, random);
      const auto parsed = parse_operation(split(to_words(drawn)));
      ASSERT_TRUE(parsed) << to_words(drawn) << ": " << parsed.error();
      const Operation bound = binding->bind(process, *parsed);
      ASSERT_EQ(to_text(bound), to_text(drawn));
      checkers::Value result = drawn.value;
      if (drawn.f == "read") {
        const checkers::Map tags{{"s9:" + std::to_string(i), 1}};  // of a cart's item, or of a set's member
        result = checkers::List{checkers::Map{{"item", "milk"}, {"member", "ada"}, {"tags", tags}}};
      }
      drawing->completed(process, drawn, checkers::EventType::kOk, result);
      binding->completed(process, bound, checkers::EventType::kOk, result);
    }
    EXPECT_EQ(binding->written_keys(), drawing->written_keys());
  }
}

TEST(OperationWords, ARemovalOfWhatNobodySawLetsTheNodeLook) {
  const auto cart = make_workload("cart", 1);
  const Operation bound = cart->bind(0, *parse_operation({"cart.remove", "cart:1", "milk"}));
  EXPECT_FALSE(bound.has_observed);
}

TEST(OperationWords, ErrorsSayWhatIsExpected) {
  const auto error_of = [](const std::string& text) {
    const auto parsed = parse_operation(split(text));
    return parsed ? "no error" : parsed.error();
  };
  EXPECT_EQ(error_of("cart.add cart:1 milk many"), "cart.add: expected KEY ITEM QUANTITY");
  EXPECT_EQ(error_of("cart.remove cart:1"), "cart.remove: expected KEY ITEM [unseen]");
  EXPECT_EQ(error_of("counter.add c 99999999999999999999"), "counter.add: expected KEY AMOUNT");
  EXPECT_EQ(error_of("register.read"), "register.read: expected KEY");
  EXPECT_EQ(error_of("register.read r now"), "register.read: expected KEY");
  EXPECT_EQ(error_of("").substr(0, 22), "\"\" is no operation: th");
}

}  // namespace
}  // namespace workloads
