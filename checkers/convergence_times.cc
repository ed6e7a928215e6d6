#include "checkers/convergence_times.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "checkers/explain.h"

namespace checkers {
namespace {

void by_polls(const History& history, Nanos heal, Nanos until, ConvergenceTimes& times) {
  std::map<std::string_view, const Poll*> converged;  // null: differed in the last poll
  for (const Poll& poll : history.polls) {
    if (poll.time < heal || poll.time > until) continue;
    times.seen_by = "polls";
    for (auto& [key, since] : converged) {
      if (since == nullptr) since = &poll;
    }
    for (const std::string& key : poll.keys) converged[key] = nullptr;
  }
  for (const auto& [key, since] : converged) {
    if (since == nullptr) {
      ++times.never;
    } else {
      times.nanos.push_back((since->time - heal).count());
    }
  }
}

// What a read showed, whatever the order of siblings.
std::string shown(const Operation& read) {
  std::vector<std::string> parts;
  for (const Value& value : read.result().list()) parts.push_back(to_json(value));
  if (parts.empty()) return to_json(read.result());
  std::sort(parts.begin(), parts.end());
  return join(parts);
}

void by_reads(const Trial& trial, Nanos heal, Nanos until, ConvergenceTimes& times) {
  for (const KeyOperations& key : trial.operations.by_key()) {
    std::vector<const Operation*> reads;
    bool written = false;
    for (const Operation* operation : key.operations) {
      if (operation->f() != "read") written = written || (!operation->failed() && operation->end() > heal);
      if (operation->f() == "read" && operation->ok() && operation->start() >= heal && operation->end() <= until)
        reads.push_back(operation);
    }
    if (written || reads.size() < 2) continue;
    times.seen_by = "reads";
    std::sort(reads.begin(), reads.end(),
              [](const Operation* a, const Operation* b) { return a->returned < b->returned; });
    const std::string final = shown(*reads.back());
    for (auto read = reads.rbegin(); read != reads.rend(); ++read) {
      if (shown(**read) == final) continue;
      times.nanos.push_back(((*read)->end() - heal).count());
      break;
    }
  }
}

}  // namespace

ConvergenceTimes convergence_times(const Trial& trial, Nanos heal, Nanos until) {
  ConvergenceTimes times;
  by_polls(trial.history, heal, until, times);
  if (times.seen_by.empty()) by_reads(trial, heal, until, times);
  return times;
}

Value to_value(ConvergenceTimes times) {
  if (times.seen_by.empty()) return Value();
  Value value = Map{{"seen by", times.seen_by},
                    {"keys", static_cast<int64_t>(times.nanos.size()) + times.never},
                    {"never", times.never}};
  const Value table = quantiles(times.nanos);
  for (const auto& [name, nanos] : table.map()) value.set(name, nanos);
  return value;
}

}  // namespace checkers
