#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "tests/workloads/drive.h"

namespace workloads {
namespace {

using checkers::EventType;

TEST(Cart, ATagIsItsSessionAndNumber) {
  const Driven run = drive({.workload = "cart", .seed = 1});
  for (const Step& step : run.steps) {
    if (step.operation.f != "add") continue;
    EXPECT_EQ(step.operation.value["tag"].string(), step.operation.session + ":" + std::to_string(step.operation.seq));
  }
}

TEST(Cart, QuantitiesAreOneToThreeOrMinusOne) {
  const Driven run = drive({.workload = "cart", .seed = 1});
  std::map<int64_t, int> drawn;
  for (const Step& step : run.steps) {
    if (step.operation.f == "add") ++drawn[step.operation.value["quantity"].integer()];
  }
  ASSERT_EQ(drawn.size(), 4U);
  for (const int64_t quantity : {-1, 1, 2, 3}) EXPECT_GT(drawn[quantity], 100) << quantity;
}

// A removal may only name what its process can have seen: an addition of that item in that cart which was not refused.
TEST(Cart, RemovalsNameTagsOfTheirItemThatWereAddedBefore) {
  const Driven run = drive({.workload = "cart", .seed = 6});
  std::set<std::tuple<std::string, std::string, std::string>> added;  // cart, item, tag
  int with_context = 0;
  int without = 0;
  for (const Step& step : run.steps) {
    const Operation& operation = step.operation;
    const std::string& item = operation.value["item"].string();
    if (operation.f == "add" && step.outcome != EventType::kFail) {
      added.emplace(operation.key, item, operation.value["tag"].string());
    }
    if (operation.f != "remove") continue;
    if (!operation.has_observed) {
      ++without;
      continue;
    }
    ++with_context;
    ASSERT_FALSE(operation.observed.empty());
    for (const std::string& tag : operation.observed) {
      ASSERT_EQ(added.count({operation.key, item, tag}), 1U) << to_text(operation);
    }
  }
  EXPECT_GT(with_context, 500);
  EXPECT_GT(without, 500);
}

// Row S2: the same operations in both layouts; a segregated cart is read by its items.
TEST(Cart, IsDrawnAlikeInBothLayoutsAndASegregatedOneIsReadByTheItemsThatItMayHold) {
  const Driven object = drive({.workload = "cart", .seed = 6});
  const Driven segregated = drive({.workload = "cart", .seed = 6, .layout = CartLayout::kSegregated});
  ASSERT_EQ(object.steps.size(), segregated.steps.size());
  int reads = 0;
  std::set<std::string> added;
  for (size_t i = 0; i < object.steps.size(); ++i) {
    const Operation& operation = segregated.steps[i].operation;
    EXPECT_EQ(to_text(object.steps[i].operation), to_text(operation));
    EXPECT_FALSE(object.steps[i].operation.segregated);
    EXPECT_TRUE(operation.segregated);
    if (operation.f == "add") added.insert(operation.value["item"].string());
    if (operation.f != "read") continue;
    ++reads;
    for (const std::string& item : added) {
      EXPECT_EQ(std::count(operation.items.begin(), operation.items.end(), item), 1) << item;
    }
  }
  EXPECT_GT(reads, 1'000);
}

TEST(Cart, AnItemThatOnlyAScheduleNamesIsReadToo) {
  const auto workload = make_workload("cart", 1, Registers::kSiblings, CartLayout::kSegregated);
  workload->bind(0, *parse_operation({"cart.add", "cart:1", "caviar", "1"}));
  const Operation last = workload->final_read("cart:1");
  EXPECT_EQ(std::count(last.items.begin(), last.items.end(), "caviar"), 1);
}

TEST(Set, IsACartWithoutQuantities) {
  const Driven run = drive({.workload = "set", .seed = 6});
  std::set<std::tuple<std::string, std::string, std::string>> added;  // set, member, tag
  int with_context = 0;
  int without = 0;
  for (const Step& step : run.steps) {
    const Operation& operation = step.operation;
    if (operation.f == "read") continue;
    const std::string& member = operation.value["member"].string();
    EXPECT_FALSE(member.empty());
    EXPECT_TRUE(operation.value["quantity"].is_null());
    if (operation.f == "add") added.emplace(operation.key, member, operation.value["tag"].string());
    if (operation.f != "remove") continue;
    ++(operation.has_observed ? with_context : without);
    for (const std::string& tag : operation.observed) {
      ASSERT_EQ(added.count({operation.key, member, tag}), 1U) << to_text(operation);
    }
  }
  EXPECT_GT(with_context, 500);
  EXPECT_GT(without, 500);
}

TEST(Cart, AProcessDoesNotNameAgainWhatItRemoved) {
  const auto workload = make_workload("cart", 1);
  Random random(13);
  std::set<std::string> removed;
  for (int i = 0; i < 80; ++i) {
    const Operation operation = workload->next(0, random);
    for (const std::string& tag : operation.observed) EXPECT_EQ(removed.count(tag), 0U) << tag;
    checkers::Value value = operation.value;
    if (operation.f == "remove") {
      checkers::List tags(operation.observed.begin(), operation.observed.end());
      removed.insert(operation.observed.begin(), operation.observed.end());
      value.set("removed", tags);
    }
    // A sloppy read may show nothing at all: then nothing is known.
    if (operation.f == "read") value = checkers::List{};
    workload->completed(0, operation, EventType::kOk, value);
  }
  EXPECT_FALSE(removed.empty());
}

TEST(Cart, AColdCartLosesOnlyWhatItsRemoverAdded) {
  const Driven run = drive({.workload = "cart", .seed = 17});
  std::set<std::string> looked_at;
  for (const Step& step : run.steps) {
    if (reads(step.operation)) looked_at.insert(step.operation.key);
  }
  int removals = 0;
  for (const Step& step : run.steps) {
    const Operation& operation = step.operation;
    if (operation.f != "remove" || looked_at.count(operation.key) > 0) continue;
    ++removals;
    const std::string own = "s" + std::to_string(step.process) + ":";
    for (const std::string& tag : operation.observed) EXPECT_EQ(tag.rfind(own, 0), 0U) << to_text(operation);
  }
  EXPECT_GT(removals, 10);
}

}  // namespace
}  // namespace workloads
