// The acknowledged writes of one key: which of those that began after some event were over first, and how many of them
// were over by then. Every question costs O(log n).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "checkers/operations.h"
#include "checkers/running_counts.h"

namespace checkers {

class AcknowledgedWrites {
 public:
  void add(const Operation& write) { begun_.push_back({&write, &write}); }  // in order of invocation
  void finish() {                                                           // all are added
    for (size_t i = begun_.size(); i-- > 1;) {
      if (begun_[i].first->returned < begun_[i - 1].first->returned) begun_[i - 1].first = begun_[i].first;
    }
  }
  // How many began at `index` or before.
  size_t begun_by(int64_t index) const {
    const auto after = std::partition_point(begun_.begin(), begun_.end(),
                                            [index](const Begun& each) { return each.write->invoked <= index; });
    return static_cast<size_t>(after - begun_.begin());
  }
  // Of those that began after it; null: none did.
  const Operation* first_over_after(int64_t index) const {
    const size_t position = begun_by(index);
    return position < begun_.size() ? begun_[position].first : nullptr;
  }
  std::vector<const Operation*> by_return() const {
    std::vector<const Operation*> writes;
    for (const Begun& each : begun_) writes.push_back(each.write);
    std::sort(writes.begin(), writes.end(),
              [](const Operation* a, const Operation* b) { return a->returned < b->returned; });
    return writes;
  }

 private:
  struct Begun {
    const Operation* write = nullptr;
    const Operation* first = nullptr;  // to be over, of this one and all after it
  };
  std::vector<Begun> begun_;
};

// Those of them that are over, as time goes on.
class WritesOver {
 public:
  explicit WritesOver(const AcknowledgedWrites& writes)
      : writes_(writes), by_return_(writes.by_return()), over_(by_return_.size()) {}

  void advance(int64_t index) {  // to the moment of that event; not backwards
    for (; count_ < by_return_.size() && by_return_[count_]->returned < index; ++count_) {
      over_.add(writes_.begun_by(by_return_[count_]->invoked - 1));
    }
  }
  size_t count() const { return count_; }
  int64_t begun_after(int64_t index) const { return over_.from(writes_.begun_by(index)); }  // how many of them

 private:
  const AcknowledgedWrites& writes_;
  const std::vector<const Operation*> by_return_;
  RunningCounts over_;  // by position in `writes_`
  size_t count_ = 0;
};

}  // namespace checkers
