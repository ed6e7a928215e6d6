#include "checkers/sessions/session_guarantees.h"

#include <algorithm>

#include "checkers/sessions/sort_by_group.h"

namespace checkers {
namespace {

constexpr uint32_t kNothing = 0xffffffff;
constexpr int64_t kFlawsToldOfEach = 3;  // of each guarantee

// What a session did: it wrote, or read, this write of the key.
struct Deed {
  uint32_t key : 31;
  uint32_t wrote : 1;
  uint32_t write;
};

// What the session at hand knows that others did to a key: 1 + the youngest write; 0: nothing.
struct Known {
  uint32_t written = 0;  // by a session before some write that was read here
  uint32_t read = 0;     // the same, read
};

// Of the session at hand and one key, so far.
struct Memory {
  uint32_t session = kNothing;  // of another one: nothing so far
  uint32_t own_write = kNothing, own_step = kNothing;
  uint32_t youngest_read = kNothing, youngest_step = kNothing;
  uint32_t last_value = kNothing, last_step = kNothing;  // of the last read that showed one value
};

// Writes are numbered as they began, so that of two the younger is the one with the larger number.
class Guarantees {
 public:
  Guarantees(const SessionHistory& history, const Judging& judging)
      : history_(history),
        headway_(judging, "sessions", history.steps.size()),
        memories_(history.keys),
        known_(history.keys),
        seen_(history.sessions),
        read_at_(history.writes.size(), kNothing) {}

  SessionAnswer find() {
    std::vector<uint32_t> first, steps;
    sort_by_group(
        history_.sessions, history_.steps.size(), [&](size_t i) { return history_.steps[i].session; }, first, steps);
    note_deeds(steps);
    for (uint32_t session = 0; session < history_.sessions; ++session) {
      begin_session();
      for (uint32_t i = first[session]; i < first[session + 1]; ++i) {
        if (!headway_.advance()) return std::move(answer_);
        follow(steps[i]);
      }
    }
    return std::move(answer_);
  }

 private:
  // Of another session: the last of its writes that was read here, and the step that did.
  struct Seen {
    uint32_t write = kNothing;
    uint32_t step = kNothing;
    uint32_t learned = 0;  // deeds
  };

  const SessionWrite& write(uint32_t number) const { return history_.writes[number]; }

  template <typename Visit>
  void for_each_shown(const SessionStep& step, Visit visit) const {
    if (step.write != kInitialWrite) visit(step.write);
    for (uint32_t k = 0; k < step.more_count; ++k) visit(history_.siblings[step.more + k]);
  }

  // All that the read shows had happened before the write began.
  bool too_old(const SessionStep& read, uint32_t number) const {
    bool old = true;
    for_each_shown(read, [&](uint32_t w) { old = old && w < number && write(w).happened < write(number).began; });
    return old;
  }

  void note_deeds(const std::vector<uint32_t>& steps);
  void begin_session();
  void follow(uint32_t number);
  void learn(uint32_t session, uint32_t write, uint32_t number);
  void judge_read(uint32_t number, const Memory& memory);
  void judge_others(uint32_t number);
  uint32_t who_read(const SessionStep& by, uint32_t write) const;
  void add(Guarantee guarantee, SessionFlaw flaw);

  const SessionHistory& history_;
  Headway headway_;
  SessionAnswer answer_;
  std::vector<Deed> deeds_;              // session by session
  std::vector<uint32_t> first_deed_;     // by session
  std::vector<uint32_t> deed_of_write_;  // where it stands among them
  // Of the session at hand.
  std::vector<Memory> memories_;  // by key
  std::vector<Known> known_;      // by key
  std::vector<Seen> seen_;        // by session
  // By write: the last step that showed it alone, in any session so far.
  std::vector<uint32_t> read_at_;
};

void Guarantees::note_deeds(const std::vector<uint32_t>& steps) {
  deed_of_write_.resize(history_.writes.size());
  first_deed_.assign(history_.sessions, 0);
  uint32_t session = kNothing;
  for (const uint32_t number : steps) {
    const SessionStep& step = history_.steps[number];
    if (step.session != session) first_deed_[session = step.session] = static_cast<uint32_t>(deeds_.size());
    if (step.is_write) deed_of_write_[step.write] = static_cast<uint32_t>(deeds_.size());
    for_each_shown(step, [&](uint32_t w) { deeds_.push_back({step.key, step.is_write, w}); });
  }
}

void Guarantees::begin_session() {
  std::fill(known_.begin(), known_.end(), Known());
  for (uint32_t other = 0; other < history_.sessions; ++other) seen_[other] = {kNothing, kNothing, first_deed_[other]};
}

void Guarantees::add(Guarantee guarantee, SessionFlaw flaw) {
  flaw.guarantee = guarantee;
  if (++answer_.violations[static_cast<size_t>(guarantee)] <= kFlawsToldOfEach) answer_.flaws.push_back(flaw);
}

// A write of another session was read: what that session had done before is known from now on.
void Guarantees::learn(uint32_t session, uint32_t read, uint32_t number) {
  Seen& seen = seen_[session];
  const uint32_t until = deed_of_write_[read];
  if (seen.write != kNothing && until <= deed_of_write_[seen.write]) return;
  seen.write = read;
  seen.step = number;
  for (; seen.learned < until; ++seen.learned) {
    const Deed deed = deeds_[seen.learned];
    Known& known = known_[deed.key];
    uint32_t& youngest = deed.wrote ? known.written : known.read;
    youngest = std::max(youngest, deed.write + 1);
  }
}

void Guarantees::follow(uint32_t number) {
  const SessionStep& step = history_.steps[number];
  Memory& memory = memories_[step.key];
  if (memory.session != step.session) {
    memory = {};
    memory.session = step.session;
  }
  if (step.is_write) {
    if (step.operation->ok()) {
      memory.own_write = step.write;
      memory.own_step = number;
    }
    return;
  }
  for_each_shown(step, [&](uint32_t w) {
    if (write(w).session != step.session) learn(write(w).session, w, number);
  });
  judge_read(number, memory);
  judge_others(number);
  for_each_shown(step, [&](uint32_t w) {
    if (memory.youngest_read != kNothing && w <= memory.youngest_read) return;
    memory.youngest_read = w;
    memory.youngest_step = number;
  });
  if (step.write == kInitialWrite || step.more_count > 0) return;
  memory.last_value = step.write;
  memory.last_step = number;
  read_at_[step.write] = number;
}

void Guarantees::judge_read(uint32_t number, const Memory& memory) {
  const SessionStep& step = history_.steps[number];
  if (memory.own_write != kNothing) {
    ++answer_.judged[0];
    if (too_old(step, memory.own_write))
      add(Guarantee::kReadYourWrites, {{}, number, memory.own_write, memory.own_step, kInitialWrite, kInitialWrite});
  }
  if (memory.youngest_read == kNothing) return;
  ++answer_.judged[1];
  if (too_old(step, memory.youngest_read)) {
    add(Guarantee::kMonotonicReads,
        {{}, number, memory.youngest_read, memory.youngest_step, kInitialWrite, kInitialWrite});
  } else if (step.more_count == 0 && step.write != kInitialWrite && step.write != memory.last_value &&
             memory.last_value != kNothing) {
    const uint32_t before = read_at_[step.write];
    if (before != kNothing && history_.steps[before].session == step.session)
      add(Guarantee::kMonotonicReads, {{}, number, memory.last_value, memory.last_step, kInitialWrite, before});
  }
}

void Guarantees::judge_others(uint32_t number) {
  const SessionStep& step = history_.steps[number];
  const Known& known = known_[step.key];
  if (known.written > 0) {
    ++answer_.judged[2];
    const uint32_t written = known.written - 1;
    if (too_old(step, written)) {
      const Seen& by = seen_[write(written).session];
      add(Guarantee::kMonotonicWrites, {{}, number, written, by.step, by.write, kInitialWrite});
    }
  }
  if (known.read > 0) {
    ++answer_.judged[3];
    const uint32_t read = known.read - 1;
    if (too_old(step, read)) {
      const bool told = answer_.violations[3] < kFlawsToldOfEach;
      const Seen& by = seen_[told ? who_read(step, read) : 0];
      add(Guarantee::kWritesFollowReads, {{}, number, read, by.step, by.write, kInitialWrite});
    }
  }
}

// A session that is known here to have read `write` before one of its own writes that was read here.
uint32_t Guarantees::who_read(const SessionStep& by, uint32_t write) const {
  for (uint32_t other = 0; other < history_.sessions; ++other) {
    if (other == by.session) continue;
    for (uint32_t i = first_deed_[other]; i < seen_[other].learned; ++i) {
      if (!deeds_[i].wrote && deeds_[i].write == write) return other;
    }
  }
  return 0;
}

}  // namespace

SessionAnswer find_session_flaws(const SessionHistory& history, const Judging& judging) {
  return Guarantees(history, judging).find();
}

}  // namespace checkers
