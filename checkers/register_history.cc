#include "checkers/register_history.h"

#include <algorithm>

#include "checkers/formats/edn.h"

namespace checkers {
// Values of our own runs are texts; those from elsewhere may be anything.
std::string_view RegisterHistory::text_of(const Value& value) {
  if (value.is_string() && value.notation() == nullptr) return value.string();
  return texts_.emplace_back(canonical_text(value));
}

RegisterHistory::RegisterHistory(const KeyOperations& key, const std::optional<Value>& initial) {
  for (const Operation* operation : key.operations) {
    if (operation->f() != "write") continue;
    const std::string_view value = text_of(operation->argument());
    by_value_.emplace(value, writes_.size());
    writes_.push_back({operation, value, true, {}, {}});
  }
  for (size_t i = 0; i < writes_.size(); ++i) {
    Write& write = writes_[i];
    const Value& parents = write.operation->field("parents");
    write.plain = !parents.is_list();
    any_context_ = any_context_ || !write.plain;
    for (const Value& parent : parents.list()) {
      const auto found = by_value_.find(text_of(parent));
      if (found != by_value_.end() && found->second != i) write.parents.push_back(found->second);
    }
    if (write.operation->failed()) continue;
    if (write.plain) plain_until_ = std::max(plain_until_, write.operation->returned);
    for (const size_t parent : write.parents) writes_[parent].children.push_back(i);
  }
  for (const Operation* operation : key.operations) {
    if (operation->f() != "read" || !operation->ok()) continue;
    RegisterRead& read = reads_.emplace_back();
    read.operation = operation;
    const auto note = [&](const Value& value) {
      const std::string_view text = text_of(value);
      const auto found = by_value_.find(text);
      if (found != by_value_.end()) {
        read.siblings.push_back(found->second);
      } else if (!initial || !(value == *initial)) {
        read.unknown.push_back(text);
      }
    };
    // A target with siblings returns a list, another one a value or nothing.
    const Value& result = operation->result();
    if (!result.is_list() && !result.is_null()) note(result);
    for (const Value& value : result.list()) note(value);
  }
}

// Depth first through the parents, with a stack of our own: chains are as long as the history.
std::vector<RegisterHistory::Step> RegisterHistory::parents_first() const {
  std::vector<Step> order;
  std::vector<int64_t> known_at(writes_.size(), -1);
  std::vector<bool> entered(writes_.size(), false);
  std::vector<size_t> open;
  for (size_t root = 0; root < writes_.size(); ++root) {
    open.push_back(root);
    while (!open.empty()) {
      const size_t next = open.back();
      const Write& write = writes_[next];
      if (!entered[next]) {
        entered[next] = true;
        for (const size_t parent : write.parents) {
          if (!entered[parent]) open.push_back(parent);
        }
        continue;
      }
      open.pop_back();
      if (known_at[next] >= 0) continue;
      known_at[next] = write.operation->invoked;
      for (const size_t parent : write.parents) known_at[next] = std::max(known_at[next], known_at[parent]);
      order.push_back({next, known_at[next]});
    }
  }
  std::stable_sort(order.begin(), order.end(), [](const Step& a, const Step& b) { return a.known_at < b.known_at; });
  return order;
}

}  // namespace checkers
