#include "tests/checkers/linear/brute_force.h"

#include <map>
#include <set>

namespace checkers::linear {
namespace {

class Orders {
 public:
  explicit Orders(const History& history) : history_(history) {
    for (const Operation& operation : history.operations) {
      const bool is_read = operation.kind == Kind::kRead;
      if (operation.failed || (is_read && (operation.returned == kOpen || operation.value == kUntold))) continue;
      operations_.push_back(&operation);
    }
  }

  bool any() { return extend(0, {}); }

 private:
  using State = std::map<int32_t, std::string>;  // what keys hold that somebody wrote to

  std::string word(Value value) const {
    return history_.texts.empty() ? std::to_string(value) : history_.texts[static_cast<size_t>(value)];
  }
  std::string held(const State& state, int32_t key) const {
    const auto found = state.find(key);
    return found == state.end() ? word(history_.initial) : found->second;
  }

  bool apply(const Operation& operation, State& state) const {
    switch (operation.kind) {
      case Kind::kRead:
        return held(state, operation.key) == word(operation.value);
      case Kind::kCas:
        if (held(state, operation.key) != word(operation.expected)) return false;
        [[fallthrough]];
      case Kind::kWrite:
        state[operation.key] = word(operation.value);
        return true;
      case Kind::kAppend:
        state[operation.key] = held(state, operation.key) + word(operation.value);
        return true;
      case Kind::kTransaction:
        break;
    }
    for (Value i = 0; i < operation.expected; ++i) {
      const Step& step = history_.steps[static_cast<size_t>(operation.value + i)];
      if (step.write) {
        state[step.key] = word(step.value);
      } else if (step.value != kUntold && operation.returned != kOpen && held(state, step.key) != word(step.value)) {
        return false;
      }
    }
    return true;
  }

  // Can the operations that are not in `done` follow?
  bool extend(uint32_t done, const State& state) {
    bool complete = true;
    for (size_t i = 0; i < operations_.size(); ++i) {
      complete = complete && ((done >> i & 1) != 0 || operations_[i]->returned == kOpen);
    }
    if (complete) return true;
    if (!seen_.insert({done, state}).second) return false;
    for (size_t i = 0; i < operations_.size(); ++i) {
      if ((done >> i & 1) != 0) continue;
      bool first = true;
      for (size_t j = 0; j < operations_.size(); ++j) {
        first = first && ((done >> j & 1) != 0 || operations_[j]->returned >= operations_[i]->called);
      }
      State next = state;
      if (first && apply(*operations_[i], next) && extend(done | 1u << i, next)) return true;
    }
    return false;
  }

  const History& history_;
  std::vector<const Operation*> operations_;
  std::set<std::pair<uint32_t, State>> seen_;
};

}  // namespace

bool has_an_order(const History& history) { return Orders(history).any(); }

}  // namespace checkers::linear
