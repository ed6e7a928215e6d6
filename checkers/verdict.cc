#include "checkers/verdict.h"

namespace checkers {
namespace {

Value to_value(const Witness& witness) {
  Value out;
  out.set("anomaly", witness.anomaly);
  out.set("key", witness.key);
  List events, replicas;
  for (const int64_t index : witness.events) events.emplace_back(index);
  for (const std::string& node : witness.replicas) replicas.emplace_back(node);
  out.set("events", std::move(events));
  out.set("replicas", std::move(replicas));
  out.set("explanation", witness.explanation);
  return out;
}

Value to_value(const Result& result) {
  Value out;
  out.set("checker", result.checker);
  out.set("verdict", to_string(result.verdict));
  out.set("promise", result.promise);
  out.set("summary", result.summary);
  Value evidence{Map{}};
  for (const Evidence& item : result.evidence) evidence.set(item.what, item.count);
  out.set("evidence", std::move(evidence));
  out.set("violations", result.violations);
  List witnesses;
  for (const Witness& witness : result.witnesses) witnesses.push_back(to_value(witness));
  out.set("witnesses", std::move(witnesses));
  out.set("details", result.details);
  return out;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kValid:
      return "valid";
    case Verdict::kInvalid:
      return "invalid";
    case Verdict::kUnknown:
      return "unknown";
    case Verdict::kReported:
      return "reported";
  }
  return "unknown";
}

Value to_value(const Judgement& judgement) {
  Value out;
  out.set("verdict", to_string(judgement.verdict));
  List results;
  for (const Result& result : judgement.results) results.push_back(to_value(result));
  out.set("results", std::move(results));
  return out;
}

int exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::kValid:
    case Verdict::kReported:
      return 0;
    case Verdict::kInvalid:
      return 1;
    case Verdict::kUnknown:
      return 2;
  }
  return 2;
}

}  // namespace checkers
