#include "harness/fuzz/anomalies.h"

#include <fmt/format.h>

namespace harness {

namespace {

using checkers::Result;

int64_t seen(const Result& result, std::string_view what) {
  for (const checkers::Evidence& evidence : result.evidence) {
    if (evidence.what == what) return evidence.count;
  }
  return 0;
}
int64_t detail(const Result& result, std::string_view name) { return result.details[name].integer(); }

void count_in(const Result& result, AnomalyCounts& counts) {
  if (result.checker == "cart" || result.checker == "set") {
    counts[Anomaly::kLost] = {detail(result, "lost additions"),
                              seen(result, "additions that must be there at the end")};
    counts[Anomaly::kReturned] = {detail(result, "returned items"), seen(result, "acknowledged removals")};
  } else if (result.checker == "siblings") {
    counts[Anomaly::kLost] = {detail(result, "lost writes"), seen(result, "writes that must be there at the end")};
  } else if (result.checker == "counter") {
    const int64_t reads = seen(result, "final reads") + seen(result, "reads bounded");
    counts[Anomaly::kLost] = {detail(result, "values too low"), reads};
    counts[Anomaly::kTwice] = {detail(result, "values too high"), reads};
  } else if (result.checker == "quorum-reads") {
    counts[Anomaly::kStale] = {seen(result, "stale reads"), seen(result, "reads answered before the end")};
  } else if (result.checker == "sessions") {
    for (const std::string_view guarantee : {"read your writes", "monotonic reads"}) {
      counts[Anomaly::kSession].count += detail(result, guarantee);
      counts[Anomaly::kSession].of += seen(result, fmt::format("reads judged by {}", guarantee));
    }
  } else if (result.checker == "linearizable") {
    counts[Anomaly::kNoOrder] = {result.violations, detail(result, "keys")};
  } else if (result.checker == "stats") {
    const int64_t operations = seen(result, "operations");
    counts[Anomaly::kUnanswered] = {operations - seen(result, "ok"), operations};
  }
}

}  // namespace

const std::vector<AnomalyInfo>& all_anomalies() {
  static const std::vector<AnomalyInfo> anomalies = {
      {Anomaly::kLost, "lost",
       "acknowledged additions and writes that are not there at the end; values of counters below what was added"},
      {Anomaly::kReturned, "came back", "items that are there again after an acknowledged removal"},
      {Anomaly::kTwice, "twice", "values of counters above all that was ever added"},
      {Anomaly::kStale, "stale", "reads that miss a write which was acknowledged before they began"},
      {Anomaly::kSession, "session", "reads that are older than what their own client had written or read"},
      {Anomaly::kNoOrder, "no order", "keys whose operations no single register could have answered so"},
      {Anomaly::kUnanswered, "unanswered", "operations that failed, or whose outcome nobody knows"},
  };
  return anomalies;
}

AnomalyCounts& AnomalyCounts::operator+=(const AnomalyCounts& other) {
  for (size_t i = 0; i < tallies_.size(); ++i) {
    tallies_[i].count += other.tallies_[i].count;
    tallies_[i].of += other.tallies_[i].of;
  }
  return *this;
}

AnomalyCounts count_anomalies(const Played& played, const RunSettings& settings) {
  AnomalyCounts counts;
  for (const Result& result : played.judgement.results) count_in(result, counts);
  // Siblings are no single register, by intention. Of the others it is looked at even where nobody promises it.
  if (settings.workload == "register" && settings.cluster.one_value()) {
    checkers::Judging how;
    how.only = {"linearizable"};
    for (const Result& result : checkers::judge(played.history, how).results) count_in(result, counts);
  }
  return counts;
}

}  // namespace harness
