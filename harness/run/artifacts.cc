#include "harness/run/artifacts.h"

#include <fmt/format.h>

#include "checkers/history_file.h"

namespace harness {

using checkers::Event;
using checkers::EventType;
using checkers::Value;

namespace {

std::string operation_line(const Event& event) {
  double seconds = std::chrono::duration<double>(event.time).count();
  std::string line = fmt::format("@{:.3f}s p{} {} {}", seconds, event.process, event.f, event.key);
  if (!event.value.is_null()) line += " " + checkers::to_json(event.value);
  return line + " via " + event.fields["node"].string() + "\n";
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

std::string schedule_text(const RunSettings& settings, const checkers::History& history,
                          const std::vector<nemesis::FaultEvent>& executed) {
  std::string text = schedule_header(settings) + "\n";
  auto fault = executed.begin();
  for (const Event& event : history.events) {
    if (event.type != EventType::kInvoke || event.fields["final"].boolean()) continue;
    for (; fault != executed.end() && fault->at <= event.time; ++fault) text += nemesis::to_line(*fault) + "\n";
    text += operation_line(event);
  }
  for (; fault != executed.end(); ++fault) text += nemesis::to_line(*fault) + "\n";
  return text;
}

std::string edn_text(const checkers::History& history) {
  std::string text;
  for (const Event& event : history.events) text += checkers::to_edn(event);
  return text;
}

std::string pretty_json(const Value& value) {
  std::string out;
  append_pretty(out, value, 0);
  return out + "\n";
}

}  // namespace harness
