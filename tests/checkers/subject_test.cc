#include "checkers/subject.h"

#include <gtest/gtest.h>

#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

TEST(Subject, IsToldFromTheOperations) {
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "read", "").ok(0).invoke(0, "write", "", 1).history).name, "register");
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "cas", "", List{1, 2}).history).name, "cas-register");
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "acquire", "").ok(0).invoke(0, "release", "").history).name, "mutex");
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "append", "k", "x").history).name, "kv");
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "enqueue", "", 1).history).name, "queue");
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "generate", "").history).name, "unique-ids");
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "txn", "", List{List{"r", "x", Value()}, List{"w", "y", 2}}).history).name,
            "multi-register");
}

TEST(Subject, ACounterReadsANumberAndASetAList) {
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "add", "", 1).ok(0).invoke(0, "read", "").ok(0, 1).history).name,
            "counter");
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "add", "", 1).ok(0).invoke(0, "read", "").ok(0, List{1}).history).name,
            "set");
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "add", "", 1).ok(0).history).name, "") << "nothing tells which";
}

TEST(Subject, WhatIsMixedOrUnknownIsNone) {
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "read", "").history).name, "") << "reads alone tell nothing";
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "write", "", 1).ok(0).invoke(0, "enqueue", "", 1).history).name, "");
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "transfer", "", 1).history).name, "");
  EXPECT_EQ(subject_of(elsewhere().invoke(0, "txn", "", List{List{"append", "x", 1}}).history).name, "");
  EXPECT_EQ(subject_of(elsewhere().history).name, "");
}

TEST(Subject, IsTheModelWhereOneIsNamed) {
  const Subject subject = subject_of(elsewhere().invoke(0, "read", "").history, "cas-register");
  EXPECT_EQ(subject.name, "cas-register");
}

// What is judged without being asked, in a history that says nothing of itself.
TEST(Subject, DecidesWhichCheckersFitAHistoryWithoutATestRecord) {
  const History counter = elsewhere().invoke(0, "add", "", 1).ok(0).invoke(0, "read", "").ok(0, 5).history;
  const Judgement judgement = judge(counter);
  EXPECT_EQ(judgement.subject.name, "counter");
  EXPECT_EQ(judgement.verdict, Verdict::kInvalid);
  EXPECT_EQ(result_of(judgement, "counter").violations, 1);
  for (const Result& result : judgement.results) EXPECT_NE(result.checker, "convergence");
}

}  // namespace
}  // namespace checkers
