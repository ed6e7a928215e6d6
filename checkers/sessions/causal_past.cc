#include "checkers/sessions/causal_past.h"

#include <algorithm>

#include "checkers/sessions/sort_by_group.h"

namespace checkers {

CausalPast::CausalPast(const SessionHistory& history)
    : history_(history),
      sessions_(history.sessions),
      known_(size_t{sessions_} * sessions_),
      past_(new Clock[size_t{sessions_} * history.writes.size()]),  // rows are written before they are read
      newest_(size_t{sessions_} * history.keys),
      rank_(history.writes.size()),
      done_(sessions_),
      waits_for_(sessions_, kNobody) {
  index();
}

void CausalPast::index() {
  const auto& steps = history_.steps;
  const auto& writes = history_.writes;
  sort_by_group(
      sessions_, steps.size(), [&](size_t i) { return steps[i].session; }, first_step_, steps_of_);
  std::vector<uint32_t> writes_of;
  sort_by_group(
      sessions_, writes.size(), [&](size_t i) { return writes[i].session; }, first_write_, writes_of);
  written_.resize(writes.size());
  step_of_write_.resize(writes.size());
  for (uint32_t i = 0; i < steps.size(); ++i) {
    if (steps[i].is_write) step_of_write_[steps[i].write] = i;
  }
  // Sessions in order within a key: the writes are taken session by session.
  std::vector<uint32_t> by_key, first_on;
  sort_by_group(
      history_.keys, writes.size(), [&](size_t i) { return writes[writes_of[i]].key; }, first_on, by_key);
  writes_on_.resize(writes.size());
  places_on_.resize(writes.size());
  first_use_.assign(1, 0);
  for (uint32_t key = 0; key < history_.keys; ++key) {
    for (uint32_t i = first_on[key]; i < first_on[key + 1]; ++i) {
      const SessionWrite& write = writes[writes_of[by_key[i]]];
      writes_on_[i] = writes_of[by_key[i]];
      places_on_[i] = write.place;
      if (uses_.size() == first_use_.back() || uses_.back().session != write.session)
        uses_.push_back({write.session, 0, &places_on_[i], &writes_on_[i]});
      ++uses_.back().count;
    }
    first_use_.push_back(static_cast<uint32_t>(uses_.size()));
  }
}

// All that `row` holds becomes known: each write once to each session.
void CausalPast::learn(uint32_t session, const Clock* row) {
  Clock* known = &known_[size_t{session} * sessions_];
  uint32_t* newest = &newest_[size_t{session} * history_.keys];
  for (uint32_t other = 0; other < sessions_; ++other) {
    if (row[other] <= known[other]) continue;
    const Written* const written = &written_[first_write_[other]];
    for (Clock place = known[other]; place < row[other]; ++place)
      newest[written[place].key] = std::max(newest[written[place].key], written[place].rank);
    known[other] = row[other];
  }
}

// False if the step reads a write that has not been reached.
bool CausalPast::take(uint32_t session, uint32_t number) {
  const SessionStep& step = history_.steps[number];
  if (step.write == kInitialWrite) return true;
  const SessionWrite& write = history_.writes[step.write];
  const Clock* const known = this->known(session);
  if (!step.is_write) {
    if (rank_[step.write] == 0) return false;
    if (known[write.session] < write.place) learn(session, past(step.write));
    return true;
  }
  rank_[step.write] = ++last_rank_;
  written_[first_write_[session] + write.place - 1] = {step.key, last_rank_};
  known_[size_t{session} * sessions_ + session] = write.place;
  newest_[size_t{session} * history_.keys + step.key] = last_rank_;
  std::copy(known, known + sessions_, &past_[size_t{step.write} * sessions_]);
  return true;
}

// Each session goes on until it has read what has not been written yet, and waits there for the writer. Steps are in an
// order in which that hardly ever happens.
bool CausalPast::follow(const Judging& judging, const std::function<void(uint32_t step)>& reached) {
  Headway headway(judging, "causal order", history_.steps.size());
  std::vector<std::vector<uint32_t>> waiting(sessions_);  // by session: those that wait for a write of it
  std::vector<uint32_t> runnable;
  for (uint32_t now = 0; now < history_.steps.size(); ++now) {
    if (!headway.advance()) return false;
    runnable.push_back(history_.steps[now].session);
    while (!runnable.empty()) {
      const uint32_t session = runnable.back();
      runnable.pop_back();
      while (waits_for_[session] == kNobody && first_step_[session] + done_[session] < first_step_[session + 1]) {
        const uint32_t number = next_step(session);
        if (number > now) break;
        const SessionStep& step = history_.steps[number];
        if (!take(session, number)) {
          waits_for_[session] = step.write;
          waiting[history_.writes[step.write].session].push_back(session);
          break;
        }
        reached(number);
        ++done_[session];
        if (!step.is_write || waiting[session].empty()) continue;
        std::erase_if(waiting[session], [&](uint32_t waiter) {
          if (waits_for_[waiter] != step.write) return false;
          waits_for_[waiter] = kNobody;
          runnable.push_back(waiter);
          return true;
        });
      }
    }
  }
  return true;
}

void CausalPast::repeat(uint32_t session, const std::function<void(uint32_t step, const Clock* known)>& reached) const {
  std::vector<Clock> known(sessions_);
  for (uint32_t i = 0; i < done_[session]; ++i) {
    const uint32_t number = steps_of_[first_step_[session] + i];
    const SessionStep& step = history_.steps[number];
    if (step.write != kInitialWrite) {
      const Clock* const row = past(step.write);
      for (uint32_t other = 0; other < sessions_; ++other) known[other] = std::max(known[other], row[other]);
    }
    reached(number, known.data());
  }
}

}  // namespace checkers
