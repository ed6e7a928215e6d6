// Small numbers for things in order of first sight: what is done a million times (whose process, which key, which
// value) takes one look here, and arrays from there on. Both tables hold the numbers that their caller gives out.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace checkers {

inline constexpr uint32_t kNoNumber = 0xffffffff;

// Integers that are dense, as processes and counted values are, need no hash; and what was numbered of late lies close
// together in memory.
class IntegerTable {
 public:
  // The number of `value`; if it has none yet, from now on `fresh`.
  uint32_t number(int64_t value, uint32_t fresh) {
    const auto offset = static_cast<uint64_t>(value);
    if (offset < dense_.size() && dense_[offset] != kNoNumber) return dense_[offset];
    if (hashed_count_ > 0) {
      if (const uint32_t known = hashed_[slot(value)].number; known != kNoNumber) return known;
    }
    ++count_;
    if (offset < 4 * (count_ + 256)) {
      if (offset >= dense_.size()) dense_.resize(2 * offset + 1, kNoNumber);
      return dense_[offset] = fresh;
    }
    if (2 * (hashed_count_ + 1) > hashed_.size()) grow();
    hashed_[slot(value)] = {value, fresh};
    ++hashed_count_;
    return fresh;
  }
  // kNoNumber: it has none.
  uint32_t find(int64_t value) const {
    const auto offset = static_cast<uint64_t>(value);
    if (offset < dense_.size() && dense_[offset] != kNoNumber) return dense_[offset];
    return hashed_count_ == 0 ? kNoNumber : hashed_[slot(value)].number;
  }

 private:
  struct Entry {
    int64_t value = 0;
    uint32_t number = kNoNumber;
  };

  // Where it is, or where it would be put.
  size_t slot(int64_t value) const {
    const uint64_t mixed = static_cast<uint64_t>(value) * 0x9E3779B97F4A7C15u;
    for (size_t i = mixed ^ mixed >> 32;; ++i) {
      const Entry& entry = hashed_[i & (hashed_.size() - 1)];
      if (entry.number == kNoNumber || entry.value == value) return i & (hashed_.size() - 1);
    }
  }
  void grow() {
    std::vector<Entry> old(hashed_.empty() ? 16 : 2 * hashed_.size());
    old.swap(hashed_);
    for (const Entry& entry : old) {
      if (entry.number != kNoNumber) hashed_[slot(entry.value)] = entry;
    }
  }

  std::vector<uint32_t> dense_;  // by value
  std::vector<Entry> hashed_;    // a power of two, at most half full
  size_t count_ = 0;
  size_t hashed_count_ = 0;
};

// Texts are not copied: they must live on.
class TextTable {
 public:
  uint32_t number(std::string_view text, uint32_t fresh) {
    if (2 * (count_ + 1) > entries_.size()) grow();
    const uint64_t hash = hash_of(text);
    Entry& entry = entries_[slot(text, hash)];
    if (entry.number == kNoNumber) {
      entry = {hash, text, fresh};
      ++count_;
    }
    return entry.number;
  }
  uint32_t find(std::string_view text) const {
    return count_ == 0 ? kNoNumber : entries_[slot(text, hash_of(text))].number;
  }

 private:
  struct Entry {
    uint64_t hash = 0;
    std::string_view text = {};
    uint32_t number = kNoNumber;
  };

  static uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }
  size_t slot(std::string_view text, uint64_t hash) const {
    for (size_t i = hash;; ++i) {
      const Entry& entry = entries_[i & (entries_.size() - 1)];
      if (entry.number == kNoNumber || (entry.hash == hash && entry.text == text)) return i & (entries_.size() - 1);
    }
  }
  void grow() {
    std::vector<Entry> old(entries_.empty() ? 16 : 2 * entries_.size());
    old.swap(entries_);
    for (const Entry& entry : old) {
      if (entry.number != kNoNumber) entries_[slot(entry.text, entry.hash)] = entry;
    }
  }

  std::vector<Entry> entries_;  // a power of two, at most half full
  size_t count_ = 0;
};

}  // namespace checkers
