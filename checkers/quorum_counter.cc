// Counters: a strict read shows at least every increment acknowledged before it began.
#include <fmt/format.h>

#include <algorithm>

#include "checkers/counter_history.h"
#include "checkers/quorum_reads.h"

namespace checkers {
namespace {

// Acknowledged increments of one sign, by when they returned.
class Acknowledged {
 public:
  void add(const Operation& operation) { adds_.push_back(&operation); }
  void finish() {
    std::sort(adds_.begin(), adds_.end(),
              [](const Operation* a, const Operation* b) { return a->returned < b->returned; });
    int64_t sum = 0;
    for (const Operation* add : adds_) sums_.push_back(sum += add->argument().integer());
  }
  size_t count_before(int64_t when) const {
    const auto next = std::lower_bound(adds_.begin(), adds_.end(), when,
                                       [](const Operation* add, int64_t w) { return add->returned < w; });
    return static_cast<size_t>(next - adds_.begin());
  }
  int64_t sum_before(int64_t when) const {
    const size_t count = count_before(when);
    return count == 0 ? 0 : sums_[count - 1];
  }
  // The first of the first `count` adds with which they go beyond `sum`, up or down; `count` if there is none.
  size_t first_beyond(int64_t sum, bool up, size_t count) const {
    for (size_t i = 0; i < count; ++i) {
      if (up ? sums_[i] > sum : sums_[i] < sum) return i;
    }
    return count;
  }
  const std::vector<const Operation*>& adds() const { return adds_; }

 private:
  std::vector<const Operation*> adds_;
  std::vector<int64_t> sums_;
};

class CounterReads {
 public:
  CounterReads(const Trial& trial, const CounterHistory& counter, QuorumTally& tally)
      : trial_(trial), counter_(counter), tally_(tally) {
    for (const Operation* add : counter.adds()) {
      if (!add->ok()) continue;
      overlapping_.add(*add);
      (add->argument().integer() > 0 ? ups_ : downs_).add(*add);
    }
    ups_.finish();
    downs_.finish();
  }

  void judge() {
    for (const Operation* read : counter_.reads()) judge(*read);
  }

 private:
  void judge(const Operation& read);
  int64_t required(const Operation& read, const Acknowledged& adds);
  void note_staleness(const Operation& read, const Acknowledged& adds, int64_t seen);

  const Trial& trial_;
  const CounterHistory& counter_;
  QuorumTally& tally_;
  OverlappingWrites overlapping_;
  Acknowledged ups_, downs_;
};

// The sum of the adds that this read must reflect.
int64_t CounterReads::required(const Operation& read, const Acknowledged& adds) {
  int64_t sum = 0;
  const size_t count = adds.count_before(read.invoked);
  for (size_t i = 0; i < count; ++i) {
    const Operation& add = *adds.adds()[i];
    if (!quorums_overlap(read, add, trial_.terms.replicas)) continue;
    if (trial_.lost_disks.excuse(add, read.end())) {
      ++tally_.excused;
    } else {
      sum += add.argument().integer();
    }
  }
  return sum;
}

// At least the adds from the first one on that does not fit into `seen` were missed.
void CounterReads::note_staleness(const Operation& read, const Acknowledged& adds, int64_t seen) {
  const size_t count = adds.count_before(read.invoked);
  const size_t first = adds.first_beyond(seen, &adds == &ups_, count);
  if (first == count) return;
  tally_.note_stale(read, static_cast<int64_t>(count - first), read.start() - adds.adds()[first]->end());
}

void CounterReads::judge(const Operation& read) {
  tally_.note_answered(read);
  tally_.judged += overlapping_.before(read, trial_.terms.replicas);
  const int64_t value = read.result().integer();
  const Bounds attempted = counter_.attempted(read);
  if (value < attempted.low || value > attempted.high) return;  // no matter of staleness: the counter checker tells
  const bool misses_ups = value < ups_.sum_before(read.invoked) + attempted.low;
  const bool misses_downs = value > attempted.high + downs_.sum_before(read.invoked);
  if (!misses_ups && !misses_downs) return;
  const Acknowledged& adds = misses_ups ? ups_ : downs_;
  const int64_t other = misses_ups ? attempted.low : attempted.high;
  note_staleness(read, adds, value - other);

  const int64_t must = required(read, adds);
  if (misses_ups ? value >= must + other : value <= must + other) return;
  tally_.findings.add([&] {
    std::vector<const Operation*> operations = {&read};
    const Operation* last = nullptr;
    int64_t how_many = 0;
    const size_t count_before = adds.count_before(read.invoked);
    for (size_t i = 0; i < count_before; ++i) {
      if (!quorums_overlap(read, *adds.adds()[i], trial_.terms.replicas)) continue;
      last = adds.adds()[i];
      ++how_many;
    }
    operations.push_back(last);
    return make_witness(
        "stale read", operations,
        fmt::format(
            "Let A = the {} {} 0 of \"{}\" acknowledged by event {} (together {:+d}; the last of them is {}), B = {}. "
            "Then all of A happened before B, because the last of them returned at event {} and B began at event {}, "
            "and B had to reflect them, because {}. Whatever else was under way adds {:+d} at {}, so that B must be at "
            "{} {}, yet it is {}.",
            count(how_many, "increment"), misses_ups ? "above" : "below", read.key(), last->returned, must,
            describe_with_end(*last), describe_with_end(read), last->returned, read.invoked,
            why_they_meet(read, *last, trial_.terms.replicas), other, misses_ups ? "least" : "most",
            misses_ups ? "least" : "most", must + other, value));
  });
}

}  // namespace

void judge_counter_reads(const Trial& trial, QuorumTally& tally) {
  Headway headway(trial.judging, "quorum-reads", trial.operations.all().size());
  for (const KeyOperations& key : trial.operations.by_key()) {
    if (!headway.advance(key.operations.size())) break;
    const CounterHistory counter(key, trial.terms.identified);
    CounterReads(trial, counter, tally).judge();
  }
}

}  // namespace checkers
