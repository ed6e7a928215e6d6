// Strict reads against strict writes, pair by pair; all other stale reads are counted and described.
#include "checkers/quorum_reads.h"

#include <fmt/format.h>

#include <algorithm>

namespace checkers {

void Missed::add(const Operation& write, bool judged) {
  ++versions;
  if (oldest == nullptr || write.returned < oldest->returned) oldest = &write;
  if (judged && (must_show == nullptr || write.returned < must_show->returned)) must_show = &write;
}

void QuorumTally::note_answered(const Operation& read) {
  // What a final read misses is lost rather than late: it would spoil the figures.
  reads += !read.final();
}

void QuorumTally::note_stale(const Operation& read, int64_t versions, Nanos behind) {
  if (read.final()) return;
  ++stale;
  versions_behind.push_back(versions);
  nanos_behind.push_back(std::max<int64_t>(0, behind.count()));
}

void QuorumTally::note_stale(const Operation& read, const Missed& missed) {
  note_stale(read, missed.versions, read.start() - missed.oldest->end());
}

void OverlappingWrites::add(const Operation& write) {
  if (!write.strict) return;
  const auto [found, fresh] = first_return_by_w_.emplace(write.w, write.returned);
  if (!fresh) found->second = std::min(found->second, write.returned);
}

bool OverlappingWrites::before(const Operation& read, int replicas) const {
  if (!read.strict) return false;
  for (auto w = first_return_by_w_.upper_bound(replicas - read.r); w != first_return_by_w_.end(); ++w) {
    if (w->second < read.invoked) return true;
  }
  return false;
}

std::string why_they_meet(const Operation& read, const Operation& write, int replicas) {
  return fmt::format("both were strict and R+W = {}+{} exceeds N = {}", read.r, write.w, replicas);
}

Result check_quorum_reads(const Trial& trial) {
  const Promise& promise = trial.terms.quorum_reads;
  Result result = result_of("quorum-reads", promise.text);
  QuorumTally tally;
  const std::string& workload = trial.history.test.workload;
  const bool elsewhere = workload.empty();
  const std::string& data = elsewhere ? trial.subject.name : workload;
  if (data == "register") judge_register_reads(trial, tally);
  if (data == "counter") judge_counter_reads(trial, tally);
  if (workload == "cart" || workload == "set") judge_cart_reads(trial, tally);
  if (elsewhere && data != "register" && data != "counter") {
    result.summary = "not looked at: neither a register nor a counter; " + trial.subject.why;
    return result;
  }
  const bool quorums_known = !elsewhere || trial.judging.quorums.has_value();
  if (!quorums_known)
    result.promise = "nothing: no test record says N, R and W, and nobody else does (--quorums N,R,W)";

  result.evidence = {
      {"reads judged", tally.judged}, {"reads answered before the end", tally.reads}, {"stale reads", tally.stale}};
  if (tally.excused > 0) result.evidence.push_back({"missed writes excused by lost disks", tally.excused});
  Value versions = quantiles(tally.versions_behind);
  Value nanos = quantiles(tally.nanos_behind);
  if (tally.judged > 0) {
    result.verdict = Verdict::kValid;
    result.summary = fmt::format("{} judged", count(tally.judged, "read"));
  } else if (elsewhere && tally.reads == 0) {
    result.summary = "no read was answered";
  } else if (promise.status == Promise::Status::kPromised && quorums_known) {
    result.summary = "no read began after a write that it had to reflect";
  } else {
    result.verdict = Verdict::kReported;
    result.summary = fmt::format("{} answered", count(tally.reads, "read"));
  }
  if (tally.stale == 0) {
    result.summary += ", none stale";
  } else {
    result.summary += fmt::format(
        ", {} stale of {} ({}): behind by {} at the median, {} at most; by {} at the median, {} at most", tally.stale,
        tally.reads, percent(tally.stale, tally.reads), count(versions["p50"].integer(), "version"),
        versions["max"].integer(), duration(Nanos(nanos["p50"].integer())), duration(Nanos(nanos["max"].integer())));
  }
  if (!quorums_known) result.summary += "; not judged: nothing says N, R and W (--quorums N,R,W)";
  tally.findings.move_into(result);
  if (tally.findings.count() > 0) result.summary += fmt::format("; {}", count(tally.findings.count(), "violation"));
  result.details.set("pairs looked at one by one", tally.looked_at);
  result.details.set("versions_behind", std::move(versions));
  result.details.set("nanoseconds_behind", std::move(nanos));
  return result;
}

}  // namespace checkers
