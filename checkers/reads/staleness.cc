// The checker `staleness`: reports how many versions and how long reads are behind, beside what the closed form expects
// of the quorums; and tells stale reads from mere inversions. Promises nothing.
#include <fmt/format.h>

#include <algorithm>

#include "checkers/explain.h"
#include "checkers/linear/from_operations.h"
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

// Keys without any order, though none of their reads is stale: new values were seen, then old ones, while a write was
// under way. Nothing where the operations have no order to be looked for.
std::optional<int64_t> pure_inversions(const Trial& trial, const ObservedReads& reads) {
  const linear::Translation translation = linear::translate(trial, {});
  if (!translation.refused.empty()) return {};
  std::vector<std::string> stale_keys;
  for (const ReadFacts& facts : reads.reads) {
    if (facts.shows != Shows::kRegular) stale_keys.push_back(facts.read->key());
  }
  std::sort(stale_keys.begin(), stale_keys.end());
  int64_t keys = 0;
  for (const linear::Violation& violation : linear::check(translation.history, trial.judging).violations) {
    const std::string& key = translation.keys[static_cast<size_t>(violation.key)];
    keys += !std::binary_search(stale_keys.begin(), stale_keys.end(), key);
  }
  return keys;
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
  const std::optional<int64_t> inversions = pure_inversions(trial, reads);
  result.evidence = {{"reads", all}, {"stale reads", stale}};
  if (inversions) result.evidence.push_back({"keys with inversions and no stale read", *inversions});
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
  if (inversions) result.summary += fmt::format("; {} with inversions alone", count(*inversions, "key"));
  return result;
}

}  // namespace checkers
