// The anomalies that clients met in a run, promised or not. What a mode does not promise is no violation, and yet what
// somebody who chooses the mode wants to know.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/fuzz/play.h"
#include "harness/run/settings.h"

namespace harness {

enum class Anomaly { kLost, kReturned, kTwice, kStale, kSession, kNoOrder, kUnanswered };
struct AnomalyInfo {
  Anomaly anomaly;
  std::string_view name;
  std::string_view what;
};
const std::vector<AnomalyInfo>& all_anomalies();

// How many of those that were looked at; of 0: nothing was, or the workload has no such thing.
struct Tally {
  int64_t count = 0;
  int64_t of = 0;
  friend bool operator==(const Tally&, const Tally&) = default;
};
class AnomalyCounts {
 public:
  Tally& operator[](Anomaly anomaly) { return tallies_[static_cast<size_t>(anomaly)]; }
  const Tally& operator[](Anomaly anomaly) const { return tallies_[static_cast<size_t>(anomaly)]; }
  AnomalyCounts& operator+=(const AnomalyCounts& other);
  friend bool operator==(const AnomalyCounts&, const AnomalyCounts&) = default;

 private:
  std::array<Tally, 7> tallies_{};
};

// Of a run under these settings.
AnomalyCounts count_anomalies(const Played& played, const RunSettings& settings);

}  // namespace harness
