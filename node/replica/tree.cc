#include "node/replica/tree.h"

#include <algorithm>
#include <utility>

#include "node/base/hash.h"

namespace node {

std::string storage_key(Slot slot, const std::string& key) {
  std::string bytes;
  bytes.reserve(key.size() + 2);
  bytes.push_back(static_cast<char>(slot >> 8));
  bytes.push_back(static_cast<char>(slot & 0xff));
  bytes += key;
  return bytes;
}

Slot slot_of_storage_key(const std::string& storage_key) {
  return static_cast<Slot>(static_cast<unsigned char>(storage_key[0]) << 8 |
                           static_cast<unsigned char>(storage_key[1]));
}

std::string key_of_storage_key(const std::string& storage_key) { return storage_key.substr(2); }

Tree::Tree(size_t leaf_items)
    : leaf_items_(leaf_items),
      slots_(kSlots),
      digests_(kSlots, 0),
      changed_(kSlots, Instant{0}),
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

std::vector<Slot> Tree::take_changed() {
  for (Slot slot : news_) is_news_[slot] = false;
  return std::exchange(news_, {});
}

uint64_t Tree::hash_of(const std::string& key) { return hash64(key); }

const Tree::Item* Tree::find(const std::string& key) const {
  const uint64_t hash = hash_of(key);
  const Branch* branch = slots_[slot_of(key)].get();
  if (branch == nullptr) return nullptr;
  for (unsigned depth = 0; branch->children != nullptr; ++depth) branch = &(*branch->children)[nibble(hash, depth)];
  for (const Item& item : branch->items) {
    if (item.hash == hash && item.key == key) return &item;
  }
  return nullptr;
}

void Tree::put(const std::string& key, std::string bytes, uint64_t digest, Instant now) {
  const uint64_t hash = hash_of(key);
  const Item* old = find(key);
  const uint64_t change = old == nullptr ? digest : digest ^ old->digest;
  bytes_ += bytes.size() - (old == nullptr ? 0 : old->bytes.size());
  Branch* branch = &branch_of(slot_of(key));
  this->change(slot_of(key), change, now);
  unsigned depth = 0;
  while (true) {
    branch->digest ^= change;
    branch->count += old == nullptr;
    if (branch->children == nullptr) break;
    branch = &(*branch->children)[nibble(hash, depth++)];
  }
  auto place = std::lower_bound(branch->items.begin(), branch->items.end(), hash,
                                [&](const Item& item, uint64_t h) { return before(item, h, key); });
  if (old != nullptr) {
    place->digest = digest;
    place->bytes = std::move(bytes);
    return;
  }
  ++size_;
  bytes_ += key.size();
  branch->items.insert(place, Item{hash, digest, key, std::move(bytes)});
  if (branch->items.size() > leaf_items_ && depth < Region::kDeepest) split(*branch, depth);
}

void Tree::split(Branch& leaf, unsigned depth) {
  leaf.children = std::make_unique<std::array<Branch, 16>>();
  for (Item& item : leaf.items) {
    Branch& child = (*leaf.children)[nibble(item.hash, depth)];
    child.digest ^= item.digest;
    ++child.count;
    child.items.push_back(std::move(item));
  }
  leaf.items = {};
}

void Tree::erase(const std::string& key, Instant now) {
  const Item* old = find(key);
  if (old == nullptr) return;
  const uint64_t hash = old->hash;
  const uint64_t digest = old->digest;
  --size_;
  bytes_ -= key.size() + old->bytes.size();
  Branch* branch = &branch_of(slot_of(key));
  change(slot_of(key), digest, now);
  for (unsigned depth = 0;; ++depth) {
    branch->digest ^= digest;
    --branch->count;
    if (branch->children == nullptr) break;
    branch = &(*branch->children)[nibble(hash, depth)];
  }
  branch->items.erase(branch->items.begin() + (old - branch->items.data()));
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
  for (const Item& item : branch.items) {
    if (region.contains(item.hash)) digest ^= item.digest;
  }
  return digest;
}

size_t Tree::count(const Region& region) const {
  const Branch& branch = closest(region);
  if (branch.children != nullptr) return branch.count;
  return static_cast<size_t>(std::count_if(branch.items.begin(), branch.items.end(),
                                           [&](const Item& item) { return region.contains(item.hash); }));
}

}  // namespace node
