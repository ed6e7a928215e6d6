#include "tests/node/sim/linearizable.h"

#include <gtest/gtest.h>

namespace node::sim {
namespace {

constexpr uint64_t kOpen = UINT64_MAX;
using History = std::vector<RegisterOperation>;

TEST(Linearizable, KnowsTheClassics) {
  const RegisterOperation a{true, "a", 1, 2};
  EXPECT_TRUE(linearizable({}));
  EXPECT_TRUE(linearizable({a, {false, "a", 3, 4}}));
  EXPECT_FALSE(linearizable({a, {false, "", 3, 4}})) << "stale";
  EXPECT_FALSE(linearizable({{false, "a", 1, 2}, {true, "a", 3, 4}})) << "from the future";
  const RegisterOperation b{true, "b", 3, 10};
  EXPECT_TRUE(linearizable(History{a, b, {false, "a", 4, 5}, {false, "b", 6, 7}}));
  EXPECT_FALSE(linearizable(History{a, b, {false, "b", 4, 5}, {false, "a", 6, 7}})) << "new, then old";
  EXPECT_TRUE(linearizable(History{a, b, {false, "b", 4, 7}, {false, "a", 5, 6}})) << "the reads overlap";
  EXPECT_TRUE(linearizable(History{a, {true, "c", 3, kOpen}, {false, "a", 4, 5}, {false, "c", 6, 7}})) << "late";
  EXPECT_FALSE(linearizable(
      History{a, {true, "c", 3, kOpen}, {false, "c", 4, 5}, b, {false, "b", 11, 12}, {false, "c", 13, 14}}))
      << "twice";
}

}  // namespace
}  // namespace node::sim
