#include "tests/checkers/scenario.h"

#include <stdexcept>

namespace checkers {

Scenario::Scenario(std::string workload, std::string mode) {
  TestInfo& test = history.test;
  test.workload = std::move(workload);
  test.mode = std::move(mode);
  test.nemesis = {"partition"};
  test.nodes = {"n1", "n2", "n3"};
  test.capabilities = {"dump", "siblings", "contexts", "sloppy", "operation-ids", "restart"};
  test.convergence_limit = std::chrono::seconds(10);
}

void Scenario::append(Event event) {
  now_ += std::chrono::milliseconds(10);
  event.time = now_;
  event.index = static_cast<int64_t>(history.events.size());
  history.events.push_back(std::move(event));
}

Scenario& Scenario::invoke(int64_t process, std::string f, std::string key, Value value, Value fields) {
  Event event;
  event.process = process;
  event.f = std::move(f);
  event.key = std::move(key);
  event.value = std::move(value);
  event.fields = std::move(fields);
  open_[process] = history.events.size();
  append(std::move(event));
  return *this;
}

Scenario& Scenario::complete(int64_t process, EventType type, Value value, const Value& fields) {
  Event event = history.events[open_.at(process)];
  open_.erase(process);
  event.type = type;
  if (!value.is_null()) event.value = std::move(value);
  for (const auto& entry : fields.map()) event.fields.set(entry.first, entry.second);
  append(std::move(event));
  return *this;
}

Scenario& Scenario::ok(int64_t process, Value value, const Value& fields) {
  return complete(process, EventType::kOk, std::move(value), fields);
}
Scenario& Scenario::fail(int64_t process) { return complete(process, EventType::kFail, {}, {}); }
Scenario& Scenario::info(int64_t process, const Value& fields) {
  return complete(process, EventType::kInfo, {}, fields);
}

bool Scenario::ends_badly(int64_t& process, uint32_t drawn, int64_t& fresh) {
  if (drawn > 1) return false;
  if (drawn == 0) {
    fail(process);
  } else {
    info(process);
    process = fresh++;
  }
  return true;
}

Scenario& Scenario::fault(std::string f, Value value, bool done) {
  Event event;
  event.type = EventType::kInfo;
  event.process = kNemesisProcess;
  event.f = std::move(f);
  event.value = std::move(value);
  if (done) event.fields.set("done", true);
  append(std::move(event));
  return *this;
}

Scenario& Scenario::phase(std::string name) {
  history.phases.push_back({now_, std::move(name)});
  return *this;
}

Scenario& Scenario::wait(Nanos time) {
  now_ += time;
  return *this;
}

Scenario& Scenario::add(int64_t process, std::string key, std::string item, int64_t quantity, std::string tag) {
  return invoke(process, "add", std::move(key), addition(std::move(item), quantity, std::move(tag))).ok(process);
}

Scenario& Scenario::read(int64_t process, std::string key, Value result) {
  return invoke(process, "read", std::move(key)).ok(process, std::move(result));
}

Scenario& Scenario::final_read(int64_t process, std::string key, std::string node, Value result) {
  Value fields;
  fields.set("final", true);
  fields.set("node", std::move(node));
  return invoke(process, "read", std::move(key), {}, std::move(fields)).ok(process, std::move(result));
}

Scenario& Scenario::dump(std::string node, std::string stage, std::vector<Record> records, std::vector<Record> hints) {
  history.dumps.push_back({now_, std::move(node), std::move(stage), std::move(records), std::move(hints), ""});
  return *this;
}

Value addition(std::string item, int64_t quantity, std::string tag) {
  return Value(Map{{"item", std::move(item)}, {"quantity", quantity}, {"tag", std::move(tag)}});
}

Value cart(const std::vector<Line>& lines) {
  List entries;
  for (const Line& line : lines) {
    Map tags;
    int64_t sum = 0;
    for (const auto& [tag, quantity] : line.tags) {
      tags.emplace_back(tag, quantity);
      sum += quantity;
    }
    entries.push_back(
        Value(Map{{"item", line.item}, {"quantity", sum < 0 ? int64_t{0} : sum}, {"tags", std::move(tags)}}));
  }
  return Value(std::move(entries));
}

Value texts(const std::vector<std::string>& words) {
  List list;
  for (const std::string& word : words) list.emplace_back(word);
  return Value(std::move(list));
}

Value register_version(std::string value) {
  std::string id = "dot-of-" + value;
  return Value(Map{{"id", std::move(id)}, {"value", std::move(value)}});
}

const Result& result_of(const Judgement& judgement, std::string_view checker) {
  for (const Result& result : judgement.results) {
    if (result.checker == checker) return result;
  }
  throw std::out_of_range("no result of checker " + std::string(checker));
}

Result check(const History& history, const std::string& checker) {
  return result_of(judge(history, {.only = {checker}}), checker);
}

}  // namespace checkers
