#include "checkers/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace checkers {
namespace {

struct Row {
  std::string_view subject;
  std::vector<std::string_view> operations;
  std::vector<std::string_view> one_of = {};  // at least one of these; empty: any
};

const Row kRows[] = {
    {"register", {"read", "write"}, {"write"}},
    {"cas-register", {"read", "write", "cas"}, {"cas"}},
    {"multi-register", {"txn"}},
    {"mutex", {"acquire", "release", "lock", "unlock"}},
    {"kv", {"get", "put", "append"}},
    {"queue", {"enqueue", "dequeue", "drain"}},
    {"unique-ids", {"generate"}},
};

template <typename List>
bool contains(const List& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool fits(const Row& row, const std::set<std::string_view>& seen) {
  const auto in = [](const std::vector<std::string_view>& list) {
    return [&list](std::string_view f) { return contains(list, f); };
  };
  return std::all_of(seen.begin(), seen.end(), in(row.operations)) &&
         (row.one_of.empty() || std::any_of(seen.begin(), seen.end(), in(row.one_of)));
}

bool is_client(const Event& event) { return event.process != kNemesisProcess; }

std::vector<std::string_view> operations_seen(const History& history) {
  std::vector<std::string_view> seen;  // a few
  for (const Event& event : history.events) {
    if (is_client(event) && !contains(seen, event.f)) seen.push_back(event.f);
  }
  return seen;
}

// [[read x 1] [write y 2]]
bool is_transaction(const Value& value) {
  return value.is_list() && std::all_of(value.list().begin(), value.list().end(), [](const Value& micro) {
           static const std::vector<std::string_view> kKnown = {"read", "write", "r", "w"};
           return micro.list().size() == 3 && contains(kKnown, micro.list()[0].string());
         });
}

// Counters and sets have the same operations; what reads return tells them apart.
std::string_view of_additions(const History& history) {
  for (const Event& event : history.events) {
    if (!is_client(event)) continue;
    if (event.f == "read" && event.type == EventType::kOk) {
      if (event.value.is_list()) return "set";
      if (event.value.is_int()) return "counter";
    }
    if (event.f == "add" && !event.value.is_int()) return event.value.is_map() ? "" : "set";
  }
  return "";
}

std::string joined(const std::set<std::string_view>& names) {
  std::string out;
  for (const std::string_view name : names) (out += out.empty() ? "" : ", ") += name;
  return out;
}

}  // namespace

Subject subject_of(const History& history, const std::string& model) {
  return subject_of(history, model.empty() ? operations_seen(history) : std::vector<std::string_view>(), model);
}

Subject subject_of(const History& history, const std::vector<std::string_view>& names, const std::string& model) {
  if (!model.empty()) return {model, "so it was asked for"};
  const std::set<std::string_view> seen(names.begin(), names.end());
  if (seen.empty()) return {"", "it has no operations"};
  Subject subject{"", "its operations are " + joined(seen)};
  for (const Row& row : kRows) {
    if (!fits(row, seen)) continue;
    subject.name = row.subject;
    break;
  }
  if (subject.name == "multi-register" &&
      !std::all_of(history.events.begin(), history.events.end(),
                   [](const Event& event) { return !is_client(event) || is_transaction(event.value); }))
    subject.name.clear();
  if (fits({"", {"add", "read"}, {"add"}}, seen)) subject.name = of_additions(history);
  return subject;
}

std::string other_than(std::string_view data, const History& history, const Subject& subject) {
  const std::string& workload = history.test.workload;
  const std::string& is = workload.empty() ? subject.name : workload;
  if (is.empty() || is == data) return "";
  return fmt::format("not looked at: this history is of another kind, {}{}", is,
                     workload.empty() ? ": " + subject.why : "");
}

}  // namespace checkers
