#include "checkers/counter_history.h"

#include <algorithm>

namespace checkers {

void RunningTotal::add(int64_t when, int64_t delta) { points_.emplace_back(when, delta); }

void RunningTotal::finish() {
  std::sort(points_.begin(), points_.end());
  int64_t sum = 0;
  for (auto& point : points_) point.second = sum += point.second;
}

int64_t RunningTotal::before(int64_t when) const {
  const auto next = std::lower_bound(points_.begin(), points_.end(), when,
                                     [](const auto& point, int64_t w) { return point.first < w; });
  return next == points_.begin() ? 0 : std::prev(next)->second;
}

CounterHistory::CounterHistory(const KeyOperations& key, bool identified) : identified_(identified) {
  for (const Operation* operation : key.operations) {
    if (operation->f() == "read" && operation->ok()) reads_.push_back(operation);
    if (operation->f() != "add" || operation->failed()) continue;
    adds_.push_back(operation);
    const int64_t delta = most(*operation);
    (delta > 0 ? attempted_up_ : attempted_down_).add(operation->invoked, delta);
  }
  attempted_up_.finish();
  attempted_down_.finish();
}

int64_t CounterHistory::most(const Operation& add) const {
  return add.argument().integer() * (identified_ ? 1 : add.attempts());
}

Bounds CounterHistory::attempted(const Operation& read) const {
  return {attempted_down_.before(read.returned), attempted_up_.before(read.returned)};
}

}  // namespace checkers
