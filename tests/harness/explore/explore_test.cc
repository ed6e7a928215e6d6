#include "harness/explore/explore.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

namespace harness {
namespace {

using node::Bug;

ExploreSettings tiny(const char* workload, int nodes, const char* script, TinyFault fault, Bug bug = Bug::kNone) {
  return {workload, nodes, *parse_script(script, nodes), fault, 20'000, bug};
}

std::string story(const Explored& explored) {
  std::string text = std::to_string(explored.states) + " states\n";
  for (const std::string& step : explored.steps) text += step + "\n";
  return text + explored.violation;
}

TEST(Explore, TheCleanNodeIsRightInEveryOrder) {
  for (const ExploreSettings& each : {
           tiny("counter", 2, "w =", TinyFault::kCrash),
           tiny("register", 2, "w1 r2", TinyFault::kCrash),
           tiny("set", 2, "w1 r2", TinyFault::kLoseDisk),
           tiny("cart", 2, "w1 =2", TinyFault::kNone),
           tiny("register", 2, "w1 w2", TinyFault::kClock),
       }) {
    const Explored explored = explore(each);
    EXPECT_EQ(explored.violation, "") << to_text(each) << "\n" << story(explored);
    EXPECT_TRUE(explored.complete) << to_text(each) << ": " << explored.states << " states and more";
    EXPECT_GT(explored.states, 20u) << to_text(each);
  }
}

// Each bug, the case that shows it, and the length of the shortest way.
struct Shown {
  Bug bug;
  ExploreSettings settings;
  size_t most_steps;
};

TEST(Explore, FindsTheShortestWayToEachBugThatThisSpaceHas) {
  const Shown all[] = {
      {Bug::kAcknowledgeEarly, tiny("counter", 2, "w1", TinyFault::kNone), 3},
      {Bug::kShowEarly, tiny("register", 2, "w1 r2 r1", TinyFault::kNone), 7},
      {Bug::kDoubleIncrement, tiny("counter", 2, "w1 =2", TinyFault::kNone), 10},
      {Bug::kPersistLate, tiny("counter", 2, "w1", TinyFault::kCrash), 6},
      {Bug::kClockDecides, tiny("register", 2, "w1 w2", TinyFault::kClock), 10},
      {Bug::kRepairWithFirstReply, tiny("set", 3, "w1 r3", TinyFault::kNone), 14},
      {Bug::kReuseActor, tiny("set", 2, "w1 w1", TinyFault::kLoseDisk), 14},
      {Bug::kReuseRequestIds, tiny("set", 2, "w1 w1", TinyFault::kCrash), 8},
  };
  size_t shown = 0;
  for (const node::BugName& bug : node::all_bugs()) shown += why_not_shown(bug.bug).empty();
  EXPECT_EQ(std::size(all), shown) << "of each other bug it is told why it is not shown";
  for (const Shown& each : all) {
    EXPECT_EQ(why_not_shown(each.bug), "");
    ExploreSettings settings = each.settings;
    EXPECT_EQ(explore(settings).violation, "") << "without the bug: " << to_text(settings);
    settings.bug = each.bug;
    const Explored explored = explore(settings);
    EXPECT_NE(explored.violation, "") << to_text(settings) << ": " << explored.states << " states";
    EXPECT_LE(explored.steps.size(), each.most_steps) << story(explored);
    EXPECT_EQ(explored.depth, explored.steps.size());
    EXPECT_GT(explored.events, 0u);
  }
}

// Nothing that they do wrong is done here: their nodes are those without a bug, state by state.
TEST(Explore, WhatTakesTimeOrOtherMembersIsNotInThisSpace) {
  size_t beyond = 0;
  const ExploreSettings cases[] = {tiny("set", 2, "w1 w1", TinyFault::kCrash),
                                   tiny("cart", 2, "w1 =2", TinyFault::kNone),
                                   tiny("set", 2, "w1 r2", TinyFault::kLoseDisk)};
  for (const ExploreSettings& each : cases) {
    const Explored clean = explore(each);
    EXPECT_TRUE(clean.complete);
    for (const node::BugName& bug : node::all_bugs()) {
      if (why_not_shown(bug.bug).empty()) continue;
      ++beyond;
      ExploreSettings settings = each;
      settings.bug = bug.bug;
      const Explored explored = explore(settings);
      EXPECT_EQ(explored.violation, "") << bug.name;
      EXPECT_EQ(explored.states, clean.states) << bug.name;
    }
  }
  EXPECT_EQ(beyond, 7 * std::size(cases));
}

// Who was restarted hears of the others again, and coordinates.
TEST(Explore, ARestartedNodeTakesWritesAgain) {
  const Explored explored = explore(tiny("set", 2, "w1 w1", TinyFault::kCrash, Bug::kReuseRequestIds));
  const auto restart = std::find_if(explored.steps.begin(), explored.steps.end(),
                                    [](const std::string& step) { return step.find("n1 crashes") == 0; });
  EXPECT_NE(restart, explored.steps.end());
  EXPECT_NE(std::find(restart, explored.steps.end(), "a client writes u2 through n1"), explored.steps.end());
}

TEST(Explore, AScriptSaysWhatIsSentWhere) {
  EXPECT_EQ(to_text(*parse_script("w=r", 2)), "w1 =2 r1");
  EXPECT_EQ(to_text(*parse_script("w3 r3", 3)), "w3 r3");
  for (const char* wrong : {"", "=", "x", "w4", "w0", "wwwww"}) EXPECT_FALSE(parse_script(wrong, 3)) << wrong;
  EXPECT_FALSE(validate(tiny("set", 2, "w =", TinyFault::kNone))) << "a retry would be another addition";
}

}  // namespace
}  // namespace harness
