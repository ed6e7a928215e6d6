#include "harness/explore/explore.h"

#include <gtest/gtest.h>

namespace harness {
namespace {

std::string story(const Explored& explored) {
  std::string text;
  for (const std::string& step : explored.steps) text += step + "\n";
  return text + explored.violation;
}

TEST(Explore, TheCleanNodeIsRightInEveryOrderOfTwoOperationsAndACrash) {
  const Explored explored = explore({.nodes = 2, .operations = 2, .crashes = 1, .most_states = 20'000});
  EXPECT_EQ(explored.violation, "") << story(explored);
  EXPECT_TRUE(explored.complete) << explored.states << " states and more";
  EXPECT_GT(explored.states, 100u);
}

TEST(Explore, FindsTheShortestWayToAnEarlyAcknowledgement) {
  const Explored explored = explore({.operations = 1, .crashes = 0, .bug = node::Bug::kAcknowledgeEarly});
  ASSERT_NE(explored.violation, "");
  EXPECT_LE(explored.steps.size(), 4u) << story(explored);
}

TEST(Explore, FindsAnIncrementThatIsStoredWithoutItsIdentity) {
  const Explored explored = explore({.nodes = 2, .operations = 2, .crashes = 0, .bug = node::Bug::kDoubleIncrement});
  EXPECT_NE(explored.violation, "") << explored.states << " states";
}

TEST(Explore, FindsWhatACrashTakesThatWasAcknowledged) {
  const Explored explored = explore({.nodes = 2, .operations = 1, .crashes = 1, .bug = node::Bug::kPersistLate});
  EXPECT_NE(explored.violation, "") << explored.states << " states";
}

}  // namespace
}  // namespace harness
