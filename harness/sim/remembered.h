// What the world remembers by a hash, for a while: when it holds so much, it forgets all, which is the same in every
// run. Looked up only, never gone through. A flat table, for a million events a second ask it.
#pragma once

#include <cstdint>
#include <vector>

namespace harness::sim {

class Remembered {
 public:
  // What is remembered of this, to be changed at will; else `first` from now on.
  uint64_t& at(uint64_t hash, uint64_t first) {
    if (count_ >= kMost) *this = {};
    if (2 * count_ >= slots_.size()) grow();
    Slot& slot = slot_of(slots_, hash);
    if (!slot.taken) {
      slot = {hash, first, true};
      ++count_;
    }
    return slot.value;
  }

 private:
  static constexpr size_t kMost = 1u << 16;
  struct Slot {
    uint64_t hash = 0;
    uint64_t value = 0;
    bool taken = false;
  };

  static Slot& slot_of(std::vector<Slot>& slots, uint64_t hash) {
    size_t at = hash & (slots.size() - 1);
    while (slots[at].taken && slots[at].hash != hash) at = (at + 1) & (slots.size() - 1);
    return slots[at];
  }
  void grow() {
    std::vector<Slot> larger(slots_.empty() ? 256 : 2 * slots_.size());
    for (const Slot& slot : slots_) {
      if (slot.taken) slot_of(larger, slot.hash) = slot;
    }
    slots_ = std::move(larger);
  }

  std::vector<Slot> slots_;  // a power of two of them, at most half of them taken
  size_t count_ = 0;
};

}  // namespace harness::sim
