#include "checkers/operations.h"

#include <algorithm>
#include <limits>

#include "checkers/numbering.h"

namespace checkers {
namespace {

const Value kNull;

bool is_strict(std::string_view mode) { return mode == "strict" || mode == "lin"; }  // only homes count in either

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

List Operation::values_read() const {
  const Value& read = result();
  return read.is_list() ? read.list() : read.is_null() ? List{} : List{read};
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

TestInfo settings_of(const History& history, const Judging& judging) {
  TestInfo test = history.test;
  if (!test.workload.empty()) return test;
  if (judging.quorums) {
    test.replicas = judging.quorums->replicas;
    test.read_quorum = judging.quorums->read;
    test.write_quorum = judging.quorums->write;
    test.mode = "strict";
  } else if (test.nodes.empty()) {
    test.replicas = std::numeric_limits<int>::max();  // so that no two quorums need to meet
  }
  return test;
}

Defaults::Defaults(const TestInfo& test) : r(test.read_quorum), w(test.write_quorum), strict(is_strict(test.mode)) {}

void settle(Operation& operation, const Defaults& defaults) {
  operation.invoked = operation.invocation->index;
  operation.outcome = outcome_of(operation);
  if (operation.outcome != Outcome::kInfo && operation.completion != nullptr)
    operation.returned = operation.completion->index;
  operation.r = defaults.r;
  operation.w = defaults.w;
  operation.strict = defaults.strict;
  const auto is_bare = [](const Event* event) { return event == nullptr || event->fields.is_null(); };
  if (is_bare(operation.invocation) && is_bare(operation.completion)) return;
  operation.r = quorum(operation.field("r"), defaults.r);
  operation.w = quorum(operation.field("w"), defaults.w);
  if (const Value& mode = operation.field("mode"); mode.is_string()) operation.strict = is_strict(mode.string());
}

// One pass over the events, and nothing but the last few of them is looked at again: they are hundreds of megabytes.
Operations::Operations(const History& history, const Judging& judging) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  IntegerTable clients;
  TextTable key_numbers;
  std::vector<std::string_view> keys;
  std::vector<size_t> open;  // by client: position in all_
  const Defaults defaults(settings_of(history, judging));
  // Some of the last may be open: to move a million operations for them would be a pity.
  all_.reserve(history.events.size() / 2 + history.events.size() / 64 + 64);
  Headway headway(judging, "operations", history.events.size());
  for (const Event& event : history.events) {
    if (!headway.advance()) break;
    if (event.process == kNemesisProcess) {
      faults_.push_back(&event);
      continue;
    }
    const uint32_t client = clients.number(event.process, clients_);
    if (client == clients_) {
      ++clients_;
      open.push_back(kNone);
    }
    if (event.type == EventType::kInvoke) {
      if (open[client] != kNone) settle(all_[open[client]], defaults);
      open[client] = all_.size();
      Operation& operation = all_.emplace_back();
      operation.invocation = &event;
      operation.client = client;
      operation.key_number = key_numbers.number(event.key, static_cast<uint32_t>(keys.size()));
      if (operation.key_number == keys.size()) keys.push_back(event.key);
      operation.name_number = number_of(event.f);
    } else if (open[client] != kNone) {
      Operation& operation = all_[open[client]];
      operation.completion = &event;
      settle(operation, defaults);
      open[client] = kNone;
    }
  }
  for (const size_t position : open) {
    if (position != kNone) settle(all_[position], defaults);
  }
  group_by_key(keys);
}

uint32_t Operations::number_of(std::string_view name) {
  const auto known = std::find(names_.begin(), names_.end(), name);
  if (known != names_.end()) return static_cast<uint32_t>(known - names_.begin());
  names_.push_back(name);
  return static_cast<uint32_t>(names_.size()) - 1;
}

void Operations::group_by_key(const std::vector<std::string_view>& keys) {
  std::vector<size_t> end(keys.size() + 1, 0);
  for (const Operation& operation : all_) ++end[operation.key_number + 1];
  for (size_t key = 0; key < keys.size(); ++key) end[key + 1] += end[key];
  grouped_.resize(all_.size());
  for (const Operation& operation : all_) grouped_[end[operation.key_number]++] = &operation;
  size_t begin = 0;
  for (size_t key = 0; key < keys.size(); ++key) {
    by_key_.push_back({keys[key], {grouped_.data() + begin, end[key] - begin}});
    begin = end[key];
  }
}

}  // namespace checkers
