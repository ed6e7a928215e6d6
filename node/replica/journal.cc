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
  auto at = std::lower_bound(waits_.begin(), waits_.end(), number,
                             [](const Wait& wait, uint64_t n) { return wait.number < n; });
  if (at == waits_.end() || at->number != number) at = waits_.insert(at, Wait{number, {}});
  at->then.push_back(std::move(then));
  ++waiting_;
}

std::vector<Continuation> Journal::take_due() {
  std::vector<Continuation> due;
  while (!waits_.empty() && waits_.front().number <= visible_through()) {
    for (Continuation& then : waits_.front().then) due.push_back(std::move(then));
    waits_.pop_front();
  }
  waiting_ -= due.size();
  return due;
}

void Journal::write_late(Turn& turn) {
  if (late_.empty()) return;
  turn.effects.push_back(std::move(late_.front()));
  late_.pop_front();
}

}  // namespace node
