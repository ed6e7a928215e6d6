#include "node/replica/journal.h"

#include <algorithm>

namespace node {

namespace {
constexpr Duration kLateness = std::chrono::milliseconds(500);
}

uint64_t Journal::write(Turn& turn, Timers& timers, Table table, const std::string& key,
                        std::optional<std::string> value) {
  Persist persist{next_++, table, key, std::move(value)};
  uint64_t number = persist.number;
  if (bug_ == Bug::kPersistLate) {
    late_.push_back(std::move(persist));
    timers.add(turn.now + kLateness, {Timer::Kind::kLatePersist, number});
  } else {
    turn.effects.push_back(std::move(persist));
  }
  return number;
}

void Journal::when(uint64_t number, Continuation then) {
  const auto at = std::upper_bound(waits_.begin(), waits_.end(), number,
                                   [](uint64_t n, const Wait& wait) { return n < wait.number; });
  waits_.insert(at, Wait{number, std::move(then)});
}

void Journal::take_due(std::vector<Continuation>& due) {
  due.clear();
  for (; !waits_.empty() && waits_.front().number <= visible_through(); waits_.pop_front()) {
    due.push_back(std::move(waits_.front().then));
  }
}

void Journal::write_late(Turn& turn) {
  if (late_.empty()) return;
  turn.effects.push_back(std::move(late_.front()));
  late_.pop_front();
}

}  // namespace node
