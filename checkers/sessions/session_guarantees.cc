#include "checkers/sessions/session_guarantees.h"

#include <algorithm>
#include <unordered_map>

namespace checkers {
namespace {

constexpr uint32_t kNone = 0xffffffff;
constexpr size_t kNamedFlaws = 3;  // flaws of one guarantee

// What a session had done to a key by its `place`-th write: the write to begin last, of those that it had written, or
// read, until then.
struct Past {
  uint32_t place = 0;
  uint32_t write = 0;
};
struct KeySteps {
  uint32_t session = 0;
  std::vector<Past> written;  // by place: its own writes of the key
  std::vector<Past> read;     // by place of the next write: the youngest that it had read of the key
};

// Of one session and key, so far.
struct Memory {
  uint32_t own_write = kNone, own_step = kNone;
  uint32_t youngest_read = kNone, youngest_step = kNone;
  uint32_t last_value = kNone, last_step = kNone;  // of the last read that showed one value
};

class Guarantees {
 public:
  explicit Guarantees(const SessionHistory& history) : history_(history) {}

  SessionAnswer find() {
    note_uses();
    std::vector<std::vector<uint32_t>> of_session(history_.sessions);
    for (uint32_t i = 0; i < history_.steps.size(); ++i) of_session[history_.steps[i].session].push_back(i);
    for (const auto& steps : of_session) follow(steps);
    return std::move(answer_);
  }

 private:
  const SessionWrite& write(uint32_t number) const { return history_.writes[number]; }
  int64_t began(uint32_t number) const { return write(number).operation->invoked; }
  uint32_t younger(uint32_t a, uint32_t b) const { return a == kNone || (b != kNone && began(b) > began(a)) ? b : a; }

  template <typename Visit>
  void for_each_shown(const SessionStep& step, Visit visit) const {
    if (step.write != kInitialWrite) visit(step.write);
    for (uint32_t k = 0; k < step.more_count; ++k) visit(history_.siblings[step.more + k]);
  }

  // By then all that the read shows had happened; -1 if it shows nothing.
  int64_t freshness(const SessionStep& read) const {
    int64_t latest = -1;
    for_each_shown(read, [&](uint32_t w) { latest = std::max(latest, write(w).happened); });
    return latest;
  }
  bool too_old(const SessionStep& read, uint32_t number) const { return freshness(read) < began(number); }

  void note_uses();
  void follow(const std::vector<uint32_t>& steps);
  void judge_read(uint32_t number, const Memory& memory);
  void judge_others(uint32_t number);
  void add(Guarantee guarantee, SessionFlaw flaw);

  const SessionHistory& history_;
  SessionAnswer answer_;
  std::vector<std::vector<KeySteps>> uses_;  // by key
  // Of the session at hand: by other session, the last of its writes that it has read, and the step that did.
  std::vector<uint32_t> seen_place_, seen_step_, seen_write_;
  std::unordered_map<uint32_t, uint32_t> read_at_;  // write → step of the last read that showed it alone
};

void Guarantees::note_uses() {
  uses_.resize(history_.keys);
  std::vector<std::unordered_map<uint32_t, size_t>> place_of(history_.keys);
  std::vector<uint32_t> writes(history_.sessions, 0);
  for (const SessionStep& step : history_.steps) {
    auto& uses = uses_[step.key];
    const auto [found, fresh] = place_of[step.key].emplace(step.session, uses.size());
    if (fresh) uses.push_back({step.session, {}, {}});
    KeySteps& use = uses[found->second];
    if (step.is_write) {
      writes[step.session] = write(step.write).place;
      use.written.push_back({write(step.write).place, step.write});
      continue;
    }
    uint32_t youngest = use.read.empty() ? kNone : use.read.back().write;
    for_each_shown(step, [&](uint32_t w) { youngest = younger(youngest, w); });
    if (youngest == kNone) continue;
    const uint32_t next = writes[step.session] + 1;
    if (!use.read.empty() && use.read.back().place == next) {
      use.read.back().write = youngest;
    } else {
      use.read.push_back({next, youngest});
    }
  }
}

void Guarantees::add(Guarantee guarantee, SessionFlaw flaw) {
  flaw.guarantee = guarantee;
  if (++answer_.violations[static_cast<size_t>(guarantee)] <= static_cast<int64_t>(kNamedFlaws))
    answer_.flaws.push_back(flaw);
}

void Guarantees::follow(const std::vector<uint32_t>& steps) {
  seen_place_.assign(history_.sessions, 0);
  seen_step_.assign(history_.sessions, kNone);
  seen_write_.assign(history_.sessions, kNone);
  read_at_.clear();
  std::unordered_map<uint32_t, Memory> memories;  // by key
  for (const uint32_t number : steps) {
    const SessionStep& step = history_.steps[number];
    Memory& memory = memories[step.key];
    if (step.is_write) {
      if (step.operation->ok()) {
        memory.own_write = step.write;
        memory.own_step = number;
      }
      continue;
    }
    for_each_shown(step, [&](uint32_t w) {
      const uint32_t session = write(w).session;
      if (write(w).place <= seen_place_[session]) return;
      seen_place_[session] = write(w).place;
      seen_step_[session] = number;
      seen_write_[session] = w;
    });
    judge_read(number, memory);
    judge_others(number);
    for_each_shown(step, [&](uint32_t w) {
      if (memory.youngest_read != kNone && younger(memory.youngest_read, w) == memory.youngest_read) return;
      memory.youngest_read = w;
      memory.youngest_step = number;
    });
    if (step.write == kInitialWrite || step.more_count > 0) continue;
    memory.last_value = step.write;
    memory.last_step = number;
    read_at_[step.write] = number;
  }
}

void Guarantees::judge_read(uint32_t number, const Memory& memory) {
  const SessionStep& step = history_.steps[number];
  if (memory.own_write != kNone) {
    ++answer_.judged[0];
    if (too_old(step, memory.own_write))
      add(Guarantee::kReadYourWrites, {{}, number, memory.own_write, memory.own_step, kInitialWrite, kInitialWrite});
  }
  if (memory.youngest_read == kNone) return;
  ++answer_.judged[1];
  if (too_old(step, memory.youngest_read)) {
    add(Guarantee::kMonotonicReads,
        {{}, number, memory.youngest_read, memory.youngest_step, kInitialWrite, kInitialWrite});
  } else if (step.more_count == 0 && step.write != memory.last_value && memory.last_value != kNone) {
    const auto before = read_at_.find(step.write);
    if (before != read_at_.end())
      add(Guarantee::kMonotonicReads, {{}, number, memory.last_value, memory.last_step, kInitialWrite, before->second});
  }
}

void Guarantees::judge_others(uint32_t number) {
  const SessionStep& step = history_.steps[number];
  uint32_t written = kNone, by_writer = kNone, read = kNone, by_reader = kNone;
  for (const KeySteps& use : uses_[step.key]) {
    const uint32_t seen = seen_place_[use.session];
    if (seen == 0 || use.session == step.session) continue;
    const auto until = [seen](const std::vector<Past>& past) {
      return std::upper_bound(past.begin(), past.end(), seen, [](uint32_t s, const Past& p) { return s < p.place; });
    };
    // The write that was read itself is monotonic reads' business.
    auto own = std::lower_bound(use.written.begin(), use.written.end(), seen,
                                [](const Past& p, uint32_t s) { return p.place < s; });
    if (own != use.written.begin() && younger(written, std::prev(own)->write) != written) {
      written = std::prev(own)->write;
      by_writer = use.session;
    }
    const auto earlier = until(use.read);
    if (earlier != use.read.begin() && younger(read, std::prev(earlier)->write) != read) {
      read = std::prev(earlier)->write;
      by_reader = use.session;
    }
  }
  if (written != kNone) {
    ++answer_.judged[2];
    if (too_old(step, written))
      add(Guarantee::kMonotonicWrites,
          {{}, number, written, seen_step_[by_writer], seen_write_[by_writer], kInitialWrite});
  }
  if (read != kNone) {
    ++answer_.judged[3];
    if (too_old(step, read))
      add(Guarantee::kWritesFollowReads,
          {{}, number, read, seen_step_[by_reader], seen_write_[by_reader], kInitialWrite});
  }
}

}  // namespace

SessionAnswer find_session_flaws(const SessionHistory& history) { return Guarantees(history).find(); }

}  // namespace checkers
