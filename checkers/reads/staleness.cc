// The checker `staleness`: reports how many versions and how long reads are behind, beside what the closed form expects
// of the quorums; and tells stale reads from mere inversions. Promises nothing.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "checkers/explain.h"
#include "checkers/linear/from_operations.h"
#include "checkers/reads/delta.h"
#include "checkers/reads/pbs.h"
#include "checkers/reads/register_reads.h"

namespace checkers {
namespace {

using Shows = ReadFacts::Shows;

// "k = 1: 66.7 % (expected 66.7 %)": how many reads are within the last k versions.
Value versions_table(const std::vector<int64_t>& behind, const TestInfo& test, std::string& words) {
  List table;
  for (const int k : {1, 2, 3, 5, 10}) {
    const auto within = std::count_if(behind.begin(), behind.end(), [k](int64_t versions) { return versions < k; });
    const double share = static_cast<double>(within) / static_cast<double>(behind.size());
    Value row;
    row.set("k", k);
    row.set("within", share);
    words += fmt::format("{}{}: {:.3f}", words.empty() ? "" : ", ", k, share);
    if (!test.nodes.empty()) {
      const double expected = within_versions(test.replicas, test.read_quorum, test.write_quorum, k);
      row.set("expected_of_quorums_that_do_not_expand", expected);
      words += fmt::format(" ({:.3f})", expected);
    }
    table.push_back(std::move(row));
  }
  return Value(std::move(table));
}

// What keys without any order tell.
struct Disorder {
  int64_t keys = 0;
  int64_t inversions =
      0;  // none of their reads is stale: new values were seen, then old ones, while a write was under way
  std::vector<int64_t> deltas;  // the least delays of reads that explain them, in nanoseconds
  int64_t unexplained = 0, undecided = 0;
  bool timed = false;
};

// Nothing where the operations have no order to be looked for.
std::optional<Disorder> disorder_of(const Trial& trial, const ObservedReads& reads) {
  const linear::Translation translation = linear::translate(trial, {});
  if (!translation.refused.empty()) return {};
  std::vector<std::string> stale_keys;
  for (const ReadFacts& facts : reads.reads) {
    if (facts.shows != Shows::kRegular) stale_keys.push_back(facts.read->key());
  }
  std::sort(stale_keys.begin(), stale_keys.end());
  Disorder disorder;
  std::vector<int32_t> keys;
  for (const linear::Violation& violation : linear::check(translation.history, trial.judging).violations) {
    const std::string& key = translation.keys[static_cast<size_t>(violation.key)];
    disorder.inversions += !std::binary_search(stale_keys.begin(), stale_keys.end(), key);
    keys.push_back(violation.key);
  }
  disorder.keys = static_cast<int64_t>(keys.size());
  const std::vector<Event>& events = trial.history.events;
  disorder.timed = !events.empty() && events.front().time < events.back().time;
  if (!disorder.timed) return disorder;
  for (const Delta& delta : least_deltas(translation, keys, trial.judging)) {
    disorder.undecided += !delta.decided;
    disorder.unexplained += delta.decided && !delta.least;
    if (delta.least) disorder.deltas.push_back(delta.least->count());
  }
  return disorder;
}

// "; in order if reads had begun by 50 ms earlier at most (3 keys; no delay explains 1 more)".
std::string tell_delta(Disorder& disorder, Value& details) {
  Value& delta = details.set("delta", Map{});
  delta.set("keys_without_order", disorder.keys);
  delta.set("nanoseconds", quantiles(disorder.deltas));
  delta.set("keys_that_no_delay_explains", disorder.unexplained);
  delta.set("keys_undecided", disorder.undecided);
  if (disorder.keys == 0) return "";
  std::string words;
  if (!disorder.deltas.empty()) {
    words = fmt::format("; {} in order if reads had begun {} earlier",
                        count(static_cast<int64_t>(disorder.deltas.size()), "key"),
                        duration(Nanos(delta["nanoseconds"]["max"].integer())));
  }
  if (disorder.unexplained > 0) words += fmt::format("; no delay explains {}", count(disorder.unexplained, "key"));
  return words;
}

}  // namespace

Result check_staleness(const Trial& trial) {
  Result result = result_of("staleness", "how stale reads are is reported; nothing is promised of it");
  const ObservedReads reads = look_at_reads(trial);
  if (!reads.refused.empty()) {
    result.summary = "not looked at: " + reads.refused;
    return result;
  }
  std::vector<int64_t> versions, nanos, nanos_of_stale;
  for (const ReadFacts& facts : reads.reads) {
    // What a final read misses is lost rather than late; what nobody wrote is no version.
    if (facts.read->final() || (facts.shows != Shows::kRegular && facts.shows != Shows::kStale)) continue;
    versions.push_back(facts.versions_behind);
    nanos.push_back(std::max<int64_t>(0, facts.behind().count()));
    if (facts.shows == Shows::kStale) nanos_of_stale.push_back(nanos.back());
  }
  const auto all = static_cast<int64_t>(versions.size()), stale = static_cast<int64_t>(nanos_of_stale.size());
  std::optional<Disorder> disorder = disorder_of(trial, reads);
  result.evidence = {{"reads", all}, {"stale reads", stale}};
  if (disorder) result.evidence.push_back({"keys with inversions and no stale read", disorder->inversions});
  if (all == 0) {
    result.summary = "no read was answered";
    return result;
  }
  result.verdict = Verdict::kReported;
  std::string within;
  result.details.set("within_versions", versions_table(versions, trial.history.test, within));
  result.details.set("versions_behind", quantiles(versions));
  result.details.set("nanoseconds_behind", quantiles(nanos));
  result.details.set("nanoseconds_behind_of_stale_reads", quantiles(nanos_of_stale));
  const Value& behind = result.details["nanoseconds_behind_of_stale_reads"];
  result.summary = fmt::format("{} stale of {} ({})", stale, count(all, "read"), percent(stale, all));
  if (stale > 0) {
    result.summary += fmt::format(", behind by {} at the median and {} at most",
                                  duration(Nanos(behind["p50"].integer())), duration(Nanos(behind["max"].integer())));
  }
  result.summary += "; within the last k versions: " + within;
  if (disorder) result.summary += fmt::format("; {} with inversions alone", count(disorder->inversions, "key"));
  if (disorder && disorder->timed) result.summary += tell_delta(*disorder, result.details);
  return result;
}

}  // namespace checkers
