// Carts and sets in one vocabulary: a set is a cart without quantities, whose items are called members. An entry is a
// line of what a read showed, an operation's argument, or a replica's version (docs/history.md).
#pragma once

#include <string_view>

#include "checkers/history.h"

namespace checkers {

enum class Collection { kCart, kSet };
inline Collection collection_of(const TestInfo& test) {
  return test.workload == "set" ? Collection::kSet : Collection::kCart;
}

// What an entry is about; null if it is about no item.
inline const Value& item_of(const Value& entry) {
  const Value& item = entry["item"];
  return item.is_null() ? entry["member"] : item;
}

// The additions that a shown entry consists of: visit(tag, quantity).
template <typename Visit>
void for_each_tag(const Value& entry, Visit visit) {
  const Value& tags = entry["tags"];
  for (const auto& [tag, quantity] : tags.map()) visit(tag, quantity.integer());
  for (const Value& tag : tags.list()) visit(tag.string(), int64_t{1});
}

}  // namespace checkers
