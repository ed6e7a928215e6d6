// The Merkle tree against a plain map: whatever was put and erased, in whatever order.
#include "node/replica/tree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "node/base/hash.h"

namespace node {
namespace {

uint64_t digest_of(const std::string& key, const std::string& bytes) { return hash64(bytes, hash64(key)); }

// Few slots, so that leaves split.
std::string some_key() {
  const auto slot = static_cast<Slot>(*rc::gen::inRange(0, 2));
  return storage_key(slot, std::to_string(*rc::gen::inRange(0, 400)));
}

std::set<std::string> keys_in(const Tree& tree, const Region& region) {
  std::set<std::string> keys;
  tree.each(region, [&](const Tree::Item& item) { return keys.emplace(item.key).second; });
  return keys;
}

RC_GTEST_PROP(TreeProperty, HoldsWhatAMapHoldsAndItsDigestsAreTheXorOfWhatIsBelow, ()) {
  Tree tree;
  std::map<std::string, std::string> model;
  const int steps = *rc::gen::inRange(0, 600);
  for (int i = 0; i < steps; ++i) {
    const std::string key = some_key();
    if (*rc::gen::inRange(0, 4) == 0) {
      tree.erase(key, Instant{0});
      model.erase(key);
    } else {
      const std::string bytes = std::to_string(i);
      tree.put(key, bytes, digest_of(key, bytes), Instant{0});
      model[key] = bytes;
    }
  }
  RC_ASSERT(tree.size() == model.size());
  size_t bytes = 0;
  std::map<Slot, uint64_t> digests;
  for (const auto& [key, value] : model) {
    const auto item = tree.find(key);
    RC_ASSERT(item.has_value());
    RC_ASSERT(item->bytes == value);
    bytes += key.size() + value.size();
    digests[slot_of_storage_key(key)] ^= digest_of(key, value);
  }
  RC_ASSERT(tree.bytes() == bytes);
  RC_ASSERT(!tree.find(storage_key(0, "never put")));
  for (Slot slot : {Slot{0}, Slot{1}}) {
    const Region whole{slot, 0, 0};
    RC_ASSERT(tree.digest(slot) == digests[slot]);
    RC_ASSERT(tree.digest(whole) == digests[slot]);
    RC_ASSERT(tree.count(whole) == keys_in(tree, whole).size());
    uint64_t parts = 0;
    size_t count = 0;
    for (unsigned a = 0; a < 16; ++a) {
      uint64_t deeper = 0;
      for (unsigned b = 0; b < 16; ++b) deeper ^= tree.digest(whole.child(a).child(b));
      RC_ASSERT(deeper == tree.digest(whole.child(a)));
      parts ^= deeper;
      count += tree.count(whole.child(a));
    }
    RC_ASSERT(parts == digests[slot]);
    RC_ASSERT(count == tree.count(whole));
  }
}

// Row CH3: trees by slot do not depend on who owns what.
RC_GTEST_PROP(TreeProperty, EqualSetsHaveEqualDigestsHoweverTheyCameAbout, ()) {
  Tree grown, shrunk;
  for (int i = 0; i < 200; ++i) {
    const std::string key = storage_key(7, std::to_string(i));
    shrunk.put(key, "x", digest_of(key, "x"), Instant{0});
    if (i < 20) grown.put(key, "x", digest_of(key, "x"), Instant{0});
  }
  for (int i = 20; i < 200; ++i)
    shrunk.erase(storage_key(7, std::to_string(i)), Instant{0});  // split, and nearly empty
  const unsigned nibble = *rc::gen::inRange(0u, 16u);
  const Region part = Region{7, 0, 0}.child(nibble);
  RC_ASSERT(grown.digest(Region{7, 0, 0}) == shrunk.digest(Region{7, 0, 0}));
  RC_ASSERT(grown.digest(part) == shrunk.digest(part));
  RC_ASSERT(keys_in(grown, part) == keys_in(shrunk, part));
}

RC_GTEST_PROP(TreeProperty, APageGoesOnWhereTheLastOneEnded, ()) {
  Tree tree;
  std::set<std::string> model;
  const int keys = *rc::gen::inRange(0, 300);
  for (int i = 0; i < keys; ++i) {
    const std::string key = some_key();
    tree.put(key, "x", 1, Instant{0});
    model.insert(key);
  }
  std::set<std::string> seen;
  std::string from;
  bool more = true;
  while (more) {
    int left = 7;
    more = !tree.each_from(from, [&](const Tree::Item& item) {
      if (left-- == 0) {
        from = item.key;
        return false;
      }
      return seen.emplace(item.key).second;
    });
  }
  RC_ASSERT(seen == model);
}

TEST(Tree, NamesTheSlotsThatWereChangedSinceTheLastTimeEachOnce) {
  Tree tree;
  EXPECT_TRUE(tree.take_changed().empty());
  for (const char* key : {"a", "b", "a"}) tree.put(storage_key(7, key), "v", 1, Instant{0});
  tree.put(storage_key(9, "a"), "v", 1, Instant{0});
  EXPECT_EQ(tree.take_changed(), (std::vector<Slot>{7, 9}));
  EXPECT_TRUE(tree.take_changed().empty());
  tree.erase(storage_key(9, "a"), Instant{0});
  tree.erase(storage_key(9, "never put"), Instant{0});
  EXPECT_EQ(tree.take_changed(), std::vector<Slot>{9});
}

}  // namespace
}  // namespace node
