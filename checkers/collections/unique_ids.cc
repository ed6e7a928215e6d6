// Generators of ids: no id is handed out twice.
#include <fmt/format.h>

#include <algorithm>

#include "checkers/explain.h"
#include "checkers/trial.h"
#include "checkers/value_ids.h"

namespace checkers {

Result check_unique_ids(const Trial& trial) {
  Result result = result_of("unique-ids", "no id is handed out twice");
  Findings findings;
  ValueIds ids;
  std::vector<std::pair<const Operation*, int64_t>> first;  // who got it first, how often it was handed out
  int64_t attempted = 0, acknowledged = 0, duplicates = 0;
  Value low, high;
  Headway headway(trial.judging, "unique-ids", trial.operations.all().size());
  for (const Operation& operation : trial.operations.all()) {
    if (!headway.advance()) break;
    if (operation.f() != "generate") continue;
    ++attempted;
    if (!operation.ok()) continue;
    ++acknowledged;
    const Value& value = operation.result();
    if (value.is_int()) {
      if (low.is_null() || value.integer() < low.integer()) low = value;
      if (high.is_null() || value.integer() > high.integer()) high = value;
    }
    const size_t id = ids.id(value);
    if (id == first.size()) first.emplace_back(&operation, 0);
    if (++first[id].second != 2) continue;
    ++duplicates;
    findings.add([&] {
      const Operation& earlier = *first[id].first;
      return make_witness("duplicate id", {&earlier, &operation},
                          fmt::format("Let A = {}, B = {}. Both were given {}.", describe_with_end(earlier),
                                      describe_with_end(operation), to_json(value)));
    });
  }
  Map duplicated;
  for (const auto& [operation, times] : first) {
    if (times > 1 && duplicated.size() < kListed) duplicated.emplace_back(to_json(operation->result()), times);
  }
  result.evidence = {{"ids asked for", attempted}, {"ids handed out", acknowledged}};
  result.details.set("duplicated", std::move(duplicated));
  result.details.set("range", List{low, high});
  if (acknowledged > 0) result.verdict = Verdict::kValid;
  result.summary = acknowledged == 0 ? "no id was handed out"
                   : duplicates == 0
                       ? fmt::format("{} handed out, all different", count(acknowledged, "id"))
                       : fmt::format("{} handed out, {} of them more than once", count(acknowledged, "id"), duplicates);
  findings.move_into(result);
  return result;
}

}  // namespace checkers
