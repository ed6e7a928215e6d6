#include "checkers/operations.h"

#include <gtest/gtest.h>

#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

TEST(Operations, AnIndeterminateWriteMayTakeEffectAtAnyLaterTime) {
  Scenario s("register");
  s.invoke(1, "write", "k", Value("a")).info(1).invoke(2, "write", "k", Value("b"));
  const Operations operations(s.history);
  ASSERT_EQ(operations.all().size(), 2u);
  for (const Operation& operation : operations.all()) {
    EXPECT_EQ(operation.outcome, Outcome::kInfo);
    EXPECT_EQ(operation.returned, kNever);
  }
}

TEST(Operations, AReadThatNobodyAnsweredHasFailed) {
  Scenario s("register");
  s.invoke(1, "read", "k").info(1).invoke(2, "read", "k");
  const Operations operations(s.history);
  for (const Operation& operation : operations.all()) EXPECT_TRUE(operation.failed());
}

TEST(Operations, QuorumsAreThoseOfTheOperationElseThoseOfTheCluster) {
  Scenario s("register", "strict");
  s.invoke(1, "read", "k", {}, Value(Map{{"r", 3}, {"mode", "sloppy"}})).ok(1, List{});
  s.invoke(2, "write", "k", Value("a")).ok(2);
  const Operations operations(s.history);
  const Operation &asked = operations.all()[0], &plain = operations.all()[1];
  EXPECT_EQ(asked.r, 3);
  EXPECT_FALSE(asked.strict);
  EXPECT_EQ(plain.w, 2);
  EXPECT_TRUE(plain.strict);
  EXPECT_FALSE(quorums_overlap(asked, plain, 3));
}

TEST(Operations, OnlyAttemptsThatMayHaveReachedTheStoreCount) {
  Scenario s("counter");
  const auto attempt = [](const char* outcome) { return Value(Map{{"node", "n1"}, {"outcome", outcome}}); };
  s.invoke(1, "add", "k", Value(1))
      .ok(1, {}, Value(Map{{"attempts", List{attempt("fail"), attempt("info"), attempt("ok")}}}));
  s.invoke(1, "add", "k", Value(1)).ok(1);
  const Operations operations(s.history);
  EXPECT_EQ(operations.all()[0].attempts(), 2);
  EXPECT_EQ(operations.all()[1].attempts(), 1);
}

TEST(Operations, KeysKeepTheOrderOfInvocation) {
  Scenario s("register");
  s.invoke(1, "write", "x", Value("a"))
      .invoke(2, "write", "y", Value("b"))
      .invoke(3, "write", "x", Value("c"))
      .ok(3)
      .ok(1);
  const Operations operations(s.history);
  ASSERT_EQ(operations.by_key().size(), 2u);
  EXPECT_EQ(operations.by_key()[0].key, "x");
  ASSERT_EQ(operations.by_key()[0].operations.size(), 2u);
  EXPECT_EQ(operations.by_key()[0].operations[0]->argument().string(), "a");
}

}  // namespace
}  // namespace checkers
