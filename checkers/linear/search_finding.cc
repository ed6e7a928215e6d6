#include "checkers/linear/search_finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace checkers::linear {
namespace {

constexpr size_t kMostShown = 6;
constexpr uint64_t kMostWork = 4'000'000;         // operations and configurations, of all attempts together
constexpr uint64_t kMostConfigurations = 20'000;  // of one attempt

// Those operations of a history that were called before one moment, as they were known then.
class Excerpt {
 public:
  Excerpt(const History& history, std::span<const uint32_t> positions, bool is_register, uint32_t stuck, Budget& budget)
      : is_register_(is_register), budget_(budget) {
    history_.initial = history.initial;
    if (!is_register) {
      history_.steps = history.steps;
      history_.texts = history.texts;
    }
    const int64_t moment = history.operations[stuck].returned;
    for (const uint32_t position : positions) {
      Operation operation = history.operations[position];
      if (operation.called > moment || operation.failed) continue;
      if (operation.returned > moment) operation.returned = kOpen;
      if (operation.kind == Kind::kRead && !tells(operation)) continue;
      history_.operations.push_back(operation);
      origin_.push_back(position);
    }
    kept_.resize(origin_.size());
    std::iota(kept_.begin(), kept_.end(), 0u);
  }

  // Leaves out parts, the oldest and largest first, as long as the rest has no order either.
  void shrink() {
    for (size_t length = kept_.size() / 2; length > 0; length /= 2) {
      for (size_t from = 0; from < kept_.size();) {
        std::vector<uint32_t> rest = without(from, std::min(kept_.size(), from + length));
        if (rest.size() < kept_.size() && has_no_order(rest)) {
          kept_ = std::move(rest);
        } else {
          from += length;
        }
        if (work_ > kMostWork) return;
      }
    }
  }

  std::vector<uint32_t> kept() const {
    std::vector<uint32_t> positions;
    for (const uint32_t i : kept_) positions.push_back(origin_[i]);
    return positions;
  }
  size_t size() const { return origin_.size(); }

 private:
  // A read may always be left out: it changes nothing. Another operation of a register may if nothing left needs its
  // value: the history would have an order without it if it had one with it.
  std::vector<uint32_t> without(size_t from, size_t to) const {
    std::vector<bool> left(history_.operations.size(), false);
    for (size_t k = 0; k < kept_.size(); ++k) {
      left[kept_[k]] = k < from || k >= to || (!is_register_ && !only_reads(history_.operations[kept_[k]]));
    }
    for (bool more = is_register_; more;) {
      more = false;
      std::vector<Value> needed;
      for (const uint32_t i : kept_) {
        const Operation& operation = history_.operations[i];
        if (left[i] && operation.kind == Kind::kRead) needed.push_back(operation.value);
        if (left[i] && operation.kind == Kind::kCas) needed.push_back(operation.expected);
      }
      std::sort(needed.begin(), needed.end());
      for (const uint32_t i : kept_) {
        const Operation& operation = history_.operations[i];
        if (left[i] || operation.kind == Kind::kRead) continue;
        if (!std::binary_search(needed.begin(), needed.end(), operation.value)) continue;
        left[i] = true;
        more = true;
      }
    }
    std::vector<uint32_t> rest;
    for (const uint32_t i : kept_) {
      if (left[i]) rest.push_back(i);
    }
    return rest;
  }

  bool only_reads(const Operation& operation) const {
    if (operation.kind != Kind::kTransaction) return operation.kind == Kind::kRead;
    for (Value i = 0; i < operation.expected; ++i) {
      if (history_.steps[static_cast<size_t>(operation.value + i)].write) return false;
    }
    return true;
  }

  bool has_no_order(const std::vector<uint32_t>& which) {
    SearchAnswer answer;
    if (is_register_) {
      RegisterModel model(history_.operations, which, history_.initial);
      answer = search(model, budget_, kMostConfigurations);
    } else {
      GeneralModel model(history_, which);
      answer = search(model, budget_, kMostConfigurations);
    }
    work_ += which.size() + answer.configurations;
    return answer.verdict == SearchAnswer::Verdict::kNoOrder;
  }

  const bool is_register_;
  Budget& budget_;
  History history_;
  std::vector<uint32_t> origin_, kept_;
  uint64_t work_ = 0;
};

std::string found_by(const Operation& operation) {
  switch (operation.kind) {
    case Kind::kRead:
      return "find what it returned";
    case Kind::kCas:
      return "find what it replaced";
    case Kind::kTransaction:
      return "find what it read";
    case Kind::kWrite:
    case Kind::kAppend:
      break;
  }
  return "take effect";
}

}  // namespace

Finding explain_search(const History& history, std::span<const uint32_t> positions, bool is_register,
                       const SearchAnswer& answer, Budget& budget) {
  Excerpt excerpt(history, positions, is_register, answer.stuck, budget);
  excerpt.shrink();
  std::vector<uint32_t> cast = excerpt.kept();
  const size_t enough = cast.size();
  const Operation& stuck = history.operations[answer.stuck];
  if (enough <= kMostShown) {
    const Letters letters(history.operations, cast);
    return {
        "no order", letters.cast(),
        fmt::format("{} already have no order among themselves: whichever way they follow one another, as their times "
                    "allow, one of them does not find what it says it found.",
                    letters.list(cast))};
  }
  cast = answer.under_way;
  cast.erase(std::remove(cast.begin(), cast.end(), answer.stuck), cast.end());
  if (cast.size() > kMostShown - 1) cast.resize(kMostShown - 1);
  std::vector<uint32_t> shown = cast;
  shown.push_back(answer.stuck);
  const Letters letters(history.operations, shown);
  return {"no order", letters.cast(),
          fmt::format(
              "The {} operations called before {} was over at {} have no order that explains what they found, and {} "
              "of them have none already. Without {} they have one: whatever took effect before, {}it cannot {}.",
              excerpt.size(), letters.of(answer.stuck), stuck.returned, enough, letters.of(answer.stuck),
              cast.empty() ? "" : fmt::format("and whichever of {} did, ", letters.list(cast)), found_by(stuck))};
}

}  // namespace checkers::linear
