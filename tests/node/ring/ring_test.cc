// The ring: who keeps which slot (Dynamo §4.2, §4.3), against a walk done by hand.
#include "node/ring/ring.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "node/base/hash.h"

namespace node {
namespace {

using Names = std::vector<std::string>;

Names numbered(int count) {
  Names names;
  for (int i = 1; i <= count; ++i) names.push_back("n" + std::to_string(i));
  std::sort(names.begin(), names.end());
  return names;
}

// The walk of a slot, point by point.
std::vector<NodeIndex> walk_by_hand(const Names& names, int tokens, Slot slot) {
  std::multimap<Slot, NodeIndex> points;  // equal slots stay in the order of the names
  for (size_t node = 0; node < names.size(); ++node) {
    for (int token = 0; token < tokens; ++token) {
      points.emplace(static_cast<Slot>(hash64(names[node], static_cast<uint64_t>(token)) % kSlots), node);
    }
  }
  std::vector<NodeIndex> walk;
  auto meet = [&](NodeIndex node) {
    if (std::find(walk.begin(), walk.end(), node) == walk.end()) walk.push_back(node);
  };
  for (auto it = points.lower_bound(slot); it != points.end(); ++it) meet(it->second);
  for (auto it = points.begin(); it != points.lower_bound(slot); ++it) meet(it->second);
  return walk;
}

RC_GTEST_PROP(RingProperty, EveryWalkIsTheOneDoneByHand, ()) {
  Names names = numbered(*rc::gen::inRange(1, 9));
  int tokens = *rc::gen::inRange(1, 40);
  Ring ring(names, tokens);
  for (int i = 0; i < 20; ++i) {
    auto slot = static_cast<Slot>(*rc::gen::inRange<int>(0, kSlots));
    RC_ASSERT(ring.walk(slot) == walk_by_hand(names, tokens, slot));
  }
  for (Slot slot : {0, 1, kSlots - 2, kSlots - 1}) RC_ASSERT(ring.walk(slot) == walk_by_hand(names, tokens, slot));
}

// A walk has each machine once, also where it wraps, however its points cluster: N homes are N machines.
RC_GTEST_PROP(RingProperty, EveryWalkMeetsEveryNodeOnce, ()) {
  Names names = numbered(*rc::gen::inRange(1, 9));
  Ring ring(names, *rc::gen::inRange(1, 10));
  for (int slot = kSlots - 1; slot >= 0; slot -= *rc::gen::inRange(1, 100)) {
    std::vector<NodeIndex> walk = ring.walk(static_cast<Slot>(slot));
    for (size_t i = 0; i < walk.size(); ++i) RC_ASSERT(ring.rank(static_cast<Slot>(slot), walk[i]) == i);
    std::sort(walk.begin(), walk.end());
    std::vector<NodeIndex> all(names.size());
    std::iota(all.begin(), all.end(), NodeIndex{0});
    RC_ASSERT(walk == all);
  }
}

TEST(Ring, ManyPointsOnTheSameSlotAreWalkedInTheOrderOfTheNames) {
  Names names = numbered(40);  // 40 · 4096 points: ten on every slot, and more than 16 bits can count
  Ring ring(names, 4096);
  for (Slot slot : {0, 1, 777, 8192, kSlots - 1}) EXPECT_EQ(ring.walk(slot), walk_by_hand(names, 4096, slot));
}

TEST(Ring, OneNodeOwnsEverything) {
  Ring ring({"n1"}, 3);
  EXPECT_EQ(ring.slots_owned(0), kSlots);
  EXPECT_EQ(ring.walk(5), std::vector<NodeIndex>{0});
}

TEST(Ring, FindsMembersByName) {
  Ring ring(numbered(12), 1);
  EXPECT_EQ(ring.names()[ring.index("n10")], "n10");
  EXPECT_EQ(ring.index("n13"), Ring::kNobody);
  EXPECT_EQ(ring.index(""), Ring::kNobody);
}

// Adding the n-th node takes one n-th of the slots from the others, and moves nothing between them.
TEST(Ring, ANewNodeTakesItsShareAndNothingElseMoves) {
  for (int count = 2; count <= 10; ++count) {
    Names before = numbered(count - 1);
    Names after = before;
    after.push_back("x");  // behind all others, so that their indices stay
    Ring old_ring(before, 64);
    Ring new_ring(after, 64);
    NodeIndex newcomer = new_ring.index("x");
    int moved = 0;
    for (int slot = 0; slot < kSlots; ++slot) {
      NodeIndex old_owner = old_ring.walk(static_cast<Slot>(slot))[0];
      NodeIndex new_owner = new_ring.walk(static_cast<Slot>(slot))[0];
      if (old_owner == new_owner) continue;
      ASSERT_EQ(new_owner, newcomer) << "slot " << slot << " moved between old nodes";
      ++moved;
    }
    EXPECT_NEAR(static_cast<double>(moved) / kSlots, 1.0 / count, 0.5 / count) << count << " nodes";
  }
}

// The others' walk is the old one without the leaver: fallbacks move up, in their order.
RC_GTEST_PROP(RingProperty, ANodeThatLeavesChangesNobodyElsesOrder, ()) {
  Names names = numbered(*rc::gen::inRange(2, 8));
  int tokens = *rc::gen::inRange(1, 20);
  size_t leaver = *rc::gen::inRange<size_t>(0, names.size());
  Names rest = names;
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(leaver));
  Ring all(names, tokens);
  Ring fewer(rest, tokens);
  auto slot = static_cast<Slot>(*rc::gen::inRange<int>(0, kSlots));
  Names left;
  for (NodeIndex node : all.walk(slot)) {
    if (node != leaver) left.push_back(names[node]);
  }
  Names walked;
  for (NodeIndex node : fewer.walk(slot)) walked.push_back(rest[node]);
  RC_ASSERT(walked == left);
}

TEST(Ring, SharesAreBalanced) {
  Ring ring(numbered(5), 64);
  int sum = 0;
  int most = 0;
  for (NodeIndex node = 0; node < 5; ++node) {
    int owned = ring.slots_owned(node);
    sum += owned;
    most = std::max(most, owned);
  }
  EXPECT_EQ(sum, kSlots);
  EXPECT_LT(most, kSlots / 5 * 14 / 10) << "no node has more than 40 % above its share";
}

// ---- Keys and slots, as in Redis Cluster

TEST(Slots, CrcIsThatOfRedisCluster) {
  EXPECT_EQ(crc16("123456789"), 0x31C3);
  EXPECT_EQ(crc16(""), 0);
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of("hello"), 866);
}

TEST(Slots, OnlyTheHashTagCounts) {
  EXPECT_EQ(slot_of("foo{hash_tag}"), slot_of("hash_tag"));
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("{user1000}.followers"));
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
  EXPECT_EQ(slot_of("foo{}{bar}"), crc16("foo{}{bar}") % kSlots);
  EXPECT_EQ(slot_of("foo{bar"), crc16("foo{bar") % kSlots);
  EXPECT_EQ(slot_of("foo}bar{"), crc16("foo}bar{") % kSlots);
}

}  // namespace
}  // namespace node
