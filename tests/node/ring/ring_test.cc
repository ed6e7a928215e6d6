// The ring and its walks, under any assignment of points.
#include "node/ring/ring.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "node/base/hash.h"

namespace node {
namespace {

using Places = std::vector<NodeIndex>;

Places all_of(int members) {
  Places places(static_cast<size_t>(members));
  std::iota(places.begin(), places.end(), NodeIndex{0});
  return places;
}

// `count` points, each of any member.
Points any_points(int count, int members) {
  std::map<Slot, NodeIndex> points;
  while (static_cast<int>(points.size()) < count) {
    auto slot = static_cast<Slot>(*rc::gen::inRange<int>(0, kSlots));
    points[slot] = static_cast<NodeIndex>(*rc::gen::inRange(0, members));
  }
  Points list;
  for (const auto& [slot, member] : points) list.push_back({slot, member});
  return list;
}

// The walk of a slot, point by point: the first at or behind it, then on, round the circle.
Places walk_by_hand(const Points& points, const Places& members, Slot slot) {
  Places walk;
  auto meet = [&](NodeIndex member) {
    if (std::find(walk.begin(), walk.end(), member) == walk.end()) walk.push_back(member);
  };
  for (const Point& point : points) {
    if (point.slot >= slot) meet(point.member);
  }
  for (const Point& point : points) {
    if (point.slot < slot) meet(point.member);
  }
  for (NodeIndex member : members) meet(member);
  return walk;
}

// Row RT2: the lower bound, against brute force.
// With no point, one, or many; on a point and beside it; where the circle closes.
RC_GTEST_PROP(RingProperty, EveryWalkIsTheOneDoneByHand, ()) {
  const int members = *rc::gen::inRange(1, 9);
  const Points points = any_points(*rc::gen::inRange(0, 100), members);
  const Ring ring(points, all_of(members));
  std::vector<int> slots = {0, 1, kSlots - 2, kSlots - 1};
  for (const Point& point : points) slots.insert(slots.end(), {point.slot - 1, point.slot, point.slot + 1});
  for (int slot : slots) {
    if (slot < 0 || slot >= kSlots) continue;
    RC_ASSERT(ring.walk(static_cast<Slot>(slot)) == walk_by_hand(points, all_of(members), static_cast<Slot>(slot)));
  }
}

// Row D1: distinct hosts for every slot.
// A walk has each machine once, also where it wraps, however its points cluster: N homes are N machines.
RC_GTEST_PROP(RingProperty, EveryWalkMeetsEveryMemberOnce, ()) {
  const int members = *rc::gen::inRange(1, 9);
  const Ring ring(any_points(*rc::gen::inRange(1, 40), members), all_of(members));
  for (int slot = kSlots - 1; slot >= 0; slot -= *rc::gen::inRange(1, 100)) {
    Places walk = ring.walk(static_cast<Slot>(slot));
    std::sort(walk.begin(), walk.end());
    RC_ASSERT(walk == all_of(members));
  }
}

// The others' walk is the old one without the leaver: fallbacks move up, in their order.
RC_GTEST_PROP(RingProperty, AMemberThatLeavesChangesNobodyElsesOrder, ()) {
  const int members = *rc::gen::inRange(2, 8);
  const Points points = any_points(*rc::gen::inRange(1, 60), members);
  const auto leaver = static_cast<NodeIndex>(*rc::gen::inRange(0, members));
  const auto is_leaver = [&](NodeIndex member) { return member == leaver; };
  Points fewer = points;
  fewer.erase(std::remove_if(fewer.begin(), fewer.end(), [&](const Point& p) { return is_leaver(p.member); }),
              fewer.end());
  Places rest = all_of(members);
  rest.erase(std::remove_if(rest.begin(), rest.end(), is_leaver), rest.end());
  const auto slot = static_cast<Slot>(*rc::gen::inRange<int>(0, kSlots));
  Places left = Ring(points, all_of(members)).walk(slot);
  left.erase(std::remove_if(left.begin(), left.end(), is_leaver), left.end());
  if (!fewer.empty()) RC_ASSERT(Ring(fewer, rest).walk(slot) == left);
}

TEST(Ring, OneMemberOwnsEverything) {
  const Ring ring({{77, 0}}, {0});
  for (int slot : {0, 5, 77, 78, kSlots - 1}) EXPECT_EQ(ring.walk(static_cast<Slot>(slot)), Places{0}) << slot;
}

TEST(Ring, APointOwnsItsSlotAndThoseBeforeIt) {
  const Ring ring({{100, 0}, {16000, 1}}, {0, 1});
  EXPECT_EQ(ring.walk(100).front(), 0);
  EXPECT_EQ(ring.walk(101).front(), 1);
  EXPECT_EQ(ring.walk(16000).front(), 1);
  EXPECT_EQ(ring.walk(16001).front(), 0) << "round the circle";
  EXPECT_EQ(ring.end(100), 101u);
  EXPECT_EQ(ring.end(101), 16001u);
  EXPECT_EQ(ring.end(16001), unsigned{kSlots});
}

TEST(Ring, APointOnEverySlotIsPossible) {
  Points points;
  for (int slot = 0; slot < kSlots; ++slot)
    points.push_back({static_cast<Slot>(slot), static_cast<NodeIndex>(slot % 3)});
  const Ring ring(points, {0, 1, 2});
  EXPECT_EQ(ring.walk(kSlots - 1), (Places{0, 1, 2}));
  EXPECT_EQ(ring.walk(1), (Places{1, 2, 0}));
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
