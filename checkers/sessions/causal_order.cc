#include "checkers/sessions/causal_order.h"

#include <algorithm>
#include <limits>

namespace checkers {
namespace {

using Pattern = CausalFlaw::Pattern;
constexpr uint32_t kNobody = 0xffffffff;
constexpr size_t kKept = 5;  // flaws of one pattern

// An order imposed by a read: all sessions must put `before` before `after`.
struct Conflict {
  uint32_t before = 0;
  uint32_t after = 0;
  uint32_t read = 0;  // its step
};

// What one session's reads showed.
struct Found {
  std::vector<CausalFlaw> init_reads, co_reads;
  int64_t init_read_count = 0, co_read_count = 0, reads = 0;
  std::vector<Conflict> conflicts;
};

class CausalSearch {
 public:
  CausalSearch(const SessionHistory& history, bool convergent, const Judging& judging)
      : history_(history),
        convergent_(convergent),
        judging_(judging),
        sessions_(history.sessions),
        past_(size_t{history.sessions} * history.writes.size()) {}

  CausalAnswer find();

 private:
  using Clock = uint32_t;  // places of writes, by session

  void index();
  void follow_sessions();
  bool advance(uint32_t session, std::vector<Clock>& clock, uint32_t step);
  void find_cyclic_co();
  Found judge_session(uint32_t session) const;
  void find_cyclic_cf(const std::vector<Conflict>& conflicts);

  const Clock* past(uint32_t write) const { return &past_[size_t{write} * sessions_]; }
  uint32_t write_at(uint32_t session, Clock place) const { return writes_of_[first_write_[session] + place - 1]; }
  static void join(Clock* clock, const Clock* other, uint32_t size) {
    for (uint32_t t = 0; t < size; ++t) clock[t] = std::max(clock[t], other[t]);
  }
  const SessionWrite& write(uint32_t number) const { return history_.writes[number]; }

  const SessionHistory& history_;
  const bool convergent_;
  const Judging& judging_;
  const uint32_t sessions_;
  std::vector<Clock> past_;  // of every write that has been reached, itself included: a row a write
  CausalAnswer answer_;

  // By session: its steps, its writes. Groups lie one behind the other.
  std::vector<uint32_t> steps_of_, first_step_, writes_of_, first_write_, step_of_write_;
  // By key: its writes, session by session, and for each write the place of its session's next one of the key.
  std::vector<uint32_t> writes_on_, first_on_, next_on_key_;
  std::vector<uint32_t> reached_;  // by session: how many of its steps have a causal past without a cycle
  std::vector<uint32_t> blocked_on_;
};

// Counting sort: the members of each group, in order, one group behind the other.
template <typename GroupOf>
void group(size_t groups, size_t members, GroupOf group_of, std::vector<uint32_t>& first, std::vector<uint32_t>& out) {
  first.assign(groups + 1, 0);
  for (size_t i = 0; i < members; ++i) ++first[group_of(i) + 1];
  for (size_t g = 0; g < groups; ++g) first[g + 1] += first[g];
  out.resize(members);
  std::vector<uint32_t> next(first.begin(), first.end() - 1);
  for (size_t i = 0; i < members; ++i) out[next[group_of(i)]++] = static_cast<uint32_t>(i);
}

void CausalSearch::index() {
  const auto& steps = history_.steps;
  const auto& writes = history_.writes;
  group(
      sessions_, steps.size(), [&](size_t i) { return steps[i].session; }, first_step_, steps_of_);
  group(
      sessions_, writes.size(), [&](size_t i) { return writes[i].session; }, first_write_, writes_of_);
  step_of_write_.resize(writes.size());
  for (uint32_t i = 0; i < steps.size(); ++i) {
    if (steps[i].is_write) step_of_write_[steps[i].write] = i;
  }
  // Sessions in order within a key: the writes are taken session by session.
  std::vector<uint32_t> by_key;
  group(
      history_.keys, writes.size(), [&](size_t i) { return writes[writes_of_[i]].key; }, first_on_, by_key);
  writes_on_.resize(writes.size());
  next_on_key_.assign(writes.size(), kNobody);
  for (size_t i = 0; i < by_key.size(); ++i) {
    writes_on_[i] = writes_of_[by_key[i]];
    if (i == 0) continue;
    const SessionWrite &a = writes[writes_on_[i - 1]], &b = writes[writes_on_[i]];
    if (a.key == b.key && a.session == b.session) next_on_key_[writes_on_[i - 1]] = b.place;
  }
}

// Takes one step of a session; false if it read a write that has not been reached.
bool CausalSearch::advance(uint32_t session, std::vector<Clock>& clock, uint32_t step_number) {
  const SessionStep& step = history_.steps[step_number];
  Clock* own = &clock[size_t{session} * sessions_];
  if (step.is_write) {
    own[session] = write(step.write).place;
    std::copy(own, own + sessions_, &past_[size_t{step.write} * sessions_]);
    return true;
  }
  if (step.write == kInitialWrite) return true;
  const SessionWrite& read = write(step.write);
  const Clock* row = past(step.write);
  if (row[read.session] == 0) return false;  // a reached write is in its own past
  if (own[read.session] < read.place) join(own, row, sessions_);
  return true;
}

// Each session goes on until it has read what has not been written yet, and waits there for the writer. Steps are in an
// order in which that hardly ever happens.
void CausalSearch::follow_sessions() {
  std::vector<Clock> clock(size_t{sessions_} * sessions_);
  std::vector<std::vector<uint32_t>> waiting(history_.writes.size());  // sessions
  blocked_on_.assign(sessions_, kNobody);
  reached_.assign(sessions_, 0);
  std::vector<uint32_t> runnable;
  for (uint32_t now = 0; now < history_.steps.size(); ++now) {
    runnable.push_back(history_.steps[now].session);
    while (!runnable.empty()) {
      const uint32_t session = runnable.back();
      runnable.pop_back();
      while (blocked_on_[session] == kNobody && first_step_[session] + reached_[session] < first_step_[session + 1]) {
        const uint32_t number = steps_of_[first_step_[session] + reached_[session]];
        if (number > now) break;
        const SessionStep& step = history_.steps[number];
        if (!advance(session, clock, number)) {
          blocked_on_[session] = step.write;
          waiting[step.write].push_back(session);
          break;
        }
        ++reached_[session];
        if (!step.is_write) continue;
        for (const uint32_t waiter : waiting[step.write]) {
          blocked_on_[waiter] = kNobody;
          runnable.push_back(waiter);
        }
        waiting[step.write].clear();
      }
    }
  }
}

// Sessions that wait for each other to the end. Each waits for one other: following them runs into a cycle.
void CausalSearch::find_cyclic_co() {
  std::vector<uint32_t> seen_by(sessions_, kNobody);
  for (uint32_t start = 0; start < sessions_; ++start) {
    uint32_t session = start;
    while (blocked_on_[session] != kNobody && seen_by[session] == kNobody) {
      seen_by[session] = start;
      session = write(blocked_on_[session]).session;
    }
    if (blocked_on_[session] == kNobody || seen_by[session] != start) continue;
    ++answer_.cyclic_co;
    CausalFlaw flaw{Pattern::kCyclicCO, {}, {}};
    const uint32_t first = session;
    do {
      flaw.steps.push_back(steps_of_[first_step_[session] + reached_[session]]);
      flaw.steps.push_back(step_of_write_[blocked_on_[session]]);
      session = write(blocked_on_[session]).session;
    } while (session != first);
    if (answer_.cyclic_co <= static_cast<int64_t>(kKept)) answer_.flaws.push_back(std::move(flaw));
  }
}

// The last write of a key that each session's clock shows, as far as a session has followed them. Both arrays are swept
// as a whole for every read, and hardly ever is there anything to do.
struct LastVisible {
  std::vector<uint32_t> place;  // 0: none
  std::vector<uint32_t> next;   // of the session's next write of the key; kNobody: none
};

Found CausalSearch::judge_session(uint32_t session) const {
  Found found;
  std::vector<Clock> clock(sessions_);
  std::vector<uint32_t> slot(history_.keys, kNobody);
  std::vector<LastVisible> keys;
  uint32_t last_read = kNobody, last_write = kNobody;  // the same conflict is not noted again and again
  std::vector<uint32_t> noted(sessions_, 0);
  const std::vector<Clock> nothing(sessions_, 0);  // the past of the initial value
  for (uint32_t i = 0; i < reached_[session]; ++i) {
    const uint32_t number = steps_of_[first_step_[session] + i];
    const SessionStep& step = history_.steps[number];
    if (step.is_write) {
      clock[session] = write(step.write).place;
      continue;
    }
    const bool initial = step.write == kInitialWrite;
    const Clock* row = initial ? nothing.data() : past(step.write);
    if (!initial && clock[write(step.write).session] < write(step.write).place) join(clock.data(), row, sessions_);
    if (slot[step.key] == kNobody) {
      slot[step.key] = static_cast<uint32_t>(keys.size());
      LastVisible& fresh = keys.emplace_back();
      fresh.place.assign(sessions_, 0);
      fresh.next.assign(sessions_, kNobody);
      for (uint32_t k = first_on_[step.key + 1]; k-- > first_on_[step.key];) {
        fresh.next[write(writes_on_[k]).session] = write(writes_on_[k]).place;  // the first of each session stays
      }
    }
    ++found.reads;
    LastVisible& last = keys[slot[step.key]];
    uint32_t *place = last.place.data(), *next = last.next.data();
    uint32_t moves = 0;
    for (uint32_t t = 0; t < sessions_; ++t) moves |= static_cast<uint32_t>(next[t] <= clock[t]);
    if (moves != 0) {
      for (uint32_t t = 0; t < sessions_; ++t) {
        while (next[t] <= clock[t]) {
          place[t] = next[t];
          next[t] = next_on_key_[write_at(t, place[t])];
        }
      }
    }
    uint32_t beyond = 0;  // is there any that is not in the past of what was read?
    for (uint32_t t = 0; t < sessions_; ++t) beyond |= static_cast<uint32_t>(place[t] > row[t]);
    if (beyond == 0) continue;
    bool flawed = false;
    for (uint32_t t = 0; t < sessions_; ++t) {
      if (place[t] <= row[t]) continue;
      const uint32_t other = write_at(t, place[t]);
      if (initial) {
        if (found.init_reads.size() < kKept && !flawed)
          found.init_reads.push_back({Pattern::kWriteCOInitRead, {step_of_write_[other], number}, {}});
        flawed = true;
      } else if (past(other)[write(step.write).session] >= write(step.write).place) {
        if (found.co_reads.size() < kKept && !flawed)
          found.co_reads.push_back(
              {Pattern::kWriteCORead, {step_of_write_[step.write], step_of_write_[other], number}, {}});
        flawed = true;
      } else if (convergent_) {
        const bool again = step.write == last_write && last_read == step.key && noted[t] == place[t];
        if (!again) found.conflicts.push_back({other, step.write, number});
      }
      noted[t] = place[t];
    }
    last_write = step.write;
    last_read = step.key;
    found.init_read_count += initial && flawed;
    found.co_read_count += !initial && flawed;
  }
  return found;
}

// Whoever is left when every write without a predecessor has been taken away, again and again, is on a cycle or behind
// one.
void CausalSearch::find_cyclic_cf(const std::vector<Conflict>& conflicts) {
  const size_t count = history_.writes.size();
  std::vector<Conflict> edges = conflicts;
  std::vector<uint32_t> last(sessions_, kNobody);
  std::vector<std::vector<uint32_t>> read(sessions_);  // since the last write: the writes that were read
  for (uint32_t i = 0; i < history_.steps.size(); ++i) {
    const SessionStep& step = history_.steps[i];
    if (!step.is_write) {
      if (step.write != kInitialWrite) read[step.session].push_back(step.write);
      continue;
    }
    if (last[step.session] != kNobody) edges.push_back({last[step.session], step.write, CausalFlaw::kNoStep});
    for (const uint32_t source : read[step.session]) {
      // What its predecessor knew, it knows through it.
      const uint32_t before = last[step.session];
      const SessionWrite& w = write(source);
      if (before == kNobody || past(before)[w.session] < w.place)
        edges.push_back({source, step.write, CausalFlaw::kNoStep});
    }
    read[step.session].clear();
    last[step.session] = step.write;
  }
  std::vector<uint32_t> first, out;
  group(
      count, edges.size(), [&](size_t i) { return edges[i].before; }, first, out);
  std::vector<uint32_t> before(count, 0), free;
  for (const Conflict& edge : edges) ++before[edge.after];
  for (uint32_t w = 0; w < count; ++w) {
    if (before[w] == 0) free.push_back(w);
  }
  while (!free.empty()) {
    const uint32_t w = free.back();
    free.pop_back();
    for (uint32_t k = first[w]; k < first[w + 1]; ++k) {
      if (--before[edges[out[k]].after] == 0) free.push_back(edges[out[k]].after);
    }
  }
  // The shortest cycle through one of the first conflicts among them, by breadth.
  constexpr size_t kTried = 50;
  size_t tried = 0;
  CausalFlaw shortest;
  std::vector<uint32_t> came_by(count, kNobody);
  for (const Conflict& conflict : conflicts) {
    if (before[conflict.before] == 0 || before[conflict.after] == 0 || tried == kTried) continue;
    ++tried;
    std::fill(came_by.begin(), came_by.end(), kNobody);
    std::vector<uint32_t> queue = {conflict.after};
    for (size_t head = 0; head < queue.size() && came_by[conflict.before] == kNobody; ++head) {
      for (uint32_t k = first[queue[head]]; k < first[queue[head] + 1]; ++k) {
        const uint32_t to = edges[out[k]].after;
        if (before[to] == 0 || came_by[to] != kNobody || to == conflict.after) continue;
        came_by[to] = out[k];
        queue.push_back(to);
      }
    }
    if (came_by[conflict.before] == kNobody) continue;
    CausalFlaw cycle{Pattern::kCyclicCF, {step_of_write_[conflict.before]}, {conflict.read}};
    for (uint32_t w = conflict.before; w != conflict.after; w = edges[came_by[w]].before) {
      cycle.steps.push_back(step_of_write_[edges[came_by[w]].before]);
      cycle.reads.push_back(edges[came_by[w]].read);
    }
    // From `after` on, towards `before`: the walk went backwards.
    std::reverse(cycle.steps.begin() + 1, cycle.steps.end());
    std::reverse(cycle.reads.begin() + 1, cycle.reads.end());
    if (shortest.steps.empty() || cycle.steps.size() < shortest.steps.size()) shortest = std::move(cycle);
  }
  if (shortest.steps.empty()) return;
  answer_.cyclic_cf = 1;
  answer_.flaws.push_back(std::move(shortest));
}

CausalAnswer CausalSearch::find() {
  index();
  follow_sessions();
  find_cyclic_co();
  std::vector<Found> found(sessions_);
  judging_.run(sessions_, [&](size_t session) {
    if (!judging_.stopped()) found[session] = judge_session(static_cast<uint32_t>(session));
  });
  answer_.stopped = judging_.stopped();
  std::vector<Conflict> conflicts;
  size_t init_reads = 0, co_reads = 0;
  for (Found& of_session : found) {
    answer_.reads += of_session.reads;
    answer_.init_reads += of_session.init_read_count;
    answer_.co_reads += of_session.co_read_count;
    for (CausalFlaw& flaw : of_session.init_reads) {
      if (++init_reads <= kKept) answer_.flaws.push_back(std::move(flaw));
    }
    for (CausalFlaw& flaw : of_session.co_reads) {
      if (++co_reads <= kKept) answer_.flaws.push_back(std::move(flaw));
    }
    conflicts.insert(conflicts.end(), of_session.conflicts.begin(), of_session.conflicts.end());
    of_session = {};
  }
  if (convergent_ && answer_.flaws.empty() && !conflicts.empty()) find_cyclic_cf(conflicts);
  return std::move(answer_);
}

}  // namespace

CausalAnswer find_causal_flaws(const SessionHistory& history, bool convergent, const Judging& judging) {
  return CausalSearch(history, convergent, judging).find();
}

// Backwards, by breadth: from a step to its session's one before, and from a read to the write that it read.
std::vector<uint32_t> causal_chain(const SessionHistory& history, uint32_t from, uint32_t to) {
  const auto& steps = history.steps;
  std::vector<uint32_t> previous(steps.size(), kNobody), of_write(history.writes.size(), kNobody);
  std::vector<uint32_t> last(history.sessions, kNobody);
  for (uint32_t i = 0; i < steps.size(); ++i) {
    previous[i] = last[steps[i].session];
    last[steps[i].session] = i;
    if (steps[i].is_write) of_write[steps[i].write] = i;
  }
  std::vector<uint32_t> after(steps.size(), kNobody);  // the step that it leads to
  std::vector<uint32_t> queue = {to};
  for (size_t head = 0; head < queue.size() && queue[head] != from; ++head) {
    const uint32_t step = queue[head];
    const bool reads = !steps[step].is_write && steps[step].write != kInitialWrite;
    for (const uint32_t before : {reads ? of_write[steps[step].write] : kNobody, previous[step]}) {
      if (before == kNobody || before == to || after[before] != kNobody) continue;
      after[before] = step;
      queue.push_back(before);
    }
  }
  if (from == to || after[from] == kNobody) return {};
  std::vector<uint32_t> chain = {from};
  for (uint32_t step = from; step != to;) {
    step = after[step];
    // Of a run within one session only its ends matter.
    const size_t n = chain.size();
    if (n >= 2 && steps[step].session == steps[chain[n - 1]].session &&
        steps[chain[n - 1]].session == steps[chain[n - 2]].session)
      chain.pop_back();
    chain.push_back(step);
  }
  return chain;
}

}  // namespace checkers
