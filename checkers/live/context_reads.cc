// Registers with siblings under strict quorums, live: for every write acknowledged before a read began whose quorum the
// read must meet, some sibling that it returned is that write or was built on it.
//
// Of a write that every read to come must reflect, all ancestors are forgotten: what reflects it reflects them. So a
// key remembers the writes that are open, those of unknown outcome, and those that nothing acknowledged was built on
// yet. Where the ancestors of a value are not known yet, because a write is open, a read of it is not judged.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>

#include "checkers/explain.h"
#include "checkers/live/live.h"

namespace checkers {
namespace {

class LiveContextReads : public LiveChecker {
 public:
  explicit LiveContextReads(const TestInfo& test)
      : LiveChecker("quorum-reads"), replicas_(Terms(test).replicas), read_quorum_(test.read_quorum) {}

  void begin(const Operation& operation) override {
    Key& key = keys_[operation.key()];
    if (operation.f() == "write") {
      key.writes[operation.argument().string()].begin(operation);
    } else {
      key.open_reads[operation.invocation->process] = operation.invoked;
    }
  }

  void end(const Operation& operation) override {
    Key& key = keys_[operation.key()];
    if (operation.f() == "write") {
      const auto found = key.writes.find(operation.argument().string());
      if (found == key.writes.end()) return;  // something that every read must reflect was built on it
      if (operation.failed()) return fail(key, found);
      found->second.settle(operation);
    } else {
      if (operation.ok() && operation.strict && !lost_) judge(operation, key);
      key.open_reads.erase(operation.invocation->process);
    }
    forget(key);
  }

  // From now on nothing is judged: what was acknowledged may rightly be gone.
  void disk_lost() override {
    lost_ = true;
    keys_.clear();
  }

  size_t remembered() const override {
    size_t all = keys_.size();
    for (const auto& [name, key] : keys_) {
      all += key.open_reads.size() + key.failed.size();
      for (const auto& [value, write] : key.writes) all += 1 + write.parents.size();
    }
    return all;
  }

 private:
  struct Write {
    Operation operation;  // without its events: they do not live on
    std::vector<std::string> parents;
    enum class Context { kUnknown, kKnown, kNone } context = Context::kUnknown;

    void begin(const Operation& begun) {
      operation = begun;
      operation.invocation = operation.completion = nullptr;
    }
    void settle(const Operation& ended) {
      begin(ended);
      const Value& written = ended.field("parents");
      context = written.is_list() ? Context::kKnown : Context::kNone;
      for (const Value& parent : written.list()) parents.push_back(parent.string());
    }
  };
  using Writes = std::unordered_map<std::string, Write>;
  struct Key {
    Writes writes;
    std::map<int64_t, int64_t> open_reads;  // by process: when it began
    std::deque<std::string> failed;         // the last values of failed writes
  };
  // Writes that some values stand for.
  struct Covered {
    std::set<std::string> values;
    int64_t until = -1;    // and all that began before
    bool unknown = false;  // and perhaps more
  };

  static Covered covered_by(std::vector<std::string> open, const Key& key);
  static void fail(Key& key, Writes::iterator write);
  void judge(const Operation& read, const Key& key);
  void forget(Key& key);

  const int replicas_;
  const int read_quorum_;
  bool lost_ = false;
  std::unordered_map<std::string, Key> keys_;
};

// Nothing should be built on it. If something is, that is for others to judge: what else it stands for is not known.
void LiveContextReads::fail(Key& key, Writes::iterator write) {
  constexpr size_t kFailed = 64;
  key.failed.push_back(write->first);
  if (key.failed.size() > kFailed) key.failed.pop_front();
  key.writes.erase(write);
}

LiveContextReads::Covered LiveContextReads::covered_by(std::vector<std::string> open, const Key& key) {
  Covered covered;
  while (!open.empty()) {
    const std::string value = std::move(open.back());
    open.pop_back();
    const auto found = key.writes.find(value);
    if (found == key.writes.end()) {
      covered.unknown = covered.unknown || std::find(key.failed.begin(), key.failed.end(), value) != key.failed.end();
      continue;
    }
    if (!covered.values.insert(value).second) continue;
    const Write& write = found->second;
    covered.unknown = covered.unknown || write.context == Write::Context::kUnknown;
    // A write without a context supersedes whatever its replica held.
    if (write.context == Write::Context::kNone) covered.until = std::max(covered.until, write.operation.returned);
    open.insert(open.end(), write.parents.begin(), write.parents.end());
  }
  return covered;
}

void LiveContextReads::judge(const Operation& read, const Key& key) {
  const Value& result = read.result();
  std::vector<std::string> shown;
  for (const Value& value : result.list()) shown.push_back(value.string());
  if (result.is_string()) shown.push_back(result.string());
  const Covered covered = covered_by(shown, key);
  if (covered.unknown) return;
  count_judged();
  for (const auto& written : key.writes) {
    const std::string& value = written.first;
    const Operation& operation = written.second.operation;
    if (!operation.ok() || operation.returned >= read.invoked || !quorums_overlap(read, operation, replicas_)) continue;
    if (operation.invoked < covered.until || covered.values.count(value) > 0) continue;
    violated([&] {
      return make_witness(
          "stale read", {&read},
          fmt::format("Let A = {}. \"{}\" was written from event {} to event {}, before A began at event {}, and A had "
                      "to meet a node that has it; yet of what A returned nothing is that value or was built on it.",
                      describe_with_end(read), value, operation.invoked, operation.returned, read.invoked));
    });
  }
}

void LiveContextReads::forget(Key& key) {
  int64_t first_open = kNever;  // all reads to come, and all under way, began at this event or later
  for (const auto& [process, began] : key.open_reads) first_open = std::min(first_open, began);
  std::vector<std::string> certain;
  for (const auto& [value, write] : key.writes) {
    const Operation& operation = write.operation;
    const bool counts = operation.ok() && operation.strict && operation.w + read_quorum_ > replicas_;
    if (counts && operation.returned < first_open) certain.push_back(value);
  }
  for (const std::string& value : certain) {
    const auto write = key.writes.find(value);
    if (write == key.writes.end() || write->second.parents.empty()) continue;
    const Covered ancestors = covered_by(write->second.parents, key);
    // One that is open may still turn out to be an ancestor that must be reached; one without a context covers others.
    if (ancestors.unknown || ancestors.until >= 0) continue;
    for (const std::string& ancestor : ancestors.values) {
      if (ancestor != value) key.writes.erase(ancestor);
    }
    key.writes.at(value).parents.clear();  // all are gone
  }
}

}  // namespace

std::unique_ptr<LiveChecker> live_context_reads(const TestInfo& test) {
  const Terms terms(test);
  const bool judged = test.workload == "register" && terms.contexts && terms.strict &&
                      terms.quorum_reads.status == Promise::Status::kPromised;
  return judged ? std::make_unique<LiveContextReads>(test) : nullptr;
}

}  // namespace checkers
