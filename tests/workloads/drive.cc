#include "tests/workloads/drive.h"

#include <map>
#include <string>

namespace workloads {
namespace {

using checkers::EventType;
using checkers::List;
using checkers::Map;
using checkers::Value;

// Of carts and sets; registers and counters answer nothing that their workloads would use.
class Store {
 public:
  Value apply(const Operation& operation) {
    const bool set = operation.kind == Operation::Kind::kSet;
    if (!set && operation.kind != Operation::Kind::kCart) return operation.value;
    auto& cart = carts_[operation.key];
    if (operation.f == "read") return read(cart, set);
    const std::string& item = operation.value[set ? "member" : "item"].string();
    if (operation.f == "remove") return remove(cart[item], operation);
    if (set) cart[item].clear();  // it keeps one addition of a member
    cart[item][operation.value["tag"].string()] = operation.value["quantity"].integer();
    return operation.value;
  }

 private:
  using Tags = std::map<std::string, int64_t>;

  static Value remove(Tags& tags, const Operation& operation) {
    List removed;
    if (operation.has_observed) {
      for (const std::string& tag : operation.observed) removed.emplace_back(tag);
    } else {
      for (const auto& [tag, quantity] : tags) removed.emplace_back(tag);
    }
    for (const Value& tag : removed) tags.erase(tag.string());
    Value done = operation.value;
    done.set("removed", removed);
    return done;
  }

  static Value read(const std::map<std::string, Tags>& cart, bool set) {
    List lines;
    for (const auto& [item, tags] : cart) {
      if (tags.empty()) continue;
      Map shown;
      List names;
      int64_t sum = 0;
      for (const auto& [tag, quantity] : tags) {
        shown.emplace_back(tag, quantity);
        names.emplace_back(tag);
        sum += quantity;
      }
      lines.emplace_back(set ? Map{{"member", item}, {"tags", names}}
                             : Map{{"item", item}, {"quantity", sum}, {"tags", shown}});
    }
    return lines;
  }

  std::map<std::string, std::map<std::string, Tags>> carts_;
};

}  // namespace

Driven drive(const Drive& options) {
  Driven driven;
  const auto workload = make_workload(options.workload, options.keys_at_once, options.registers, options.layout);
  Random random(options.seed);
  Random fate(options.seed + 1);
  Store store;
  std::vector<int64_t> processes;
  for (int i = 0; i < options.processes; ++i) processes.push_back(i);

  // Every process has one operation open; which one ends next is drawn.
  std::vector<Operation> open;
  for (const int64_t process : processes) open.push_back(workload->next(process, random));
  while (driven.steps.size() < static_cast<size_t>(options.operations)) {
    const size_t who = fate.below(processes.size());
    Step step{processes[who], open[who], EventType::kOk};
    if (fate.chance(options.fail_percent)) {
      step.outcome = EventType::kFail;
    } else if (fate.chance(options.info_percent)) {
      step.outcome = EventType::kInfo;
    }
    const Value value = step.outcome == EventType::kOk ? store.apply(step.operation) : step.operation.value;
    workload->completed(step.process, step.operation, step.outcome, value);
    if (step.outcome == EventType::kInfo) processes[who] += options.processes;
    driven.steps.push_back(step);
    open[who] = workload->next(processes[who], random);
  }
  driven.written_keys = workload->written_keys();
  return driven;
}

bool reads(const Operation& operation) {
  if (operation.f == "read") return true;
  if (operation.kind == Operation::Kind::kRegister) return !operation.blind && !operation.plain;
  return operation.f == "remove" && !operation.has_observed;
}

std::string to_text(const Operation& operation) {
  std::string text = operation.f + " " + operation.key + " " + checkers::to_json(operation.value) + " " +
                     operation.session + ":" + std::to_string(operation.seq) + " +" + std::to_string(operation.plus) +
                     " -" + std::to_string(operation.minus) + (operation.blind ? " blind" : "") +
                     (operation.plain ? " plain" : "") + (operation.final ? " final" : "") +
                     (operation.has_observed ? " observed" : "");
  for (const std::string& tag : operation.observed) text += " " + tag;
  return text;
}

}  // namespace workloads
