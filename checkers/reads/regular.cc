// The checkers `regular` and `safe`: no read misses what was acknowledged before it began; of a safe register only
// those reads are asked that no write ran beside.
#include <fmt/format.h>

#include <algorithm>

#include "checkers/explain.h"
#include "checkers/reads/register_reads.h"

namespace checkers {
namespace {

using Shows = ReadFacts::Shows;

Witness witness_of(const ReadFacts& facts) {
  const Operation& read = *facts.read;
  if (facts.shows == Shows::kUnwritten) {
    return make_witness("value from nowhere", {&read},
                        fmt::format("Let A = {}. Nobody wrote that value.", describe_with_end(read)));
  }
  if (facts.shows == Shows::kFailed) {
    return make_witness("failed write seen", {facts.shown, &read},
                        fmt::format("Let A = {}, B = {}. A failed and nobody else wrote its value before B was over.",
                                    describe_with_end(*facts.shown), describe_with_end(read)));
  }
  if (facts.shows == Shows::kFuture) {
    return make_witness(
        "value from the future", {&read, facts.shown},
        fmt::format("Let A = {}, B = {}. Then A was over before B began, because {}; yet A returned what "
                    "only B, or writes after it, wrote.",
                    describe_with_end(read), describe_with_end(*facts.shown), before("A", read, "B", *facts.shown)));
  }
  const Operation& missed = *facts.missed;
  if (facts.shown == nullptr) {
    return make_witness(
        "stale read", {&missed, &read},
        fmt::format("Let A = {}, B = {}. Then A happened before B, because {}; yet B shows what was there "
                    "before any write.",
                    describe_with_end(missed), describe_with_end(read), before("A", missed, "B", read)));
  }
  const Operation& shown = *facts.shown;
  return make_witness("stale read", {&shown, &missed, &read},
                      fmt::format("Let A = {}, B = {}, C = {}. Then B lies between, because {} and {}; yet C shows the "
                                  "value of A, which nobody wrote later.",
                                  describe_with_end(shown), describe_with_end(missed), describe_with_end(read),
                                  before("A", shown, "B", missed), before("B", missed, "C", read)));
}

Result check_reads(const Trial& trial, std::string name, std::string promise, bool only_alone) {
  Result result = result_of(std::move(name), std::move(promise));
  const ObservedReads reads = look_at_reads(trial);
  if (!reads.refused.empty()) {
    result.summary = "not judged: " + reads.refused;
    return result;
  }
  int64_t judged = 0;
  Findings findings;
  for (const ReadFacts& facts : reads.reads) {
    if (only_alone && !facts.alone) continue;
    ++judged;
    if (facts.shows != Shows::kRegular) findings.add([&] { return witness_of(facts); });
  }
  result.evidence = {{"reads judged", judged},
                     {"reads that a write ran beside",
                      static_cast<int64_t>(std::count_if(reads.reads.begin(), reads.reads.end(),
                                                         [](const ReadFacts& facts) { return !facts.alone; }))}};
  if (judged > 0 && reads.written) result.verdict = Verdict::kValid;
  result.summary =
      judged == 0 ? "no read to judge" : fmt::format("{} judged, {} wrong", count(judged, "read"), findings.count());
  if (!reads.written) result.summary += "; nobody wrote anything that they could have missed";
  findings.move_into(result);
  return result;
}

}  // namespace

Result check_regular(const Trial& trial) {
  return check_reads(trial, "regular", "a read shows the last write over before it began, or one under way since",
                     false);
}

Result check_safe(const Trial& trial) {
  return check_reads(trial, "safe", "a read that no write ran beside shows the last write before it", true);
}

}  // namespace checkers
