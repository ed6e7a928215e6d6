#include "checkers/sessions/write_order.h"

#include <algorithm>

#include "checkers/sessions/sort_by_group.h"

namespace checkers {

WriteOrder::WriteOrder(const SessionHistory& history, const CausalPast& past, std::vector<Inversion> inversions)
    : history_(history), past_(past), part_(history.writes.size() + 1, 0) {
  std::sort(inversions.begin(), inversions.end(),
            [](const Inversion& a, const Inversion& b) { return a.from < b.from; });
  uint32_t number = 0, filled_to = 0;
  for (const Inversion& inversion : inversions) {
    if (inversion.from > filled_to) {
      ++number;
      filled_to = inversion.from - 1;
    }
    while (filled_to < inversion.to) part_[++filled_to] = number;
  }
}

bool WriteOrder::collect(const Judging& judging) {
  // The same is not noted again and again: by key and session, what was noted last of it.
  std::vector<std::pair<uint32_t, uint32_t>> noted(past_.uses(), {CausalPast::kNobody, CausalPast::kNobody});
  Headway headway(judging, "order of writes", history_.sessions);
  for (uint32_t session = 0; session < history_.sessions; ++session) {
    if (!headway.advance()) return false;
    past_.repeat(session, [&](uint32_t number, const CausalPast::Clock* known) {
      const SessionStep& step = history_.steps[number];
      if (step.is_write || step.write == kInitialWrite || part(step.write) == 0) return;
      past_.for_each_last(step.key, known, [&](uint32_t use, uint32_t other) {
        if (!together(step.write, other) || past_.is_before(other, step.write)) return;
        const std::pair<uint32_t, uint32_t> pair(other, step.write);
        if (noted[use] == pair) return;
        noted[use] = pair;
        edges_.push_back({other, step.write, number});
      });
    });
  }
  read_edges_ = edges_.size();
  add_causal_edges();
  return true;
}

void WriteOrder::add_causal_edges() {
  std::vector<uint32_t> last(history_.sessions, CausalPast::kNobody);
  std::vector<std::vector<uint32_t>> read(history_.sessions);  // since the last write: the writes that were read
  const auto add = [this](uint32_t before, uint32_t after) {
    if (together(before, after)) edges_.push_back({before, after, CausalFlaw::kNoStep});
  };
  for (const SessionStep& step : history_.steps) {
    if (!step.is_write) {
      if (step.write != kInitialWrite && part(step.write) != 0) read[step.session].push_back(step.write);
      continue;
    }
    const uint32_t before = last[step.session];
    if (before != CausalPast::kNobody) add(before, step.write);
    for (const uint32_t source : read[step.session]) {
      // What its predecessor knew, it knows through it.
      if (before == CausalPast::kNobody || !past_.is_before(source, before)) add(source, step.write);
    }
    read[step.session].clear();
    last[step.session] = step.write;
  }
}

// Whoever is left when every write without a predecessor has been taken away, again and again, is on a cycle or behind
// one: by write, how many of its predecessors are left.
std::vector<uint32_t> WriteOrder::on_cycles(const std::vector<uint32_t>& first,
                                            const std::vector<uint32_t>& out) const {
  std::vector<uint32_t> before(history_.writes.size(), 0), free;
  for (const Edge& edge : edges_) ++before[edge.after];
  for (uint32_t w = 0; w < before.size(); ++w) {
    if (before[w] == 0) free.push_back(w);
  }
  while (!free.empty()) {
    const uint32_t w = free.back();
    free.pop_back();
    for (uint32_t k = first[w]; k < first[w + 1]; ++k) {
      if (--before[edges_[out[k]].after] == 0) free.push_back(edges_[out[k]].after);
    }
  }
  return before;
}

// The shortest through one of the first edges of reads on cycles, by breadth.
std::optional<CausalFlaw> WriteOrder::find_cycle() const {
  const size_t writes = history_.writes.size();
  std::vector<uint32_t> first, out;
  sort_by_group(
      writes, edges_.size(), [&](size_t i) { return edges_[i].before; }, first, out);
  const std::vector<uint32_t> left = on_cycles(first, out);
  constexpr size_t kTried = 50;
  size_t tried = 0;
  std::optional<CausalFlaw> shortest;
  std::vector<uint32_t> came_by(writes, CausalPast::kNobody);
  for (size_t i = 0; i < read_edges_ && tried < kTried; ++i) {
    const Edge& closing = edges_[i];
    if (left[closing.before] == 0 || left[closing.after] == 0) continue;
    ++tried;
    std::fill(came_by.begin(), came_by.end(), CausalPast::kNobody);
    std::vector<uint32_t> queue = {closing.after};
    for (size_t head = 0; head < queue.size() && came_by[closing.before] == CausalPast::kNobody; ++head) {
      for (uint32_t k = first[queue[head]]; k < first[queue[head] + 1]; ++k) {
        const uint32_t to = edges_[out[k]].after;
        if (left[to] == 0 || came_by[to] != CausalPast::kNobody || to == closing.after) continue;
        came_by[to] = out[k];
        queue.push_back(to);
      }
    }
    if (came_by[closing.before] == CausalPast::kNobody) continue;
    CausalFlaw cycle{CausalFlaw::Pattern::kCyclicCF, {past_.step_of(closing.before)}, {closing.read}};
    for (uint32_t w = closing.before; w != closing.after; w = edges_[came_by[w]].before) {
      cycle.steps.push_back(past_.step_of(edges_[came_by[w]].before));
      cycle.reads.push_back(edges_[came_by[w]].read);
    }
    // From `after` on, towards `before`: the walk went backwards.
    std::reverse(cycle.steps.begin() + 1, cycle.steps.end());
    std::reverse(cycle.reads.begin() + 1, cycle.reads.end());
    if (!shortest || cycle.steps.size() < shortest->steps.size()) shortest = std::move(cycle);
  }
  return shortest;
}

}  // namespace checkers
