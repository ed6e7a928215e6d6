// From values to small numbers: an array where values are dense, as counters make them, else a hash table.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "checkers/linear/linearizability.h"

namespace checkers::linear {

class ValueTable {
 public:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  // For at most `count` values, none below `least` or above `greatest`.
  ValueTable(size_t count, Value least, Value greatest) : least_(static_cast<uint64_t>(least)) {
    const uint64_t range = static_cast<uint64_t>(greatest) - least_;
    if (count == 0 || range < 4 * count + 64) {
      dense_.assign(count == 0 ? 0 : range + 1, kNone);
    } else {
      size_t size = 4;
      while (size < 2 * count) size *= 2;
      hashed_.assign(size, {0, kNone});
    }
  }

  // False if the value is there already.
  bool insert(Value value, uint32_t number) {
    uint32_t& at = hashed_.empty() ? dense_[static_cast<uint64_t>(value) - least_] : slot(value);
    if (at != kNone) return false;
    at = number;
    return true;
  }

  uint32_t find(Value value) const {
    if (!hashed_.empty()) {
      for (size_t i = hash(value);; ++i) {
        const Entry& entry = hashed_[i & (hashed_.size() - 1)];
        if (entry.number == kNone || entry.value == value) return entry.number;
      }
    }
    const uint64_t offset = static_cast<uint64_t>(value) - least_;
    return offset < dense_.size() ? dense_[offset] : kNone;
  }

 private:
  struct Entry {
    Value value;
    uint32_t number;
  };

  static uint64_t hash(Value value) {
    const uint64_t mixed = static_cast<uint64_t>(value) * 0x9E3779B97F4A7C15u;
    return mixed ^ (mixed >> 32);
  }

  uint32_t& slot(Value value) {
    for (size_t i = hash(value);; ++i) {
      Entry& entry = hashed_[i & (hashed_.size() - 1)];
      if (entry.number == kNone) entry.value = value;
      if (entry.value == value) return entry.number;
    }
  }

  uint64_t least_;
  std::vector<uint32_t> dense_;
  std::vector<Entry> hashed_;
};

}  // namespace checkers::linear
