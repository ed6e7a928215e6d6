// Items by key, in the leaves of a Merkle tree (Dynamo §4.7): two nodes find what differs between them by comparing
// digests from the root of each slot down.
//
// A slot's leaf splits sixteen ways when it holds more than some tens of items, by the next four bits of the hash of
// the key; so a key is found by its slot, its hash and a short search. A digest is the XOR of the digests below it, so
// that a write changes one number on each level and nothing is ever rebuilt; and it is the digest of a set, the same
// however the set is split, so that trees of different shapes compare.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/base/time.h"
#include "node/options.h"
#include "node/replica/stored_key.h"
#include "node/ring/region.h"

namespace node {

class Tree {
 public:
  struct Item {            // valid until the next change
    uint64_t hash = 0;     // of the key
    uint64_t digest = 0;   // of key and bytes
    std::string_view key;  // of storage
    std::string_view bytes;
  };

  explicit Tree(size_t leaf_items = Limits{}.leaf_items);
  ~Tree();

  std::optional<Item> find(const StoredKey& key) const;
  void put(const StoredKey& key, std::string_view bytes, uint64_t digest, Instant now);
  void erase(const StoredKey& key, Instant now);

  size_t size() const { return size_; }
  size_t bytes() const { return bytes_; }  // of all keys and values
  uint64_t digest(Slot slot) const { return digests_[slot]; }
  // How often an empty slot got an item: who looks for slots that hold something need not look again before it grows.
  uint64_t filled() const { return filled_; }
  bool empty(Slot slot) const { return slots_[slot] == nullptr || slots_[slot]->count == 0; }
  // The next slot that holds something, this one or behind it; kSlots: none.
  unsigned next_filled(unsigned slot) const;
  uint64_t digest(const Region& region) const;
  Instant changed(Slot slot) const { return changed_[slot]; }  // the last time
  // The slots that were changed since the last call, each once.
  std::vector<Slot> take_changed();
  size_t count(const Region& region) const;

  // Calls visit(item) for each item of the region in the order of hash and key, until it returns false.
  template <typename Visit>
  bool each(const Region& region, Visit visit) const {
    const Branch& branch = closest(region);
    return each_below(branch, region, visit);
  }
  // The items of the slot of this key (there or not), from it on. A slot's number alone, as a key, comes before all.
  template <typename Visit>
  bool each_in_slot_from(const StoredKey& key, Visit visit) const {
    return each({key.slot(), 0, 0}, [&](const Item& item) {
      return (key.bytes.size() > kSlotBytes && before(item.hash, item.key, key)) || visit(item);
    });
  }
  // All items from this key on; an empty one comes before all.
  template <typename Visit>
  bool each_from(const std::string& key, Visit visit) const {
    const StoredKey from = key.size() < kSlotBytes ? storage_key(0, "") : key;
    if (!each_in_slot_from(from, visit)) return false;
    for (unsigned slot = next_filled(from.slot() + 1u); slot < kSlots; slot = next_filled(slot + 1)) {
      if (!each({static_cast<Slot>(slot), 0, 0}, visit)) return false;
    }
    return true;
  }

 private:
  // Small, so that those of a leaf lie close together, and with key and bytes in one piece: most of what it takes to
  // find an item is to wait for memory that was not used lately.
  struct Kept {
    uint64_t hash = 0;
    uint64_t digest = 0;
    std::unique_ptr<char[]> text;  // the key, and behind it the bytes
    uint32_t key_size = 0;
    uint32_t bytes_size = 0;

    std::string_view key() const { return {text.get(), key_size}; }
    Item item() const { return {hash, digest, key(), {text.get() + key_size, bytes_size}}; }
    bool is(const StoredKey& other) const { return hash == other.hash && key() == other.bytes; }
  };
  struct Branch {
    uint64_t digest = 0;
    size_t count = 0;
    std::vector<Kept> items;                           // of a leaf, by hash and key
    std::unique_ptr<std::array<Branch, 16>> children;  // else
  };

  static constexpr size_t kSlotBytes = 2;
  static bool before(uint64_t hash, std::string_view key, const StoredKey& other) {
    return hash != other.hash ? hash < other.hash : key < other.bytes;
  }
  static unsigned nibble(uint64_t hash, unsigned depth) { return static_cast<unsigned>(hash >> (60 - 4 * depth)) & 15; }
  // Where the key is, or belongs.
  static size_t place_of(const std::vector<Kept>& items, const StoredKey& key);
  Branch& branch_of(Slot slot);
  void change(Slot slot, uint64_t digest, Instant now);
  void mark(Slot slot, bool holds);
  // The branch that holds the region, and perhaps more than it.
  const Branch& closest(const Region& region) const;
  static void split(Branch& leaf, unsigned depth);

  template <typename Visit>
  static bool each_below(const Branch& branch, const Region& region, Visit& visit) {
    if (branch.children == nullptr) {
      for (const Kept& kept : branch.items) {
        if (region.contains(kept.hash) && !visit(kept.item())) return false;
      }
      return true;
    }
    for (const Branch& child : *branch.children) {
      if (!each_below(child, region, visit)) return false;
    }
    return true;
  }

  size_t leaf_items_;
  std::vector<std::unique_ptr<Branch>> slots_;  // null: empty so far
  // Of whole slots, side by side: anti-entropy looks through all of them.
  std::vector<uint64_t> digests_;
  std::vector<Instant> changed_;
  std::vector<uint64_t> holds_;  // a bit for each slot that holds something
  std::vector<Slot> news_;       // changed since they were last taken
  std::vector<bool> is_news_;
  size_t size_ = 0;
  size_t bytes_ = 0;
  uint64_t filled_ = 0;
};

}  // namespace node
