// Registers, live: no read shows what nobody wrote or what failed, nor a value beside another that was built on it. Of
// a key it remembers the last writes, and of keys that were not used for long only that they were: what is read of
// older ones is left to the end of the run.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "checkers/explain.h"
#include "checkers/live/live.h"

namespace checkers {
namespace {

class LiveSiblings : public LiveChecker {
 public:
  explicit LiveSiblings(const Terms& terms) : LiveChecker("siblings"), contexts_(terms.contexts) {}

  void begin(const Operation& operation) override {
    if (operation.f() != "write") return;
    Key& key = use(operation.key());
    Write& write = key.writes.emplace_back();
    write.value = operation.argument().string();
    write.parents = operation.field("parents");
    if (key.writes.size() <= kWrites) return;
    key.writes.pop_front();
    key.forgot = true;
  }

  void end(const Operation& operation) override {
    Key& key = use(operation.key());
    if (operation.f() != "write") {
      if (operation.ok()) judge(operation, key);
    } else if (Write* write = key.find(operation.argument().string())) {
      write->parents = operation.field("parents");
      write->failed = operation.failed();
      write->stored_once = operation.attempts() <= 1;
    }
  }

  size_t remembered() const override {
    size_t all = keys_.size() + unused_.size();
    for (const auto& [name, key] : keys_) {
      for (const Write& write : key.writes) all += 1 + write.parents.list().size();
    }
    return all;
  }

 private:
  static constexpr size_t kWrites = 256;  // of a key
  static constexpr size_t kKeys = 1024;

  struct Write {
    std::string value;
    Value parents;  // a list, as soon as they are known
    bool failed = false;
    bool stored_once = false;  // known when it has ended
  };
  struct Key {
    std::deque<Write> writes;
    bool forgot = false;  // some write, so that a value that is not there may be a written one
    int64_t used = 0;

    Write* find(const std::string& value) {
      const auto found =
          std::find_if(writes.rbegin(), writes.rend(), [&](const Write& write) { return write.value == value; });
      return found == writes.rend() ? nullptr : &*found;
    }
  };

  Key& use(const std::string& name) {
    if (keys_.size() > 2 * kKeys) forget_keys();
    const auto [entry, fresh] = keys_.try_emplace(name);
    Key& key = entry->second;
    if (fresh) key.forgot = unused_.count(std::hash<std::string>()(name)) > 0;
    key.used = ++now_;
    return key;
  }

  void forget_keys() {
    std::vector<int64_t> used;
    for (const auto& [name, key] : keys_) used.push_back(key.used);
    std::nth_element(used.begin(), used.begin() + kKeys, used.end());
    const int64_t since = used[kKeys];
    std::erase_if(keys_, [&](const auto& entry) {
      if (entry.second.used >= since) return false;
      unused_.insert(std::hash<std::string>()(entry.first));
      return true;
    });
  }

  void judge(const Operation& read, Key& key);

  const bool contexts_;
  std::unordered_map<std::string, Key> keys_;
  std::unordered_set<size_t> unused_;  // hashes of names
  int64_t now_ = 0;
};

void LiveSiblings::judge(const Operation& read, Key& key) {
  count_judged();
  const Value& result = read.result();
  const List shown = result.is_list() ? result.list() : result.is_null() ? List{} : List{result};
  for (const Value& value : shown) {
    const Write* write = key.find(value.string());
    if (write == nullptr && !key.forgot) {
      violated([&] {
        return make_witness("value from nowhere", {&read},
                            fmt::format("Let A = {}. Nobody had begun to write {} by then, yet A returned it.",
                                        describe_with_end(read), excerpt(to_json(value))));
      });
    } else if (write != nullptr && write->failed) {
      violated([&] {
        return make_witness("failed write", {&read},
                            fmt::format("Let A = {}. The write of {} had failed, so that it never took effect, yet A "
                                        "returned its value.",
                                        describe_with_end(read), excerpt(to_json(value))));
      });
    }
    if (write == nullptr || !contexts_ || !write->stored_once) continue;
    for (const Value& other : shown) {
      const Write* later = key.find(other.string());
      if (later == nullptr || later == write) continue;
      const List& parents = later->parents.list();
      if (std::find(parents.begin(), parents.end(), value) == parents.end()) continue;
      violated([&] {
        return make_witness("superseded sibling", {&read},
                            fmt::format("Let A = {}. {} was written with a context that covered {}, yet A returned "
                                        "both side by side.",
                                        describe_with_end(read), excerpt(to_json(other)), excerpt(to_json(value))));
      });
    }
  }
}

}  // namespace

std::unique_ptr<LiveChecker> live_siblings(const TestInfo& test) {
  return test.workload == "register" ? std::make_unique<LiveSiblings>(Terms(test)) : nullptr;
}

}  // namespace checkers
