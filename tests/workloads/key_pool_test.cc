#include "workloads/key_pool.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace workloads {
namespace {

TEST(KeyPool, FromTheSecondKeyOnAtLeastOneOfFiveIsColdAtEveryMoment) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    KeyPool pool(
        {.prefix = "k", .keys_at_once = 7, .cold_percent = 1, .operations = {5, 20}, .cold_operations = {5, 20}});
    Random random(seed);
    std::set<std::string> cold;
    for (int i = 0; i < 2'000; ++i) {
      const KeyPool::Pick pick = pool.pick(random);
      if (pick.cold) cold.insert(pick.key);
      const size_t all = pool.keys().size();
      ASSERT_TRUE(all < 2 || 5 * cold.size() >= all) << cold.size() << " of " << all << " are cold, seed " << seed;
    }
  }
}

TEST(KeyPool, ARunOfOneKeyMayReadIt) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    KeyPool pool({.prefix = "k", .keys_at_once = 1});
    Random random(seed);
    EXPECT_FALSE(pool.pick(random).cold) << "seed " << seed;
  }
}

TEST(KeyPool, NoMoreKeysThanAskedForAreInUseAndEachLivesAsLongAsItsRangeSays) {
  KeyPool pool({.prefix = "k", .keys_at_once = 4, .operations = {10, 30}, .cold_operations = {1, 3}});
  Random random(3);
  std::map<std::string, int> in_use;
  for (int i = 0; i < 5'000; ++i) {
    const KeyPool::Pick pick = pool.pick(random);
    EXPECT_EQ(pick.first, in_use.count(pick.key) == 0);
    const int used = ++in_use[pick.key];
    ASSERT_LE(in_use.size(), 4U);
    ASSERT_LE(used, pick.cold ? 3 : 30) << pick.key;
    if (!pick.last) continue;
    EXPECT_GE(used, pick.cold ? 1 : 10) << pick.key;
    in_use.erase(pick.key);
  }
}

TEST(KeyPool, ARetiredKeyNeverComesBack) {
  KeyPool pool({.prefix = "k", .keys_at_once = 3, .operations = {2, 9}, .cold_operations = {2, 9}});
  Random random(8);
  std::set<std::string> retired;
  for (int i = 0; i < 3'000; ++i) {
    const KeyPool::Pick pick = pool.pick(random);
    ASSERT_EQ(retired.count(pick.key), 0U) << pick.key;
    if (pick.last) retired.insert(pick.key);
  }
  EXPECT_GT(retired.size(), 100U);
}

TEST(KeyPool, KeysAreNumberedInOrderOfFirstUse) {
  KeyPool pool({.prefix = "cart", .keys_at_once = 5});
  Random random(1);
  for (int i = 0; i < 100; ++i) pool.pick(random);
  const std::vector<std::string> expected = {"cart:1", "cart:2", "cart:3", "cart:4", "cart:5"};
  EXPECT_EQ(pool.keys(), expected);
}

}  // namespace
}  // namespace workloads
