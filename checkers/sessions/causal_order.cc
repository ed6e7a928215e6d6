#include "checkers/sessions/causal_order.h"

#include <algorithm>

#include "checkers/sessions/causal_past.h"
#include "checkers/sessions/write_order.h"

namespace checkers {
namespace {

using Pattern = CausalFlaw::Pattern;
constexpr uint32_t kNobody = CausalPast::kNobody;
constexpr int64_t kFlawsKept = 5;  // of one pattern

class CausalSearch {
 public:
  CausalSearch(const SessionHistory& history, bool convergent, const Judging& judging)
      : history_(history), convergent_(convergent), judging_(judging), past_(history) {}

  CausalAnswer find();

 private:
  void judge_read(uint32_t step);
  void find_cyclic_co();
  void add(int64_t& count, CausalFlaw flaw) {
    if (++count <= kFlawsKept) answer_.flaws.push_back(std::move(flaw));
  }

  const SessionHistory& history_;
  const bool convergent_;
  const Judging& judging_;
  CausalPast past_;
  std::vector<Inversion> inversions_;
  CausalAnswer answer_;
};

// A read is right if, by rank, its session knows no later write of the key: nothing known can have replaced what it
// shows. Only the others need a closer look.
void CausalSearch::judge_read(uint32_t number) {
  const SessionStep& step = history_.steps[number];
  if (step.is_write) return;
  ++answer_.reads;
  const bool initial = step.write == kInitialWrite;
  const uint32_t rank = initial ? 0 : past_.rank(step.write);
  if (past_.newest(step.session, step.key) <= rank) return;
  uint32_t replaced_by = kNobody;
  past_.for_each_last(step.key, past_.known(step.session), [&](uint32_t, uint32_t other) {
    if (past_.rank(other) <= rank) return;
    if (!initial && !past_.is_before(step.write, other)) {
      if (convergent_) inversions_.push_back({rank, past_.rank(other)});
    } else if (replaced_by == kNobody) {
      replaced_by = other;
    }
  });
  if (replaced_by == kNobody) return;
  if (initial) {
    add(answer_.init_reads, {Pattern::kWriteCOInitRead, {past_.step_of(replaced_by), number}, {}});
  } else {
    add(answer_.co_reads, {Pattern::kWriteCORead, {past_.step_of(step.write), past_.step_of(replaced_by), number}, {}});
  }
}

// Sessions that wait for each other to the end. Each waits for one other: following them runs into a cycle.
void CausalSearch::find_cyclic_co() {
  std::vector<uint32_t> seen_by(history_.sessions, kNobody);
  const auto waits_for = [&](uint32_t session) { return past_.waits_for(session); };
  for (uint32_t start = 0; start < history_.sessions; ++start) {
    uint32_t session = start;
    while (waits_for(session) != kNobody && seen_by[session] == kNobody) {
      seen_by[session] = start;
      session = history_.writes[waits_for(session)].session;
    }
    if (waits_for(session) == kNobody || seen_by[session] != start) continue;
    CausalFlaw flaw{Pattern::kCyclicCO, {}, {}};
    const uint32_t first = session;
    do {
      flaw.steps.push_back(past_.next_step(session));
      flaw.steps.push_back(past_.step_of(waits_for(session)));
      session = history_.writes[waits_for(session)].session;
    } while (session != first);
    add(answer_.cyclic_co, std::move(flaw));
  }
}

CausalAnswer CausalSearch::find() {
  answer_.stopped = !past_.follow(judging_, [this](uint32_t step) { judge_read(step); });
  if (answer_.stopped) return std::move(answer_);
  find_cyclic_co();
  if (!convergent_ || !answer_.flaws.empty() || inversions_.empty()) return std::move(answer_);
  WriteOrder order(history_, past_, std::move(inversions_));
  if (!order.collect(judging_)) {
    answer_.stopped = true;
  } else if (std::optional<CausalFlaw> cycle = order.find_cycle()) {
    answer_.cyclic_cf = 1;
    answer_.flaws.push_back(std::move(*cycle));
  }
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
