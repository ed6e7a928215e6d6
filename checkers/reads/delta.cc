#include "checkers/reads/delta.h"

#include <algorithm>
#include <atomic>

namespace checkers {
namespace {

// The operations of one key, and when something happened to them.
class DelayedReads {
 public:
  DelayedReads(const linear::Translation& translation, const std::vector<size_t>& positions) {
    history_.initial = translation.history.initial;
    for (const size_t i : positions) {
      const linear::Operation& operation = translation.history.operations[i];
      const Operation& source = *translation.sources[i];
      const auto position = static_cast<uint32_t>(history_.operations.size());
      moments_.push_back({operation.called, source.start(), position, false});
      if (operation.returned != linear::kOpen) moments_.push_back({operation.returned, source.end(), position, true});
      history_.operations.push_back(operation);
    }
    std::sort(moments_.begin(), moments_.end(), [](const Moment& a, const Moment& b) { return a.index < b.index; });
    for (size_t i = 1; i < moments_.size(); ++i) moments_[i].time = std::max(moments_[i].time, moments_[i - 1].time);
    const auto begins_read = [this](const Moment& moment) {
      return !moment.returns && history_.operations[moment.position].kind == linear::Kind::kRead;
    };
    std::copy_if(moments_.begin(), moments_.end(), std::back_inserter(reads_), begins_read);
    std::erase_if(moments_, begins_read);
  }

  Delta find(const Judging& judging) {
    Delta found;
    // Beyond this all reads begin before anything else.
    const Nanos most = reads_.empty() || moments_.empty() ? Nanos(0) : reads_.back().time - moments_.front().time;
    Nanos none{-1}, some = std::max(most, Nanos(0));  // there is no order with `none`, and one with `some`
    std::optional<bool> ordered = has_order(some, judging);
    if (ordered && !*ordered) return found;
    while (ordered && some - none > Nanos(1)) {
      const Nanos middle = none + (some - none) / 2;
      ordered = has_order(middle, judging);
      if (ordered) (*ordered ? some : none) = middle;
    }
    found.decided = ordered.has_value();
    if (found.decided) found.least = some;
    return found;
  }

 private:
  struct Moment {
    int64_t index = 0;
    Nanos time{0};
    uint32_t position = 0;
    bool returns = false;
  };

  // Reads that begin at the time of something else begin before it.
  std::optional<bool> has_order(Nanos delta, const Judging& judging) {
    int64_t now = 0;
    const auto place = [&](const Moment& moment) {
      linear::Operation& operation = history_.operations[moment.position];
      (moment.returns ? operation.returned : operation.called) = now++;
    };
    auto read = reads_.begin();
    for (const Moment& moment : moments_) {
      for (; read != reads_.end() && read->time - delta <= moment.time; ++read) place(*read);
      place(moment);
    }
    for (; read != reads_.end(); ++read) place(*read);
    const linear::Answer answer = linear::check(history_, judging);
    if (answer.verdict == linear::Answer::Verdict::kUnknown) return {};
    return answer.verdict == linear::Answer::Verdict::kLinearizable;
  }

  linear::History history_;
  std::vector<Moment> moments_, reads_;  // in order; the beginnings of reads apart
};

}  // namespace

std::vector<Delta> least_deltas(const linear::Translation& translation, const std::vector<int32_t>& keys,
                                const Judging& judging) {
  constexpr int kMostSteps = 64;
  const auto& operations = translation.history.operations;
  std::vector<std::vector<size_t>> positions(keys.size());
  for (size_t i = 0; i < operations.size(); ++i) {
    const auto found = std::lower_bound(keys.begin(), keys.end(), operations[i].key);
    if (found != keys.end() && *found == operations[i].key)
      positions[static_cast<size_t>(found - keys.begin())].push_back(i);
  }
  std::vector<Delta> deltas(keys.size());
  Judging of_a_step = judging;
  of_a_step.for_each = {};  // the threads are at the keys
  of_a_step.time_budget /= kMostSteps;
  of_a_step.progress = {};
  const Headway headway(judging, "least delays", keys.size());
  std::atomic<size_t> done = 0;
  judging.run(keys.size(), [&](size_t i) {
    deltas[i] = DelayedReads(translation, positions[i]).find(of_a_step);
    deltas[i].key = keys[i];
    headway.tell(++done);
  });
  return deltas;
}

}  // namespace checkers
