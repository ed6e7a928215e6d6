// The checkers causal (CC) and causal-convergent (CCv): flaws of causal order, told in sentences.
#include <fmt/format.h>

#include "checkers/explain.h"
#include "checkers/sessions/causal_order.h"
#include "checkers/sessions/session_history.h"
#include "checkers/trial.h"

namespace checkers {
namespace {

using Pattern = CausalFlaw::Pattern;

class Causal {
 public:
  Causal(const Trial& trial, std::string name, bool convergent)
      : convergent_(convergent),
        trial_(trial),
        history_(trial),
        result_(result_of(std::move(name),
                          convergent ? "every session sees causes before effects, and all sessions agree on one order "
                                       "of concurrent writes"
                                     : "every session sees causes before effects: what it did, what it read, and all "
                                       "that came before these")) {}

  Result check();

 private:
  void report_thin_air();
  void report(const CausalFlaw& flaw);
  Witness cyclic_co(const CausalFlaw& flaw) const;
  Witness not_latest(const CausalFlaw& flaw) const;
  Witness cyclic_cf(const CausalFlaw& flaw) const;
  const Operation& operation(uint32_t step) const { return *history_.steps[step].operation; }
  std::string why_before(uint32_t from, uint32_t to, const std::string& a, const std::string& b,
                         std::vector<const Operation*>& mentioned) const;

  const bool convergent_;
  const Trial& trial_;
  const SessionHistory history_;
  Result result_;
  Findings findings_;
};

std::string letter(size_t i) { return std::string(1, static_cast<char>('A' + i)); }

// "A happened before B, because process 2's read … read what A wrote, and process 2 then did B".
std::string Causal::why_before(uint32_t from, uint32_t to, const std::string& a, const std::string& b,
                               std::vector<const Operation*>& mentioned) const {
  const std::vector<uint32_t> chain = causal_chain(history_, from, to);
  const auto process = [&](uint32_t step) { return operation(step).invocation->process; };
  if (chain.size() == 2) {
    if (history_.steps[from].session == history_.steps[to].session)
      return fmt::format("{} happened before {}, because process {} did {} after {}", a, b, process(from), b, a);
    return fmt::format("{} happened before {}, because {} read what {} wrote", a, b, b, a);
  }
  std::vector<std::string> links;
  constexpr size_t kTold = 4;
  for (size_t i = 1; i + 1 < chain.size(); ++i) {
    if (links.size() == kTold) {
      links.push_back(fmt::format("so on over {} further steps", chain.size() - 2 - kTold));
      break;
    }
    const bool same = history_.steps[chain[i]].session == history_.steps[chain[i - 1]].session;
    mentioned.push_back(&operation(chain[i]));
    links.push_back(
        fmt::format("{} {}", describe_with_end(operation(chain[i])),
                    same ? fmt::format("followed in process {}", process(chain[i])) : "read what was written there"));
  }
  const bool same = history_.steps[to].session == history_.steps[chain[chain.size() - 2]].session;
  return fmt::format("{} happened before {}, because after {} {}, and {} {}", a, b, a, join(links, ", then "), b,
                     same ? "followed there" : "read that");
}

Witness Causal::cyclic_co(const CausalFlaw& flaw) const {
  std::vector<const Operation*> operations;
  std::string letters, links;
  constexpr size_t kTold = 6;
  for (size_t i = 0; i < flaw.steps.size() && i < kTold; ++i) {
    operations.push_back(&operation(flaw.steps[i]));
    letters += fmt::format("{}{} = {}", i == 0 ? "" : ", ", letter(i), describe_with_end(operation(flaw.steps[i])));
  }
  for (size_t i = 0; i + 1 < operations.size(); i += 2) {
    const bool last = i + 2 >= flaw.steps.size();
    const std::string next = last ? "A" : i + 2 < operations.size() ? letter(i + 2) : "a further such read";
    links += fmt::format("{}{} read what {} wrote, and {} came after {} in its session", i == 0 ? "" : "; ", letter(i),
                         letter(i + 1), letter(i + 1), next);
  }
  return make_witness("CyclicCO", operations, fmt::format("Let {}. {}: each happened before itself.", letters, links));
}

Witness Causal::not_latest(const CausalFlaw& flaw) const {
  const bool initial = flaw.pattern == Pattern::kWriteCOInitRead;
  const uint32_t write = flaw.steps[initial ? 0 : 1], read = flaw.steps.back();
  std::vector<const Operation*> operations;
  for (const uint32_t step : flaw.steps) operations.push_back(&operation(step));
  if (initial) {
    const std::string why = why_before(write, read, "A", "B", operations);
    return make_witness("WriteCOInitRead", operations,
                        fmt::format("Let A = {}, B = {}. {}; yet B shows the value from before any write.",
                                    describe_with_end(operation(write)), describe_with_end(operation(read)), why));
  }
  const std::string first = why_before(flaw.steps[0], write, "A", "B", operations);
  const std::string second = why_before(write, read, "B", "C", operations);
  return make_witness(
      "WriteCORead", operations,
      fmt::format("Let A = {}, B = {}, C = {}. {}. And {}; yet C shows A's value, which B had replaced.",
                  describe_with_end(operation(flaw.steps[0])), describe_with_end(operation(write)),
                  describe_with_end(operation(read)), first, second));
}

Witness Causal::cyclic_cf(const CausalFlaw& flaw) const {
  std::vector<const Operation*> operations;
  std::string letters, links;
  constexpr size_t kTold = 4;
  for (size_t i = 0; i < flaw.steps.size() && i < kTold; ++i) {
    operations.push_back(&operation(flaw.steps[i]));
    letters += fmt::format("{}{} = {}", i == 0 ? "" : ", ", letter(i), describe_with_end(operation(flaw.steps[i])));
  }
  const size_t told = operations.size();
  for (size_t i = 0; i < told; ++i) {
    const std::string next = i + 1 == flaw.steps.size() ? "A" : i + 1 < told ? letter(i + 1) : "the next";
    links += i == 0 ? "" : "; ";
    if (flaw.reads[i] == CausalFlaw::kNoStep) {
      const uint32_t to = flaw.steps[(i + 1) % flaw.steps.size()];
      links += why_before(flaw.steps[i], to, letter(i), next, operations);
      continue;
    }
    const Operation& read = operation(flaw.reads[i]);
    operations.push_back(&read);
    links += fmt::format("{} must come before {}, because {} knew {}, yet showed {}'s value", letter(i), next,
                         describe_with_end(read), letter(i), next);
  }
  return make_witness("CyclicCF", operations,
                      fmt::format("Let {}. {}: no order of these writes suits all who read them.", letters, links));
}

void Causal::report(const CausalFlaw& flaw) {
  findings_.add([&] {
    switch (flaw.pattern) {
      case Pattern::kCyclicCO:
        return cyclic_co(flaw);
      case Pattern::kCyclicCF:
        return cyclic_cf(flaw);
      default:
        return not_latest(flaw);
    }
  });
}

void Causal::report_thin_air() {
  for (const ThinAir& thin : history_.thin_air) {
    findings_.add([&] {
      if (thin.failed == nullptr)
        return make_witness(
            "ThinAir", {thin.read},
            fmt::format("Let A = {}. A shows {}, which nobody wrote.", describe_with_end(*thin.read), thin.value));
      return make_witness("ThinAir", {thin.failed, thin.read},
                          fmt::format("Let A = {}, B = {}. A failed, so that it never took effect, yet B shows its "
                                      "value.",
                                      describe_with_end(*thin.failed), describe_with_end(*thin.read)));
    });
  }
}

Result Causal::check() {
  if (!history_.unfit.empty() || !history_.siblings.empty()) {
    result_.summary = history_.unfit.empty() ? "reads show several siblings: only registers with one value are judged"
                                             : history_.unfit;
    return std::move(result_);
  }
  const size_t needed = sizeof(uint32_t) * (history_.writes.size() + history_.keys) * history_.sessions;
  if (needed > trial_.judging.memory_budget_bytes) {
    result_.summary = fmt::format(
        "{} and {} need {} MiB, of which {} may be used", count(static_cast<int64_t>(history_.writes.size()), "write"),
        count(history_.sessions, "session"), needed >> 20, trial_.judging.memory_budget_bytes >> 20);
    return std::move(result_);
  }
  const CausalAnswer answer = find_causal_flaws(history_, convergent_, trial_.judging);
  report_thin_air();
  for (const CausalFlaw& flaw : answer.flaws) report(flaw);
  const auto thin = static_cast<int64_t>(history_.thin_air.size());
  result_.evidence = {{"reads judged", answer.reads},
                      {"writes", static_cast<int64_t>(history_.writes.size())},
                      {"sessions", history_.sessions}};
  const std::pair<const char*, int64_t> patterns[] = {{"ThinAir", thin},
                                                      {"CyclicCO", answer.cyclic_co},
                                                      {"WriteCOInitRead", answer.init_reads},
                                                      {"WriteCORead", answer.co_reads},
                                                      {"CyclicCF", answer.cyclic_cf}};
  int64_t all = 0;
  std::vector<std::string> found;
  for (const auto& [name, count] : patterns) {
    if (count > 0) found.push_back(fmt::format("{} {}", count, name));
    all += count;
    if (convergent_ || std::string_view(name) != "CyclicCF") result_.details.set(name, count);
  }
  if (answer.reads > 0 && !history_.writes.empty() && !answer.stopped) result_.verdict = Verdict::kValid;
  result_.summary = answer.reads + thin == 0 ? "no read succeeded"
                    : all > 0                ? "bad patterns: " + join(found)
                    : answer.stopped         ? "stopped before all was judged"
                                     : fmt::format("{} of {} judged, no bad pattern", count(answer.reads, "read"),
                                                   count(history_.sessions, "session"));
  const int64_t told = findings_.count();
  findings_.move_into(result_);
  result_.violations += all - told;  // those that only were counted
  return std::move(result_);
}

}  // namespace

Result check_causal(const Trial& trial) { return Causal(trial, "causal", false).check(); }
Result check_causal_convergent(const Trial& trial) { return Causal(trial, "causal-convergent", true).check(); }

}  // namespace checkers
