#include "checkers/collections/cart_history.h"

#include <algorithm>

namespace checkers {

CartHistory::CartHistory(const KeyOperations& key, Collection collection) : collection_(collection) {
  for (const Operation* operation : key.operations) {
    if (operation->f() == "add") note_addition(*operation);
    if (operation->f() == "read" && operation->ok()) reads_.push_back(operation);
  }
  for (const Operation* operation : key.operations) {
    if (operation->f() == "remove" && !operation->failed()) note_removal(*operation);
  }
  hide_by_blind_removals();
  if (collection_ == Collection::kSet) hide_with_those_that_superseded();
}

void CartHistory::note_addition(const Operation& operation) {
  const Value& argument = operation.argument();
  const std::string_view item = item_of(argument).string();
  const int64_t quantity = argument["quantity"].is_int() ? argument["quantity"].integer() : 1;
  if (!operation.failed()) first_attempts_.emplace(item, operation.invoked);
  const Value& tag = argument["tag"].is_string() ? argument["tag"] : operation.result()["tag"];
  if (!tag.is_string()) {
    if (!operation.failed()) ++untagged_[{item, quantity}];
    return;
  }
  // Sessions number their operations without gaps: the tag of an addition that failed may be used again.
  const auto [found, fresh] = by_tag_.emplace(tag.string(), additions_.size());
  if (!fresh && additions_[found->second].operation->failed()) found->second = additions_.size();
  additions_.push_back({&operation, tag.string(), item, quantity});
}

void CartHistory::hide(std::string_view tag, int64_t from) {
  const auto found = by_tag_.find(tag);
  if (found == by_tag_.end()) return;
  Addition& addition = additions_[found->second];
  addition.hidden_from = std::min(addition.hidden_from, from);
}

void CartHistory::note_removal(const Operation& operation) {
  const std::string_view item = item_of(operation.argument()).string();
  removals_[item].push_back(&operation);
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
  // It looked for itself. One acknowledged at its only attempt has named all that it hid, if its reply names anything;
  // else it, or an attempt that nobody heard of, may have hidden whatever it found, until the removal was over.
  const bool names = operation.result()["removed"].is_list();
  if (operation.ok() && !names) silent_removals_.push_back(&operation);
  if (operation.ok() && names && operation.attempts() <= 1) {
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

// A set keeps one addition of a member: a new one supersedes those that its coordinator holds, and what removes it
// removes them with it. So an addition may be gone with any of the same member that was not over before it began, and
// that may be gone itself: with all that came later, and with those before between which and it there was no moment at
// which no addition was under way. The first removal that may have hidden any of these counts.
void CartHistory::hide_with_those_that_superseded() {
  struct Member {
    std::vector<std::vector<Addition*>> stretches;  // without such a moment
    int64_t until = -1;                             // the last return of an addition
  };
  std::unordered_map<std::string_view, Member> members;
  for (Addition& addition : additions_) {  // in order of invocation
    if (addition.operation->failed()) continue;
    Member& member = members[addition.item];
    if (member.stretches.empty() || addition.operation->invoked > member.until) member.stretches.emplace_back();
    member.stretches.back().push_back(&addition);
    member.until = std::max(member.until, addition.operation->returned);
  }
  for (auto& entry : members) {
    int64_t from = kNever;
    for (auto stretch = entry.second.stretches.rbegin(); stretch != entry.second.stretches.rend(); ++stretch) {
      for (const Addition* addition : *stretch) from = std::min(from, addition->hidden_from);
      for (Addition* addition : *stretch) addition->hidden_from = from;
    }
  }
}

int64_t CartHistory::removals_of(std::string_view item) const {
  const auto found = removals_.find(item);
  return found == removals_.end() ? 0 : static_cast<int64_t>(found->second.size());
}

bool CartHistory::beside_another(const Operation& removal) const {
  const auto found = removals_.find(item_of(removal.argument()).string());
  return found != removals_.end() && std::any_of(found->second.begin(), found->second.end(), [&](const Operation* o) {
           return o != &removal && o->invoked < removal.returned && o->returned > removal.invoked;
         });
}

const Addition* CartHistory::find(std::string_view tag) const {
  const auto found = by_tag_.find(tag);
  return found == by_tag_.end() ? nullptr : &additions_[found->second];
}

int64_t CartHistory::first_attempt(std::string_view item) const {
  const auto found = first_attempts_.find(item);
  return found == first_attempts_.end() ? kNever : found->second;
}

bool CartHistory::has_untagged(std::string_view item, int64_t quantity) const {
  return untagged_.count({item, quantity}) > 0;
}

}  // namespace checkers
