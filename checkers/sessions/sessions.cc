// The checker sessions: the four session guarantees, counted one by one; the first violations told in sentences.
#include <fmt/format.h>

#include "checkers/explain.h"
#include "checkers/sessions/session_guarantees.h"
#include "checkers/sessions/session_history.h"
#include "checkers/trial.h"

namespace checkers {
namespace {

class Sessions {
 public:
  explicit Sessions(const Trial& trial)
      : trial_(trial),
        elsewhere_(trial.history.test.workload.empty()),
        history_(trial),
        result_(result_of("sessions",
                          elsewhere_ ? "every session keeps the four guarantees" : trial.terms.sessions.text)) {}

  Result check();

 private:
  Witness witness(const SessionFlaw& flaw) const;
  const Operation& step(uint32_t number) const { return *history_.steps[number].operation; }
  const Operation& write(uint32_t number) const { return *history_.writes[number].operation; }
  std::string why_older(const SessionFlaw& flaw) const;

  const Trial& trial_;
  const bool elsewhere_;  // nobody said what is promised: who asks for the checker wants to know
  const SessionHistory history_;
  Result result_;
};

// R is the read, W what it should have reflected.
std::string Sessions::why_older(const SessionFlaw& flaw) const {
  const SessionStep& read = history_.steps[flaw.read];
  if (read.write == kInitialWrite) return "R shows the value from before any write";
  int64_t latest = history_.writes[read.write].happened;
  for (uint32_t k = 0; k < read.more_count; ++k)
    latest = std::max(latest, history_.writes[history_.siblings[read.more + k]].happened);
  return fmt::format("{} R shows had happened by event {}, and W began at event {}",
                     read.more_count == 0 ? "what" : "all that", latest, write(flaw.write).invoked);
}

Witness Sessions::witness(const SessionFlaw& flaw) const {
  const Operation &read = step(flaw.read), &known = step(flaw.known_by), &missed = write(flaw.write);
  const int64_t process = read.invocation->process;
  const std::string name(kGuarantees[static_cast<size_t>(flaw.guarantee)]);
  const std::string r = describe_with_end(read), w = describe_with_end(missed);
  if (flaw.read_before != kInitialWrite) {
    return make_witness(name, {&step(flaw.read_before), &known, &read},
                        fmt::format("Let A = {}, B = {}, C = {}. Process {} did them in this order: the value that A "
                                    "showed had been replaced when B showed another, yet C shows it again.",
                                    describe_with_end(step(flaw.read_before)), describe_with_end(known), r, process));
  }
  switch (flaw.guarantee) {
    case Guarantee::kReadYourWrites:
      return make_witness(
          name, {&missed, &read},
          fmt::format("Let W = {}, R = {}. Process {} did R after W; yet {}.", w, r, process, why_older(flaw)));
    case Guarantee::kMonotonicReads:
      return make_witness(name, {&missed, &known, &read},
                          fmt::format("Let W = {}, A = {}, R = {}. Process {} did R after A, which showed W; yet {}.",
                                      w, describe_with_end(known), r, process, why_older(flaw)));
    default:
      break;
  }
  const Operation& through = write(flaw.through);
  const bool follows = flaw.guarantee == Guarantee::kWritesFollowReads;
  return make_witness(
      name, {&missed, &through, &known, &read},
      fmt::format("Let W = {}, V = {}, A = {}, R = {}. Process {} did V after {} W. Process {} did A, which showed V, "
                  "and then R{}; yet {}.",
                  w, describe_with_end(through), describe_with_end(known), r, through.invocation->process,
                  follows ? "it had read" : "", process, &known == &read ? " (they are the same)" : "",
                  why_older(flaw)));
}

Result Sessions::check() {
  if (!history_.unfit.empty()) {
    result_.summary = history_.unfit;
    return std::move(result_);
  }
  const SessionAnswer answer = find_session_flaws(history_, trial_.judging);
  int64_t judged = 0, violations = 0;
  std::vector<std::string> found;
  for (size_t g = 0; g < kGuarantees.size(); ++g) {
    const std::string name(kGuarantees[g]);
    result_.evidence.push_back({"reads judged by " + name, answer.judged[g]});
    result_.details.set(name, answer.violations[g]);
    judged += answer.judged[g];
    violations += answer.violations[g];
    if (answer.violations[g] > 0)
      found.push_back(fmt::format("{} against {} ({})", answer.violations[g], name,
                                  percent(answer.violations[g], answer.judged[g])));
  }
  const bool judge = elsewhere_ || trial_.terms.sessions.status == Promise::Status::kPromised;
  if (judged > 0) result_.verdict = Verdict::kValid;
  if (!judge && !history_.steps.empty()) result_.verdict = Verdict::kReported;
  result_.summary =
      judged == 0 ? "no session read anything after it could have known better"
      : violations > 0
          ? "reads " + join(found)
          : fmt::format("{} of {}, none too old for its session",
                        count(static_cast<int64_t>(history_.steps.size() - history_.writes.size()), "read"),
                        count(history_.sessions, "session"));
  if (!judge || violations == 0) return std::move(result_);
  Findings findings;
  for (const SessionFlaw& flaw : answer.flaws) findings.add([&] { return witness(flaw); });
  const int64_t told = findings.count();
  findings.move_into(result_);
  result_.violations += violations - told;
  return std::move(result_);
}

}  // namespace

Result check_sessions(const Trial& trial) { return Sessions(trial).check(); }

}  // namespace checkers
