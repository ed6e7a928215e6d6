// Takes a history apart, has each key judged by the test that fits it, and puts the answers together.
#include "checkers/linear/linearizability.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "checkers/linear/log_register.h"
#include "checkers/linear/search_finding.h"
#include "checkers/linear/zones.h"

namespace checkers::linear {
namespace {

using Positions = std::span<const uint32_t>;

// What is judged together, and cannot be taken apart: one key, or several that transactions tie together.
struct Part {
  int32_t key = 0;  // the lowest
  Positions positions;
  unsigned kinds = 0;  // the bit of each Kind among them

  bool has(Kind kind) const { return (kinds >> static_cast<unsigned>(kind) & 1u) != 0; }
};

struct Judged {
  bool by_zones = false;
  uint64_t configurations = 0;
  std::optional<Finding> finding;
  std::optional<Undecided> undecided;
};

// Keys that share a transaction belong together. Without one, every key stands alone.
class Ties {
 public:
  explicit Ties(const History& history) : history_(history) {
    for (const Operation& operation : history.operations) {
      if (operation.kind != Kind::kTransaction) continue;
      for (Value i = 1; i < operation.expected; ++i) {
        const int32_t a = root(step(operation, 0).key), b = root(step(operation, i).key);
        if (a != b) above_[std::max(a, b)] = std::min(a, b);
      }
    }
  }

  int32_t key_of(const Operation& operation) {
    if (operation.kind == Kind::kTransaction && operation.expected > 0) return root(step(operation, 0).key);
    return above_.empty() ? operation.key : root(operation.key);
  }

 private:
  const Step& step(const Operation& operation, Value i) const {
    return history_.steps[static_cast<size_t>(operation.value + i)];
  }
  int32_t root(int32_t key) {
    for (auto found = above_.find(key); found != above_.end(); found = above_.find(key)) key = found->second;
    return key;
  }

  const History& history_;
  std::map<int32_t, int32_t> above_;
};

// The positions of each part, in order of `called`, one part after another.
class Parts {
 public:
  explicit Parts(const History& history) {
    const std::vector<Operation>& operations = history.operations;
    Ties ties(history);
    std::vector<Key> keys;
    for (const Operation& operation : operations) {
      const auto number = static_cast<size_t>(ties.key_of(operation));
      if (number >= keys.size()) keys.resize(number + 1);
      Key& key = keys[number];
      ++key.size;
      key.kinds |= 1u << static_cast<unsigned>(operation.kind);
      key.sorted = key.sorted && key.last_called <= operation.called;
      key.last_called = operation.called;
    }
    uint32_t end = 0;
    for (Key& key : keys) {
      key.next = end;
      end += key.size;
    }
    positions_.resize(operations.size());
    for (uint32_t i = 0; i < operations.size(); ++i) {
      positions_[keys[static_cast<size_t>(ties.key_of(operations[i]))].next++] = i;
    }
    const auto earlier = [&](uint32_t a, uint32_t b) { return operations[a].called < operations[b].called; };
    for (size_t number = 0; number < keys.size(); ++number) {
      const Key& key = keys[number];
      if (key.size == 0) continue;
      const auto last = positions_.begin() + key.next, first = last - key.size;
      if (!key.sorted) std::stable_sort(first, last, earlier);
      parts_.push_back({static_cast<int32_t>(number), Positions(first, last), key.kinds});
    }
  }

  const std::vector<Part>& all() const { return parts_; }

 private:
  struct Key {
    uint32_t size = 0, next = 0;
    unsigned kinds = 0;
    bool sorted = true;
    int64_t last_called = std::numeric_limits<int64_t>::min();
  };

  std::vector<uint32_t> positions_;
  std::vector<Part> parts_;
};

template <typename Model>
Judged judge_by_search(const History& history, const Part& part, Model model, Budget& budget) {
  constexpr bool kIsRegister = std::is_same_v<Model, RegisterModel>;
  Judged judged;
  const SearchAnswer answer = search(model, budget);
  judged.configurations = answer.configurations;
  if (answer.verdict == SearchAnswer::Verdict::kNoOrder) {
    judged.finding = explain_search(history, part.positions, kIsRegister, answer, budget);
  } else if (answer.verdict == SearchAnswer::Verdict::kUndecided) {
    judged.undecided = {part.key, part.positions.size(), history.operations[answer.stuck].returned};
  }
  return judged;
}

// The operations of one key lie far apart in a history of thousands of keys: asked for all at once, they come sooner.
void fetch(const History& history, Positions positions) {
  if (positions.size() > 4096) return;
  for (const uint32_t position : positions) __builtin_prefetch(&history.operations[position]);
}

Judged judge_part(const History& history, const Part& part, Budget& budget) {
  fetch(history, part.positions);
  if (!part.has(Kind::kAppend) && !part.has(Kind::kTransaction)) {
    ZoneAnswer zones = judge_by_zones(history.operations, part.positions, history.initial);
    if (zones.applies) return {true, 0, std::move(zones.finding), {}};
    RegisterModel model(history.operations, part.positions, history.initial);
    if (const auto reader = model.finds_unwritten()) {
      return {false, 0, unwritten(history.operations, part.positions, *reader), {}};
    }
    return judge_by_search(history, part, std::move(model), budget);
  }
  if (part.has(Kind::kAppend)) {
    LogRegister translated = as_register(history, part.positions);
    if (translated.finding) return {true, 0, std::move(translated.finding), {}};
    if (translated.applies) {
      std::vector<uint32_t> all(translated.operations.size());
      std::iota(all.begin(), all.end(), 0u);
      ZoneAnswer zones = judge_by_zones(translated.operations, all, translated.initial, kAppended);
      if (zones.finding) {
        for (uint32_t& position : zones.finding->operations) position = part.positions[position];
      }
      return {true, 0, std::move(zones.finding), {}};
    }
  }
  return judge_by_search(history, part, GeneralModel(history, part.positions), budget);
}

}  // namespace

Answer check(const History& history, const Judging& how) {
  const Parts parts(history);
  std::vector<uint32_t> order(parts.all().size());  // the largest first, so that none is left for the end
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return parts.all()[a].positions.size() > parts.all()[b].positions.size();
  });

  Budget budget(how);
  const Headway headway(how, "linearizable", history.operations.size());
  std::vector<Judged> judged(order.size());
  std::atomic<size_t> done = 0;
  how.run(order.size(), [&](size_t i) {
    const Part& part = parts.all()[order[i]];
    if (budget.spent()) {
      judged[order[i]].undecided = {part.key, part.positions.size(), std::numeric_limits<int64_t>::min()};
    } else {
      judged[order[i]] = judge_part(history, part, budget);
    }
    headway.tell(done += part.positions.size());
  });

  Answer answer;
  answer.keys = judged.size();
  for (size_t i = 0; i < judged.size(); ++i) {
    Judged& key = judged[i];
    answer.keys_by_zones += key.by_zones;
    answer.configurations += key.configurations;
    if (key.undecided) answer.undecided.push_back(*key.undecided);
    if (!key.finding) continue;
    answer.violations.push_back({std::move(key.finding->anomaly),
                                 parts.all()[i].key,
                                 {key.finding->operations.begin(), key.finding->operations.end()},
                                 std::move(key.finding->because)});
  }
  if (!answer.undecided.empty()) answer.verdict = Answer::Verdict::kUnknown;
  if (!answer.violations.empty()) answer.verdict = Answer::Verdict::kViolated;
  return answer;
}

}  // namespace checkers::linear
