// One cart or set as its clients saw it: additions by tag, and what may have hidden each of them. Shared by the
// checkers cart and set and by quorum-reads.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "checkers/collections/entries.h"
#include "checkers/operations.h"

namespace checkers {

struct Addition {
  const Operation* operation = nullptr;
  std::string_view tag;
  std::string_view item;
  int64_t quantity = 0;                   // 1 in a set
  const Operation* removed_by = nullptr;  // the first acknowledged removal that named it
  int64_t hidden_from = kNever;           // when the first removal began that may have hidden it

  bool may_be_hidden() const { return hidden_from != kNever; }
};

class CartHistory {
 public:
  CartHistory(const KeyOperations& key, Collection collection);

  Collection collection() const { return collection_; }

  const std::vector<Addition>& additions() const { return additions_; }  // in order of invocation
  const std::vector<const Operation*>& reads() const { return reads_; }  // answered ones
  // Acknowledged removals that looked for themselves, and hence name all that they found.
  const std::vector<const Operation*>& looking_removals() const { return looking_removals_; }
  // Acknowledged removals that looked for themselves and told nobody what they found.
  const std::vector<const Operation*>& silent_removals() const { return silent_removals_; }
  // Was another removal of its item under way at the same time? Then what this one did not find may be gone by the
  // other, which not every replica has heard of yet.
  bool beside_another(const Operation& removal) const;
  int64_t acknowledged_removals() const { return acknowledged_removals_; }
  int64_t removals_of(std::string_view item) const;  // that may have taken effect

  const Addition* find(std::string_view tag) const;
  // Did an addition without a tag of its own, whose outcome is unknown, add this?
  bool has_untagged(std::string_view item, int64_t quantity) const;
  // When the first addition of the item began that may have taken effect.
  int64_t first_attempt(std::string_view item) const;

 private:
  void note_addition(const Operation& operation);
  void note_removal(const Operation& operation);
  void hide(std::string_view tag, int64_t from);
  void hide_by_blind_removals();
  void hide_with_those_that_superseded();

  const Collection collection_;
  std::vector<Addition> additions_;
  std::unordered_map<std::string_view, size_t> by_tag_;
  std::vector<const Operation*> reads_;
  std::vector<const Operation*> looking_removals_;
  std::vector<const Operation*> silent_removals_;
  std::unordered_map<std::string_view, std::vector<const Operation*>> removals_;  // that may have taken effect
  std::unordered_map<std::string_view, int64_t> first_attempts_;
  // Per item, removals that may have hidden whatever they found: (when over, when begun).
  std::unordered_map<std::string_view, std::vector<std::pair<int64_t, int64_t>>> blind_removals_;
  std::map<std::pair<std::string_view, int64_t>, int64_t> untagged_;
  int64_t acknowledged_removals_ = 0;
};

}  // namespace checkers
