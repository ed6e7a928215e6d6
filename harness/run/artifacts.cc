#include "harness/run/artifacts.h"

#include <fmt/format.h>

#include "checkers/history_file.h"
#include "harness/run/store.h"

namespace harness {

using checkers::Event;
using checkers::EventType;
using checkers::Value;

namespace {

nemesis::OperationEvent operation_of(const Event& event, workloads::Operation::Kind kind, int clients) {
  nemesis::OperationEvent line;
  line.at = std::chrono::duration_cast<Millis>(event.time);
  line.client = static_cast<int>(event.process % clients);
  line.node = event.fields["node"].string();
  line.operation.kind = kind;
  line.operation.f = event.f;
  line.operation.key = event.key;
  line.operation.value = event.value;
  line.operation.has_observed = !event.fields["observed"].is_null();
  line.operation.blind = event.fields["blind"].boolean();
  line.operation.identified = !event.fields["session"].is_null();
  return line;
}

std::string edn_text(const checkers::History& history) {
  std::string text;
  for (const Event& event : history.events) text += checkers::to_edn(event);
  return text;
}

bool is_short(const Value& value) {
  constexpr size_t kShort = 80;
  return (!value.is_list() && !value.is_map()) || checkers::to_json(value).size() <= kShort;
}

void append_pretty(std::string& out, const Value& value, size_t indent) {
  if (is_short(value)) {
    checkers::append_json(out, value);
    return;
  }
  const std::string inner = "\n" + std::string(indent + 2, ' ');
  const char* separator = "";
  out += value.is_map() ? "{" : "[";
  for (const auto& [name, field] : value.map()) {
    out += separator + inner;
    checkers::append_json(out, name);
    out += ": ";
    append_pretty(out, field, indent + 2);
    separator = ",";
  }
  for (const Value& element : value.list()) {
    out += separator + inner;
    append_pretty(out, element, indent + 2);
    separator = ",";
  }
  out += "\n" + std::string(indent, ' ') + (value.is_map() ? "}" : "]");
}

}  // namespace

nemesis::Schedule executed_schedule(const RunSettings& settings, const checkers::History& history,
                                    const std::vector<nemesis::FaultEvent>& executed) {
  nemesis::Schedule schedule;
  schedule.header = schedule_header(settings);
  schedule.faults = executed;
  const auto kind = workloads::kind_of(settings.workload);
  for (const Event& event : history.events) {
    const bool operation = event.process != checkers::kNemesisProcess && event.type == EventType::kInvoke;
    if (!kind || !operation || event.fields["final"].boolean()) continue;
    schedule.operations.push_back(operation_of(event, *kind, settings.concurrency));
  }
  return schedule;
}

Value to_value(const RunFacts& facts) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const double seconds = std::chrono::duration<double>(facts.main_length).count();
  const std::chrono::nanoseconds first = facts.first_operation.time_since_epoch();
  Value value;
  value.set("command", facts.command);
  value.set("seed", std::to_string(facts.seed));  // as text: JSON readers round numbers above 2^53
  value.set("directory", facts.directory.string());
  value.set("hosts", facts.hosts);
  value.set("complete", facts.complete);
  value.set("interrupted_by", facts.interrupted_by.empty() ? Value() : Value(facts.interrupted_by));
  value.set("set_up_ms", Milliseconds(facts.set_up).count());
  value.set("first_operation_ns", static_cast<int64_t>(first.count()));
  value.set("main_seconds", seconds);
  value.set("operations", facts.operations);
  value.set("operations_per_second", seconds > 0 ? static_cast<double>(facts.operations) / seconds : 0);
  value.set("events", facts.events);
  if (!facts.trace_hash.empty()) value.set("trace_hash", facts.trace_hash);
  value.set("lateness_ms", Milliseconds(facts.lateness).count());
  return value;
}

tl::expected<void, std::string> write_artifacts(const std::filesystem::path& directory, const RunSettings& settings,
                                                const checkers::History& history,
                                                const std::vector<nemesis::FaultEvent>& executed,
                                                const std::string& results) {
  const std::pair<const char*, std::string> files[] = {
      {"history.edn", edn_text(history)},
      {"test.edn", checkers::to_edn(history.test)},
      {"schedule.txt", nemesis::to_text(executed_schedule(settings, history, executed))},
      {"results.json", results},
  };
  for (const auto& [name, text] : files) {
    if (auto written = write_file(directory / name, text); !written) return written;
  }
  return {};
}

std::string pretty_json(const Value& value) {
  std::string out;
  append_pretty(out, value, 0);
  return out + "\n";
}

}  // namespace harness
