#include "node/replica/tree.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace node {

namespace {
constexpr unsigned kWord = 64;
}  // namespace

Tree::Tree(size_t leaf_items)
    : leaf_items_(leaf_items),
      slots_(kSlots),
      digests_(kSlots, 0),
      changed_(kSlots, Instant{0}),
      holds_(kSlots / kWord, 0),
      is_news_(kSlots, false) {}
Tree::~Tree() = default;

Tree::Branch& Tree::branch_of(Slot slot) {
  if (slots_[slot] == nullptr) slots_[slot] = std::make_unique<Branch>();
  return *slots_[slot];
}

void Tree::change(Slot slot, uint64_t digest, Instant now) {
  digests_[slot] ^= digest;
  changed_[slot] = now;
  if (is_news_[slot]) return;
  is_news_[slot] = true;
  news_.push_back(slot);
}

void Tree::mark(Slot slot, bool holds) {
  const uint64_t bit = uint64_t{1} << slot % kWord;
  uint64_t& word = holds_[slot / kWord];
  word = holds ? word | bit : word & ~bit;
}

unsigned Tree::next_filled(unsigned slot) const {
  while (slot < kSlots) {
    const uint64_t here = holds_[slot / kWord] >> slot % kWord;
    if (here != 0) return slot + static_cast<unsigned>(std::countr_zero(here));
    slot += kWord - slot % kWord;
  }
  return kSlots;
}

std::vector<Slot> Tree::take_changed() {
  for (Slot slot : news_) is_news_[slot] = false;
  return std::exchange(news_, {});
}

size_t Tree::place_of(const std::vector<Kept>& items, const StoredKey& key) {
  const auto place = std::lower_bound(items.begin(), items.end(), key, [](const Kept& kept, const StoredKey& other) {
    return before(kept.hash, kept.key(), other);
  });
  return static_cast<size_t>(place - items.begin());
}

std::optional<Tree::Item> Tree::find(const StoredKey& key) const {
  const Branch* branch = slots_[key.slot()].get();
  if (branch == nullptr) return std::nullopt;
  for (unsigned depth = 0; branch->children != nullptr; ++depth) branch = &(*branch->children)[nibble(key.hash, depth)];
  const size_t place = place_of(branch->items, key);
  if (place == branch->items.size() || !branch->items[place].is(key)) return std::nullopt;
  return branch->items[place].item();
}

void Tree::put(const StoredKey& key, std::string_view bytes, uint64_t digest, Instant now) {
  const uint64_t hash = key.hash;
  Branch& root = branch_of(key.slot());
  Branch* leaf = &root;
  unsigned depth = 0;
  while (leaf->children != nullptr) leaf = &(*leaf->children)[nibble(hash, depth++)];
  const size_t place = place_of(leaf->items, key);
  const bool known = place < leaf->items.size() && leaf->items[place].is(key);
  const uint64_t change = known ? digest ^ leaf->items[place].digest : digest;
  this->change(key.slot(), change, now);
  if (root.count == 0) {
    ++filled_;
    mark(key.slot(), true);
  }
  Branch* branch = &root;
  for (unsigned above = 0;; branch = &(*branch->children)[nibble(hash, above++)]) {
    branch->digest ^= change;
    branch->count += !known;
    if (branch == leaf) break;
  }
  if (!known) {
    ++size_;
    bytes_ += key.bytes.size();
    leaf->items.insert(leaf->items.begin() + static_cast<std::ptrdiff_t>(place), Kept{hash, 0, nullptr, 0, 0});
  }
  Kept& kept = leaf->items[place];
  bytes_ += bytes.size() - kept.bytes_size;
  if (!known || bytes.size() != kept.bytes_size) {
    kept.text = std::make_unique_for_overwrite<char[]>(key.bytes.size() + bytes.size());
    kept.key_size = static_cast<uint32_t>(key.bytes.copy(kept.text.get(), key.bytes.size()));
    kept.bytes_size = static_cast<uint32_t>(bytes.size());
  }
  bytes.copy(kept.text.get() + kept.key_size, bytes.size());
  kept.digest = digest;
  if (leaf->items.size() > leaf_items_ && depth < Region::kDeepest) split(*leaf, depth);
}

void Tree::split(Branch& leaf, unsigned depth) {
  leaf.children = std::make_unique<std::array<Branch, 16>>();
  for (Kept& kept : leaf.items) {
    Branch& child = (*leaf.children)[nibble(kept.hash, depth)];
    child.digest ^= kept.digest;
    ++child.count;
    child.items.push_back(std::move(kept));
  }
  leaf.items = std::vector<Kept>();
}

void Tree::erase(const StoredKey& key, Instant now) {
  const std::optional<Item> old = find(key);
  if (!old) return;
  const uint64_t digest = old->digest;
  --size_;
  bytes_ -= key.bytes.size() + old->bytes.size();
  Branch* branch = &branch_of(key.slot());
  change(key.slot(), digest, now);
  if (branch->count == 1) mark(key.slot(), false);
  for (unsigned depth = 0;; ++depth) {
    branch->digest ^= digest;
    --branch->count;
    if (branch->children == nullptr) break;
    branch = &(*branch->children)[nibble(key.hash, depth)];
  }
  branch->items.erase(branch->items.begin() + static_cast<std::ptrdiff_t>(place_of(branch->items, key)));
}

const Tree::Branch& Tree::closest(const Region& region) const {
  static const Branch kNothing;
  const Branch* branch = slots_[region.slot] == nullptr ? &kNothing : slots_[region.slot].get();
  for (unsigned depth = 0; depth < region.depth && branch->children != nullptr; ++depth) {
    branch = &(*branch->children)[nibble(region.prefix, depth)];
  }
  return *branch;
}

uint64_t Tree::digest(const Region& region) const {
  const Branch& branch = closest(region);
  if (branch.children != nullptr) return branch.digest;  // then it is exactly the region
  uint64_t digest = 0;
  for (const Kept& kept : branch.items) {
    if (region.contains(kept.hash)) digest ^= kept.digest;
  }
  return digest;
}

size_t Tree::count(const Region& region) const {
  const Branch& branch = closest(region);
  if (branch.children != nullptr) return branch.count;
  return static_cast<size_t>(std::count_if(branch.items.begin(), branch.items.end(),
                                           [&](const Kept& kept) { return region.contains(kept.hash); }));
}

}  // namespace node
