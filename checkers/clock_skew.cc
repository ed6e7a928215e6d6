// How far each node's clock was off, as the nemesis measured it: data for a plot. Promises nothing.
//
// A record of the nemesis with `clock_offsets` (Jepsen: `:clock-offsets`) holds the offset of each node's clock in
// seconds, as it was at that moment.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "checkers/explain.h"
#include "checkers/trial.h"

namespace checkers {

Result check_clock(const Trial& trial) {
  Result result = result_of("clock", "nothing: how far each node's clock was off is told");
  std::map<std::string, List> plot;  // node → [[seconds, offset in seconds], …]
  int64_t points = 0;
  double widest = 0;
  for (const Event& event : trial.history.events) {
    if (event.process != kNemesisProcess) continue;
    const Value& named = event.fields["clock_offsets"];
    for (const auto& measured : (named.is_map() ? named : event.fields["clock-offsets"]).map()) {
      const double offset = measured.second.number();
      plot[measured.first].push_back(List{std::chrono::duration<double>(event.time).count(), offset});
      widest = std::max(widest, std::abs(offset));
      ++points;
    }
  }
  const auto nodes = static_cast<int64_t>(plot.size());
  Map offsets;
  for (auto& [node, line] : plot) offsets.emplace_back(node, std::move(line));
  result.evidence = {{"offsets measured", points}};
  result.details.set("offsets", std::move(offsets));
  result.details.set("largest offset in seconds", widest);
  result.summary =
      points == 0 ? "no clock was measured"
                  : fmt::format("{} of {}, {:.3g} s at most", count(points, "offset"), count(nodes, "node"), widest);
  if (points > 0) result.verdict = Verdict::kReported;
  return result;
}

}  // namespace checkers
