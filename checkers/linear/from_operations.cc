#include "checkers/linear/from_operations.h"

#include <fmt/format.h>

#include <unordered_map>

#include "checkers/value_ids.h"

namespace checkers::linear {
namespace {

using Source = checkers::Operation;

class Translator {
 public:
  explicit Translator(const Trial& trial) : trial_(trial), model_(trial.subject.name) {}

  Translation translate(std::optional<Nanos> end) {
    if (!set_initial()) {
      out_.refused = fmt::format("{}: the models are register, cas-register, multi-register, mutex and kv",
                                 model_.empty() ? "it does not show what its keys are (" + trial_.subject.why + ")"
                                                : "a " + model_ + " has no order to be looked for");
      return std::move(out_);
    }
    out_.history.operations.reserve(trial_.operations.all().size());
    out_.sources.reserve(trial_.operations.all().size());
    if (model_ != "multi-register") {
      for (const KeyOperations& key : trial_.operations.by_key()) out_.keys.emplace_back(key.key);
    }
    Headway headway(trial_.judging, "linearizable: operations", trial_.operations.all().size());
    for (const Source& source : trial_.operations.all()) {
      if (!headway.advance()) {
        out_.refused = "interrupted before";
        return std::move(out_);
      }
      if (end && source.start() > *end) continue;
      Operation operation;
      operation.called = source.invoked;
      operation.returned = source.ok() && (!end || source.end() <= *end) ? source.returned : kOpen;
      operation.failed = source.failed();
      if (!fill(source, operation)) {
        if (out_.refused.empty()) continue;
        return std::move(out_);
      }
      out_.observations += operation.returned != kOpen && operation.kind != Kind::kWrite &&
                           operation.kind != Kind::kAppend && operation.value != kUntold;
      out_.history.operations.push_back(operation);
      out_.sources.push_back(&source);
    }
    return std::move(out_);
  }

 private:
  // False if the model is none of ours.
  bool set_initial() {
    const std::optional<checkers::Value>& asked = trial_.judging.initial;
    if (model_ == "kv") {
      out_.history.initial = text(asked ? std::string_view(asked->string()) : std::string_view());
    } else if (model_ == "mutex") {
      out_.history.initial = 0;
    } else if (model_ == "register" || model_ == "cas-register" || model_ == "multi-register") {
      const bool each = model_ == "multi-register" && asked && asked->is_map();
      if (asked && !each) out_.history.initial = number(*asked);
      if (each) write_first(*asked);
    } else {
      return false;
    }
    return true;
  }

  // Keys with initial values of their own: a write of each before everything.
  void write_first(const checkers::Value& values) {
    for (const auto& [name, value] : values.map()) {
      const int64_t before = trial_.operations.all().empty() ? 0 : trial_.operations.all().front().invoked;
      out_.history.operations.push_back({before - 2, before - 1, number(value), 0, key(name), Kind::kWrite, false});
      out_.sources.push_back(nullptr);
    }
  }

  // Null is 0.
  Value number(const checkers::Value& value) { return value.is_null() ? 0 : 1 + Value{values_.id(value)}; }

  // Of a transaction's step.
  int32_t key(const std::string& name) {
    const auto [found, fresh] = key_numbers_.emplace(name, static_cast<int32_t>(out_.keys.size()));
    if (fresh) out_.keys.push_back(name);
    return found->second;
  }

  // Which lives as long as the trial.
  Value text(std::string_view text) {
    const uint32_t number = text_numbers_.number(text, static_cast<uint32_t>(out_.history.texts.size()));
    if (number == out_.history.texts.size()) out_.history.texts.emplace_back(text);
    return number;
  }

  // False if the operation tells nothing; or cannot be judged: then `refused` says why.
  bool fill(const Source& source, Operation& operation) {
    if (model_ == "multi-register") return fill_transaction(source, operation);
    operation.key = static_cast<int32_t>(source.key_number);
    const std::string& f = source.f();
    if (model_ == "mutex") {
      operation.kind = Kind::kCas;
      const bool acquires = f == "acquire" || f == "lock";
      if (!acquires && f != "release" && f != "unlock") return refuse(f);
      operation.expected = acquires ? 0 : 1;
      operation.value = acquires ? 1 : 0;
    } else if (model_ == "kv") {
      if (f != "get" && f != "put" && f != "append") return refuse(f);
      operation.kind = f == "get" ? Kind::kRead : f == "put" ? Kind::kWrite : Kind::kAppend;
      if (f == "get" && operation.returned == kOpen) return false;
      operation.value = text(f == "get" ? source.result().string() : source.argument().string());
    } else if (f == "read") {
      operation.kind = Kind::kRead;
      return operation.returned != kOpen && fill_read(source, operation);
    } else if (f == "write" || f == "delete") {
      operation.kind = Kind::kWrite;
      operation.value = f == "delete" ? 0 : number(source.argument());
    } else if (f == "cas") {
      operation.kind = Kind::kCas;
      const List& pair = source.argument().list();
      if (pair.size() != 2) return refuse(f + " of " + to_json(source.argument()));
      operation.expected = number(pair[0]);
      operation.value = number(pair[1]);
    } else {
      return refuse(f);
    }
    return true;
  }

  bool fill_read(const Source& source, Operation& operation) {
    const checkers::Value* result = &source.result();
    // Our own registers answer with the list of all siblings.
    if (result->is_list() && trial_.history.test.workload == "register") {
      static const checkers::Value kNothing;
      const List& siblings = result->list();
      if (siblings.size() > 1) {
        out_.siblings.push_back(&source);
        return false;
      }
      result = siblings.empty() ? &kNothing : &siblings.front();
    }
    operation.value = result->is_null() && trial_.history.null_reads_tell_nothing ? kUntold : number(*result);
    return true;
  }

  bool fill_transaction(const Source& source, Operation& operation) {
    if (source.f() != "txn") return refuse(source.f());
    operation.kind = Kind::kTransaction;
    operation.value = static_cast<Value>(out_.history.steps.size());
    for (const checkers::Value& micro : (source.ok() ? source.result() : source.argument()).list()) {
      const List& parts = micro.list();
      if (parts.size() != 3) return refuse("txn with " + to_json(micro));
      const std::string& f = parts[0].string();
      const bool write = f == "write" || f == "w";
      if (!write && f != "read" && f != "r") return refuse("txn with " + f);
      const bool untold = !write && (operation.returned == kOpen || parts[2].is_null());
      const std::string name = parts[1].is_string() ? parts[1].string() : to_json(parts[1]);
      out_.history.steps.push_back({key(name), write, untold ? kUntold : number(parts[2])});
    }
    operation.expected = static_cast<Value>(out_.history.steps.size()) - operation.value;
    if (operation.expected > 0) operation.key = out_.history.steps[static_cast<size_t>(operation.value)].key;
    return operation.expected > 0;
  }

  bool refuse(const std::string& what) {
    out_.refused = fmt::format("the model {} has no operation {}", model_, what);
    return false;
  }

  const Trial& trial_;
  const std::string& model_;
  Translation out_;
  ValueIds values_;
  std::unordered_map<std::string, int32_t> key_numbers_;
  TextTable text_numbers_;
};

}  // namespace

Translation translate(const Trial& trial, std::optional<Nanos> end) { return Translator(trial).translate(end); }

}  // namespace checkers::linear
