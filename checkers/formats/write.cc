// The writers of history.jsonl, history.edn and test.edn. A run writes an event tens of thousands of times a second:
// everything is appended to one string, with no tree in between.
#include <limits>

#include "checkers/formats/edn.h"
#include "checkers/history_file.h"

namespace checkers {
namespace {

constexpr std::string_view name_of(Promise::Status status) {
  switch (status) {
    case Promise::Status::kPromised:
      return "promised";
    case Promise::Status::kExpected:
      return "expected";
    case Promise::Status::kNotJudged:
      return "not judged";
  }
  return "not judged";
}

Value list_of(const std::vector<std::string>& strings) {
  List list;
  list.reserve(strings.size());
  for (const std::string& s : strings) list.emplace_back(s);
  return Value(std::move(list));
}

// The fields of the test record, except `type`: the same for JSON and for EDN.
Value to_value(const TestInfo& test) {
  Value out;
  out.set("version", test.version);
  out.set("workload", test.workload);
  out.set("nemesis", list_of(test.nemesis));
  out.set("system", test.system);
  // Numbers above 2^63−1 are not safe in JSON; such a seed is written as a string of digits.
  const bool fits = test.seed <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  out.set("seed", fits ? Value(static_cast<int64_t>(test.seed)) : Value(std::to_string(test.seed)));
  out.set("nodes", list_of(test.nodes));
  out.set("replicas", test.replicas);
  out.set("read_quorum", test.read_quorum);
  out.set("write_quorum", test.write_quorum);
  out.set("mode", test.mode);
  out.set("merge", test.merge);
  if (test.segregated_carts) out.set("segregated_carts", true);
  if (test.client_driven) out.set("client_driven", true);
  out.set("storage", test.storage);
  out.set("hints", test.hints);
  out.set("anti_entropy", test.anti_entropy);
  if (!test.experiment.empty()) out.set("experiment", test.experiment);
  out.set("capabilities", list_of(test.capabilities));
  out.set("bug", test.bug.empty() ? Value() : Value(test.bug));
  out.set("require_availability", test.require_availability ? Value(*test.require_availability) : Value());
  out.set("convergence_limit_ns", static_cast<int64_t>(test.convergence_limit.count()));
  List promises;
  for (const Promise& promise : test.promises) {
    Value row;
    row.set("checker", promise.checker);
    row.set("status", name_of(promise.status));
    row.set("text", promise.text);
    promises.push_back(std::move(row));
  }
  out.set("promises", Value(std::move(promises)));
  return out;
}

void append_name(std::string& out, std::string_view name) {
  out += ",\"";
  out += name;
  out += "\":";
}

void append_field(std::string& out, std::string_view name, std::string_view text) {
  append_name(out, name);
  append_json_string(out, text);
}

void append_field(std::string& out, std::string_view name, int64_t integer) {
  append_name(out, name);
  append_json_integer(out, integer);
}

std::string begin_line(std::string_view type, Nanos time) {
  std::string out = "{\"type\":\"";
  out += type;
  out += '"';
  append_field(out, "time", time.count());
  return out;
}

void append_records(std::string& out, std::string_view name, const std::vector<Record>& records, bool hints) {
  append_name(out, name);
  out += '[';
  bool first = true;
  for (const Record& record : records) {
    out += first ? "{\"key\":" : ",{\"key\":";
    first = false;
    append_json_string(out, record.key);
    out += ",\"versions\":[";
    bool first_version = true;
    for (const Value& version : record.versions) {
      if (!first_version) out += ',';
      first_version = false;
      append_json(out, version);
    }
    out += ']';
    append_field(out, "context", std::string_view(record.context));
    if (hints) append_field(out, "home", std::string_view(record.home));
    out += '}';
  }
  out += ']';
}

}  // namespace

std::string to_line(const TestInfo& test) {
  std::string out = "{\"type\":\"test\"";
  const Value fields = to_value(test);
  for (const auto& entry : fields.map()) {
    append_name(out, entry.first);
    append_json(out, entry.second);
  }
  out += "}\n";
  return out;
}

std::string to_line(const Event& event) {
  std::string out;
  out.reserve(256);
  out += "{\"type\":\"";
  out += to_string(event.type);
  out += '"';
  append_field(out, "index", event.index);
  append_field(out, "time", event.time.count());
  if (event.process == kNemesisProcess) {
    out += ",\"process\":\"nemesis\"";
  } else {
    append_field(out, "process", event.process);
  }
  append_field(out, "f", std::string_view(event.f));
  if (event.process != kNemesisProcess) append_field(out, "key", std::string_view(event.key));
  append_name(out, "value");
  append_json(out, event.value);
  for (const auto& entry : event.fields.map()) {
    out += ',';
    append_json_string(out, entry.first);
    out += ':';
    append_json(out, entry.second);
  }
  out += "}\n";
  return out;
}

std::string to_line(const Phase& phase) {
  std::string out = begin_line("phase", phase.time);
  append_field(out, "name", std::string_view(phase.name));
  out += "}\n";
  return out;
}

std::string to_line(const Poll& poll) {
  std::string out = begin_line("poll", poll.time);
  append_field(out, "differing", poll.differing);
  append_name(out, "keys");
  append_json(out, list_of(poll.keys));
  out += "}\n";
  return out;
}

std::string to_line(const Dump& dump) {
  std::string out = begin_line("dump", dump.time);
  append_field(out, "node", std::string_view(dump.node));
  append_field(out, "stage", std::string_view(dump.stage));
  if (!dump.error.empty()) {
    append_field(out, "error", std::string_view(dump.error));
  } else {
    append_records(out, "records", dump.records, false);
    append_records(out, "hints", dump.hints, true);
    if (dump.unsynced > 0) append_field(out, "unsynced", dump.unsynced);
    if (dump.strays > 0) append_field(out, "strays", dump.strays);
  }
  out += "}\n";
  return out;
}

std::string to_line(const NodeExit& exit) {
  std::string out = begin_line("node-exit", exit.time);
  append_field(out, "node", std::string_view(exit.node));
  append_field(out, "code", static_cast<int64_t>(exit.code));
  append_field(out, "signal", static_cast<int64_t>(exit.signal));
  append_name(out, "expected");
  out += exit.expected ? "true" : "false";
  append_field(out, "report", std::string_view(exit.report));
  out += "}\n";
  return out;
}

std::string lateness_line(Nanos time, Nanos lateness) {
  std::string out = begin_line("harness", time);
  append_field(out, "lateness_ns", lateness.count());
  out += "}\n";
  return out;
}

std::string to_edn(const Event& event, const std::map<std::string, Value>& keys) {
  std::string out = "{:index ";
  append_json_integer(out, event.index);
  out += ", :time ";
  append_json_integer(out, event.time.count());
  out += ", :type :";
  out += to_string(event.type);
  out += ", :process ";
  if (event.process == kNemesisProcess) {
    out += ":nemesis";
  } else {
    append_json_integer(out, event.process);
  }
  out += ", :f ";
  append_edn_keyword(out, event.f);
  out += ", :value ";
  const auto key = keys.find(event.key);
  if (event.process == kNemesisProcess || (event.key.empty() && key == keys.end())) {
    append_edn(out, event.value);
  } else {
    out += '[';
    append_edn(out, key != keys.end() ? key->second : Value(event.key));
    out += ' ';
    append_edn(out, event.value);
    out += ']';
  }
  for (const auto& entry : event.fields.map()) {
    out += ", ";
    append_edn_keyword(out, entry.first);
    out += ' ';
    append_edn(out, entry.second);
  }
  out += "}\n";
  return out;
}

std::string to_edn(const TestInfo& test) {
  std::string out;
  append_edn(out, to_value(test));
  out += '\n';
  return out;
}

}  // namespace checkers
