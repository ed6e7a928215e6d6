#include "checkers/reads/register_reads.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "checkers/acknowledged_writes.h"

namespace checkers {
namespace {

using Shows = ReadFacts::Shows;

bool is_read(const Operation& operation) { return operation.f() == "read" || operation.f() == "get"; }

// What a write, a put or a compare-and-set wrote; nothing if the operation is none of these.
std::optional<Value> written(const Operation& operation) {
  const std::string& f = operation.f();
  if (f == "write" || f == "put") return operation.argument();
  if (f == "delete") return Value();
  if (f == "cas" && operation.argument().list().size() == 2) return operation.argument().list()[1];
  return {};
}

class Key {
 public:
  Key(const Trial& trial, const KeyOperations& key) : trial_(trial), key_(key) {}

  // False if there is an operation that is neither read nor write: `refused` says which.
  bool gather(std::string& refused) {
    for (const Operation* operation : key_.operations) {
      if (is_read(*operation)) {
        if (operation->ok()) reads_.push_back(operation);
      } else if (const std::optional<Value> value = written(*operation)) {
        writers_[to_json(*value)].push_back(operation);
        if (operation->ok()) acknowledged_.add(*operation);
        if (!operation->failed()) begun_.push_back(operation->invoked);
      } else {
        refused = fmt::format("regular reads are of registers, and \"{}\" is neither a read nor a write of one",
                              operation->f());
        return false;
      }
    }
    return true;
  }

  bool has_writers() const { return !writers_.empty(); }

  void look(std::vector<ReadFacts>& out) {
    acknowledged_.finish();
    WritesOver over(acknowledged_);
    for (const Operation* read : reads_) {
      over.advance(read->invoked);
      ReadFacts facts;
      facts.read = read;
      if (!find_shown(*read, facts)) continue;
      const auto begun = std::lower_bound(begun_.begin(), begun_.end(), read->returned) - begun_.begin();
      facts.alone = begun == static_cast<std::ptrdiff_t>(over.count());
      if (facts.shows == Shows::kRegular) {
        facts.versions_behind = over.begun_after(shown_until_);
        if (facts.versions_behind > 0) {
          facts.shows = Shows::kStale;
          facts.missed = acknowledged_.first_over_after(shown_until_);
        }
      }
      out.push_back(facts);
    }
  }

 private:
  // Until when the latest write of what the read shows may have been under way; false if the read tells nothing.
  bool find_shown(const Operation& read, ReadFacts& facts) {
    shown_until_ = std::numeric_limits<int64_t>::min();
    const Value& result = read.result();
    const bool siblings = result.is_list() && trial_.history.test.workload == "register";
    if (!siblings || result.list().empty()) {
      if (result.is_null() && trial_.history.null_reads_tell_nothing) return false;
      consider(siblings ? Value() : result, read, facts);
    }
    if (siblings) {
      for (const Value& value : result.list()) consider(value, read, facts);
    }
    return true;
  }

  void consider(const Value& value, const Operation& read, ReadFacts& facts) {
    const bool initial = trial_.judging.initial ? value == *trial_.judging.initial : is_nothing(value);
    bool wrote = initial;
    if (initial) shown_until_ = std::max<int64_t>(shown_until_, -1);
    Shows otherwise = Shows::kUnwritten;
    const Operation* culprit = nullptr;
    const auto found = writers_.find(to_json(value));
    if (found != writers_.end()) {
      for (const Operation* write : found->second) {
        if (write->failed() || write->invoked > read.returned) {
          if (otherwise != Shows::kFuture) otherwise = write->failed() ? Shows::kFailed : Shows::kFuture;
          culprit = write;
          continue;
        }
        wrote = true;
        if (write->returned <= shown_until_) continue;
        shown_until_ = write->returned;
        facts.shown = write;
      }
    }
    if (wrote) return;
    facts.shows = otherwise;
    facts.shown = culprit;
  }

  bool is_nothing(const Value& value) const {
    return value.is_null() || (trial_.subject.name == "kv" && value == Value(""));
  }

  const Trial& trial_;
  const KeyOperations& key_;
  std::vector<const Operation*> reads_;
  std::unordered_map<std::string, std::vector<const Operation*>> writers_;
  AcknowledgedWrites acknowledged_;
  std::vector<int64_t> begun_;  // when writes began that did not fail
  int64_t shown_until_ = 0;
};

}  // namespace

ObservedReads look_at_reads(const Trial& trial) {
  ObservedReads out;
  Headway headway(trial.judging, "reads", trial.operations.all().size());
  for (const KeyOperations& operations : trial.operations.by_key()) {
    if (!headway.advance(operations.operations.size())) break;
    Key key(trial, operations);
    if (!key.gather(out.refused)) return out;
    out.written = out.written || key.has_writers();
    key.look(out.reads);
  }
  return out;
}

}  // namespace checkers
