#include "checkers/value_ids.h"

#include <algorithm>

#include "checkers/formats/edn.h"

namespace checkers {
namespace {

enum class Table { kNull, kIntegers, kTexts, kOthers };

// A keyword is no string, though it has a text; 7N is 7.
Table table_of(const Value& value) {
  const bool notated = value.notation() != nullptr && value.notation()->kind != Notation::Kind::kNumber;
  if (notated) return Table::kOthers;
  return value.is_int()      ? Table::kIntegers
         : value.is_string() ? Table::kTexts
         : value.is_null()   ? Table::kNull
                             : Table::kOthers;
}

}  // namespace

uint32_t ValueIds::id(const Value& value) {
  uint32_t number = 0;
  switch (table_of(value)) {
    case Table::kNull:
      number = null_ = std::min(null_, size_);
      break;
    case Table::kIntegers:
      number = integers_.number(value.integer(), size_);
      break;
    case Table::kTexts:
      number = texts_.number(value.string(), size_);
      break;
    case Table::kOthers:
      number = others_.emplace(canonical_text(value), size_).first->second;
  }
  size_ += number == size_;
  return number;
}

uint32_t ValueIds::find(const Value& value) const {
  switch (table_of(value)) {
    case Table::kNull:
      return null_;
    case Table::kIntegers:
      return integers_.find(value.integer());
    case Table::kTexts:
      return texts_.find(value.string());
    default:
      break;
  }
  const auto found = others_.find(canonical_text(value));
  return found == others_.end() ? kNoNumber : found->second;
}

}  // namespace checkers
