// The checker `linearizable`: every operation took effect at one moment between its invocation and its completion. What
// decides is in linearizability.h; here a history file goes in, and words come out.
#include <fmt/format.h>

#include <algorithm>

#include "checkers/explain.h"
#include "checkers/linear/from_operations.h"
#include "checkers/trial.h"

namespace checkers {
namespace {

using linear::Answer;
using linear::Translation;

Witness witness_of(const linear::Violation& violation, const Translation& translation) {
  std::vector<const Operation*> operations;
  std::string cast;
  char letter = 'A';
  for (const size_t position : violation.operations) {
    const Operation* source = translation.sources[position];
    cast += fmt::format("{}{} = {}", cast.empty() ? "Let " : ", ", letter++,
                        source != nullptr ? describe_with_end(*source) : "the initial value");
    if (source != nullptr) operations.push_back(source);
  }
  return make_witness(violation.anomaly, operations, cast + ". " + violation.because);
}

Witness siblings_witness(const Operation& read) {
  return make_witness(
      "several values at once", {&read},
      fmt::format("Let A = {}. A linearizable register has one value at a time.", describe_with_end(read)));
}

Value details_of(const Answer& answer, const Translation& translation) {
  Value details;
  details.set("keys", static_cast<int64_t>(answer.keys));
  details.set("keys_by_zones", static_cast<int64_t>(answer.keys_by_zones));
  details.set("configurations", static_cast<int64_t>(answer.configurations));
  List undecided;
  for (const linear::Undecided& key : answer.undecided) {
    Value each;
    each.set("key", translation.keys[static_cast<size_t>(key.key)]);
    each.set("operations", static_cast<int64_t>(key.operations));
    each.set("explained_until", std::max<int64_t>(0, key.explained_until));
    undecided.push_back(std::move(each));
    if (undecided.size() == 20) break;
  }
  details.set("undecided", std::move(undecided));
  return details;
}

std::string how_far(const Answer& answer, const Translation& translation) {
  const linear::Undecided& first = answer.undecided.front();
  return fmt::format("{} undecided within the budget; of \"{}\" the operations up to event {} have an order",
                     count(static_cast<int64_t>(answer.undecided.size()), "key"),
                     translation.keys[static_cast<size_t>(first.key)], std::max<int64_t>(0, first.explained_until));
}

// Does a read of a register show what nobody ever wrote to it? Then perhaps all that is amiss is that nobody told what
// keys hold first.
bool shows_unwritten(const linear::History& history) {
  if (!history.texts.empty()) return false;
  std::vector<std::pair<int32_t, linear::Value>> written, shown;
  const auto note = [&](int32_t key, linear::Value value, bool write) {
    if (value != history.initial && value != linear::kUntold) (write ? written : shown).emplace_back(key, value);
  };
  for (const linear::Operation& operation : history.operations) {
    if (operation.kind == linear::Kind::kTransaction) {
      for (auto i = static_cast<size_t>(operation.value), end = i + static_cast<size_t>(operation.expected); i < end;
           ++i)
        note(history.steps[i].key, history.steps[i].value, history.steps[i].write);
    } else {
      note(operation.key, operation.value, operation.kind != linear::Kind::kRead);
    }
  }
  std::sort(written.begin(), written.end());
  return std::any_of(shown.begin(), shown.end(),
                     [&](const auto& seen) { return !std::binary_search(written.begin(), written.end(), seen); });
}

}  // namespace

Result check_linearizable(const Trial& trial) {
  const Promise& promise = trial.terms.linearizable;
  Result result = result_of("linearizable", promise.text);
  const std::optional<Nanos> end = trial.lost_disks.beyond(trial.terms.spare_disks);
  const Translation translation = linear::translate(trial, end);
  if (!translation.refused.empty()) {
    result.summary = "not judged: " + translation.refused;
    return result;
  }
  const Answer answer = linear::check(translation.history, trial.judging);
  Findings findings;
  for (const linear::Violation& violation : answer.violations) {
    findings.add([&] { return witness_of(violation, translation); });
  }
  for (const Operation* read : translation.siblings) {
    findings.add([&] { return siblings_witness(*read); });
  }

  const auto operations = static_cast<int64_t>(translation.history.operations.size());
  result.evidence = {{"operations", operations},
                     {"keys", static_cast<int64_t>(answer.keys)},
                     {"answers that could have contradicted", translation.observations}};
  result.details = details_of(answer, translation);
  const std::string all =
      fmt::format("{} on {}", count(operations, "operation"), count(static_cast<int64_t>(answer.keys), "key"));
  if (findings.count() > 0) {
    result.summary = fmt::format("{}: {} of {} without any order", all,
                                 count(static_cast<int64_t>(answer.violations.size()), "key"), answer.keys);
    if (!translation.siblings.empty()) {
      result.summary +=
          fmt::format(", {} of several values", count(static_cast<int64_t>(translation.siblings.size()), "read"));
    }
  } else if (translation.observations == 0) {
    result.summary = all + ", none of which saw anything";
  } else {
    result.summary = all + (answer.undecided.empty() ? " have an order" : ": no violation found");
    if (answer.undecided.empty()) result.verdict = Verdict::kValid;
  }
  if (!answer.undecided.empty()) result.summary += "; " + how_far(answer, translation);
  if (findings.count() > 0 && !trial.judging.initial && trial.history.test.workload.empty() &&
      shows_unwritten(translation.history))
    result.summary += "; reads show what nobody wrote: if it was there at first, --initial says so";
  if (end) result.summary += fmt::format("; judged until too many disks were lost, at {}", seconds(*end));
  findings.move_into(result);
  return result;
}

}  // namespace checkers
