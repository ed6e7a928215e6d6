#include "nemesis/partitions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace nemesis {
namespace {

std::vector<std::string> members(size_t count) {
  std::vector<std::string> names;
  for (size_t i = 1; i <= count; ++i) names.push_back("n" + std::to_string(i));
  return names;
}

bool cut(const Partition& partition, const std::string& from, const std::string& to) {
  return std::find(partition.cuts.begin(), partition.cuts.end(), Cut{from, to}) != partition.cuts.end();
}

// Nodes that `node` can exchange messages with, itself included.
std::set<std::string> seen_by(const std::string& node, const Partition& partition, size_t count) {
  std::set<std::string> seen;
  for (const std::string& other : members(count)) {
    if (!cut(partition, node, other) && !cut(partition, other, node)) seen.insert(other);
  }
  return seen;
}

bool has_a_cut_for_each_direction(const Partition& partition) {
  return std::all_of(partition.cuts.begin(), partition.cuts.end(),
                     [&](const Cut& c) { return cut(partition, c.to, c.from); });
}

TEST(Partitions, IsolateOneCutsTheFirstNodeFromAllOthersInBothDirections) {
  const Partition partition = isolate_one({"n2", "n1", "n3"});
  EXPECT_EQ(partition.cuts, (std::vector<Cut>{{"n1", "n2"}, {"n2", "n1"}, {"n2", "n3"}, {"n3", "n2"}}));
  EXPECT_EQ(partition.sides, (std::vector<std::vector<std::string>>{{"n2"}, {"n1", "n3"}}));
}

TEST(Partitions, HalvesOfAnOddNumberAreAMinorityAndAMajority) {
  const Partition partition = halves(members(5));
  EXPECT_EQ(partition.sides, (std::vector<std::vector<std::string>>{{"n1", "n2"}, {"n3", "n4", "n5"}}));
  EXPECT_EQ(seen_by("n1", partition, 5), (std::set<std::string>{"n1", "n2"}));
  EXPECT_EQ(seen_by("n5", partition, 5), (std::set<std::string>{"n3", "n4", "n5"}));
}

TEST(Partitions, OnTheRingEveryNodeSeesAMajorityAndNoTwoTheSame) {
  for (size_t count = least_nodes("majorities-ring"); count <= 12; ++count) {
    const Partition partition = majorities_ring(members(count));
    EXPECT_TRUE(has_a_cut_for_each_direction(partition));
    std::set<std::set<std::string>> majorities;
    for (const std::string& node : members(count)) {
      const std::set<std::string> seen = seen_by(node, partition, count);
      EXPECT_GT(seen.size(), count / 2) << node << " of " << count;
      EXPECT_LT(seen.size(), count) << node << " of " << count;
      majorities.insert(seen);
    }
    EXPECT_EQ(majorities.size(), count);
  }
}

TEST(Partitions, TheBridgeTalksWithBothHalvesWhichDoNotTalk) {
  for (size_t count = least_nodes("bridge"); count <= 9; ++count) {
    const Partition partition = bridge(members(count));
    EXPECT_EQ(seen_by("n1", partition, count).size(), count);
    ASSERT_EQ(partition.sides.size(), 3U);
    EXPECT_EQ(partition.sides[1], std::vector<std::string>{"n1"});
    for (const std::string& left : partition.sides[0]) {
      for (const std::string& right : partition.sides[2]) {
        EXPECT_TRUE(cut(partition, left, right) && cut(partition, right, left)) << left << " " << right;
      }
    }
    EXPECT_EQ(partition.cuts.size(), 2 * partition.sides[0].size() * partition.sides[2].size());
  }
}

TEST(Partitions, AOneWayPartitionCutsNoPacketOfTheOtherDirection) {
  const Partition partition = one_way(members(4), 1);
  EXPECT_EQ(partition.cuts, (std::vector<Cut>{{"n1", "n2"}, {"n1", "n3"}, {"n1", "n4"}}));
}

TEST(Partitions, NodesOfOneSideAreNeverCut) {
  for (size_t count = 4; count <= 8; ++count) {
    for (const Partition& partition :
         {isolate_one(members(count)), halves(members(count)), bridge(members(count)), one_way(members(count), 2)}) {
      for (const auto& side : partition.sides) {
        for (const std::string& a : side) {
          for (const std::string& b : side) EXPECT_FALSE(cut(partition, a, b)) << a << " " << b;
        }
      }
    }
  }
}

}  // namespace
}  // namespace nemesis
