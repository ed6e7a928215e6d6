#include "checkers/cart_history.h"

#include <algorithm>

namespace checkers {

CartHistory::CartHistory(const KeyOperations& key) {
  for (const Operation* operation : key.operations) {
    if (operation->f() == "add") note_addition(*operation);
    if (operation->f() == "read" && operation->ok()) reads_.push_back(operation);
  }
  for (const Operation* operation : key.operations) {
    if (operation->f() == "remove" && !operation->failed()) note_removal(*operation);
  }
  hide_by_blind_removals();
}

void CartHistory::note_addition(const Operation& operation) {
  const Value& argument = operation.argument();
  const Value& tag = argument["tag"].is_string() ? argument["tag"] : operation.result()["tag"];
  if (!tag.is_string()) {
    if (!operation.failed()) ++untagged_[{argument["item"].string(), argument["quantity"].integer()}];
    return;
  }
  // Sessions number their operations without gaps: the tag of an addition that failed may be used again.
  const auto [found, fresh] = by_tag_.emplace(tag.string(), additions_.size());
  if (!fresh && additions_[found->second].operation->failed()) found->second = additions_.size();
  additions_.push_back({&operation, tag.string(), argument["item"].string(), argument["quantity"].integer()});
}

void CartHistory::hide(std::string_view tag, int64_t from) {
  const auto found = by_tag_.find(tag);
  if (found == by_tag_.end()) return;
  Addition& addition = additions_[found->second];
  addition.hidden_from = std::min(addition.hidden_from, from);
}

void CartHistory::note_removal(const Operation& operation) {
  const std::string_view item = operation.argument()["item"].string();
  ++removals_[item];
  acknowledged_removals_ += operation.ok();
  for (const Value& tag : operation.result()["removed"].list()) {
    hide(tag.string(), operation.invoked);
    const auto found = by_tag_.find(tag.string());
    if (found == by_tag_.end()) continue;
    const Operation*& by = additions_[found->second].removed_by;
    if (by == nullptr || operation.returned < by->returned) by = &operation;
  }
  const Value& observed = operation.field("observed");
  if (observed.is_list()) {  // it carried a context, and can hide nothing else
    for (const Value& tag : observed.list()) hide(tag.string(), operation.invoked);
    return;
  }
  // It looked for itself. One acknowledged at its only attempt has named all that it hid; else an attempt that nobody
  // heard of may have hidden whatever it found, until the removal was over.
  if (operation.ok() && operation.attempts() <= 1) {
    looking_removals_.push_back(&operation);
    return;
  }
  blind_removals_[item].emplace_back(operation.returned, operation.invoked);
}

// An addition may be hidden by every blind removal that was not over when it began; the first to begin counts.
void CartHistory::hide_by_blind_removals() {
  for (auto& entry : blind_removals_) {
    auto& removals = entry.second;
    std::sort(removals.begin(), removals.end());
    for (size_t i = removals.size() - 1; i > 0; --i)
      removals[i - 1].second = std::min(removals[i - 1].second, removals[i].second);
  }
  for (Addition& addition : additions_) {
    const auto found = blind_removals_.find(addition.item);
    if (found == blind_removals_.end()) continue;
    const auto& removals = found->second;
    const auto first =
        std::upper_bound(removals.begin(), removals.end(), std::pair(addition.operation->invoked, kNever));
    if (first != removals.end()) addition.hidden_from = std::min(addition.hidden_from, first->second);
  }
}

int64_t CartHistory::removals_of(std::string_view item) const {
  const auto found = removals_.find(item);
  return found == removals_.end() ? 0 : found->second;
}

const Addition* CartHistory::find(std::string_view tag) const {
  const auto found = by_tag_.find(tag);
  return found == by_tag_.end() ? nullptr : &additions_[found->second];
}

bool CartHistory::has_untagged(std::string_view item, int64_t quantity) const {
  return untagged_.count({item, quantity}) > 0;
}

}  // namespace checkers
