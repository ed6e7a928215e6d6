#include "checkers/operations.h"

#include <unordered_map>

namespace checkers {
namespace {

const Value kNull;

int quorum(const Value& asked, int otherwise) { return asked.is_int() ? static_cast<int>(asked.integer()) : otherwise; }

Outcome outcome_of(const Operation& operation) {
  const EventType type = operation.completion != nullptr ? operation.completion->type : EventType::kInfo;
  if (type == EventType::kOk) return Outcome::kOk;
  // A read that nobody answered has changed nothing and told nothing.
  if (type == EventType::kFail || operation.f() == "read") return Outcome::kFail;
  return Outcome::kInfo;
}

}  // namespace

const Value& Operation::result() const { return ok() ? completion->value : kNull; }

const Value& Operation::field(std::string_view name) const {
  if (completion != nullptr) {
    const Value& value = completion->fields[name];
    if (!value.is_null()) return value;
  }
  return invocation->fields[name];
}

std::vector<std::string> Operation::acks() const {
  std::vector<std::string> nodes;
  for (const Value& node : field("acks").list()) nodes.push_back(node.string());
  return nodes;
}

int64_t Operation::attempts() const {
  int64_t possible = 0;
  for (const Value& attempt : field("attempts").list()) possible += attempt["outcome"].string() != "fail";
  return possible > 0 ? possible : 1;
}

void settle(Operation& operation, const TestInfo& test) {
  operation.invoked = operation.invocation->index;
  operation.outcome = outcome_of(operation);
  if (operation.outcome != Outcome::kInfo && operation.completion != nullptr)
    operation.returned = operation.completion->index;
  operation.r = quorum(operation.field("r"), test.read_quorum);
  operation.w = quorum(operation.field("w"), test.write_quorum);
  const Value& mode = operation.field("mode");
  const std::string& asked = mode.is_string() ? mode.string() : test.mode;
  operation.strict = asked == "strict" || asked == "lin";  // only homes count in either
}

Operations::Operations(const History& history) {
  const TestInfo& test = history.test;
  std::unordered_map<int64_t, size_t> open;  // process → position in all_
  all_.reserve(history.events.size() / 2 + 1);
  for (const Event& event : history.events) {
    if (event.process == kNemesisProcess) continue;
    if (event.type == EventType::kInvoke) {
      open.insert_or_assign(event.process, all_.size());
      all_.emplace_back().invocation = &event;
    } else if (const auto found = open.find(event.process); found != open.end()) {
      all_[found->second].completion = &event;
      open.erase(found);
    }
  }
  for (Operation& operation : all_) settle(operation, test);
  std::unordered_map<std::string_view, size_t> keys;
  for (const Operation& operation : all_) {
    const auto [found, fresh] = keys.emplace(operation.key(), by_key_.size());
    if (fresh) by_key_.push_back({operation.key(), {}});
    by_key_[found->second].operations.push_back(&operation);
  }
}

}  // namespace checkers
