// A part of a slot that two nodes compare, or one hands to another.
#pragma once

#include <cstdint>

#include "node/ring/ring.h"

namespace node {

// The keys of a slot whose hashes begin with these bits. Depth 0 is the whole slot.
struct Region {
  static constexpr unsigned kDeepest = 16;  // all bits of the hash

  Slot slot = 0;
  uint8_t depth = 0;    // how many nibbles of the hash
  uint64_t prefix = 0;  // these, in the upper bits; the others are 0

  bool contains(uint64_t hash) const { return depth == 0 || (hash ^ prefix) >> (64 - 4 * depth) == 0; }
  Region child(unsigned nibble) const {
    return {slot, static_cast<uint8_t>(depth + 1), prefix | uint64_t{nibble} << (60 - 4 * depth)};
  }
  friend bool operator==(const Region&, const Region&) = default;
};

}  // namespace node
