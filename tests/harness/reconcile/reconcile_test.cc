#include <gtest/gtest.h>

#include <algorithm>

#include "harness/reconcile/replay.h"
#include "harness/reconcile/search.h"

namespace harness {
namespace {

using Do = Step::Do;

class Reconcile : public testing::TestWithParam<Kind> {};

TEST_P(Reconcile, TheNodesOwnCodeShowsWhatTheCausalModelExpects) {
  EXPECT_EQ(search_history(*make_node_reconciler(), GetParam(), {.histories = 400}), "");
}

TEST_P(Reconcile, AProgramThatKeepsWhateverEitherSideHoldsIsFoundOut) {
  auto program = make_program_reconciler({WRONG_MERGE});
  ASSERT_TRUE(program) << program.error();
  const std::string story = search_history(**program, GetParam(), {.histories = 400});
  EXPECT_NE(story, "");
  EXPECT_LT(std::count(story.begin(), story.end(), '\n'), 12) << story;
}

INSTANTIATE_TEST_SUITE_P(Each, Reconcile, testing::ValuesIn(kKinds),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST(ReconcileReplay, TellsTheHistoryAndWhatWasExpected) {
  auto program = make_program_reconciler({WRONG_MERGE});
  ASSERT_TRUE(program) << program.error();
  // r2 hears an addition; it is removed at r1, and comes back from r2.
  const std::string story = replay(**program, {.kind = Kind::kCart},
                                   {{Do::kUpdate, 0, 0, 0},
                                    {Do::kHear, 1, 0, 0},
                                    {Do::kLook, 0, 0, 0},
                                    {Do::kRemove, 0, 0, 0},
                                    {Do::kHear, 0, 1, 0}});
  EXPECT_EQ(story,
            "milk is added at r1 with tag c1:1\n"
            "r2 merges what r1 holds\n"
            "a client is shown by r1: {milk (c1:1)}\n"
            "milk with tags c1:1 is removed at r1\n"
            "r1 merges what r2 holds\n"
            "then r1 must show {}, and it shows {milk (c1:1)}\n");
}

TEST(ReconcileProgram, WhatIsWrongWithItIsSaid) {
  EXPECT_EQ(make_program_reconciler({"/nowhere/merge"}).error(),
            "cannot start /nowhere/merge: No such file or directory");
  auto silent = make_program_reconciler({"true"});
  ASSERT_TRUE(silent);
  EXPECT_NE((*silent)->read(Kind::kCounter, "null").error(), "");
  auto echo = make_program_reconciler({"cat"});
  ASSERT_TRUE(echo);
  EXPECT_NE((*echo)->read(Kind::kCounter, "null").error().find("answered"), std::string::npos);
}

}  // namespace
}  // namespace harness
