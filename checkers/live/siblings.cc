// Registers, live: no read shows what nobody wrote or what failed, nor a value beside another that was built on it. Of
// a key it remembers the last writes, and of keys that were not used for long only that they were: what is read of
// older ones is left to the end of the run.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "checkers/explain.h"
#include "checkers/live/live.h"
#include "checkers/live/recent.h"

namespace checkers {
namespace {

class LiveSiblings : public LiveChecker {
 public:
  explicit LiveSiblings(const Terms& terms) : LiveChecker("siblings"), contexts_(terms.contexts) {}

  void begin(const Operation& operation) override {
    if (operation.f() != "write") return;
    Write write;
    write.value = operation.argument().string();
    write.parents = operation.field("parents");
    use(operation.key()).writes.add(std::move(write));
  }

  void end(const Operation& operation) override {
    Key& key = use(operation.key());
    if (operation.f() != "write") {
      if (operation.ok()) judge(operation, key);
    } else if (Write* write = key.writes.find(operation.argument().string())) {
      write->parents = operation.field("parents");
      write->failed = operation.failed();
      write->stored_once = operation.attempts() <= 1;
    }
  }

  size_t remembered() const override {
    size_t all = keys_.size() + unused_.size();
    keys_.each([&](const Key& key) {
      for (const Write& write : key.writes) all += 1 + write.parents.list().size();
    });
    return all;
  }

 private:
  struct Write {
    std::string value;
    Value parents;  // a list, as soon as they are known
    bool failed = false;
    bool stored_once = false;  // known when it has ended
  };
  struct Key {
    RecentWrites<Write> writes;
    bool forgotten = false;  // it was used before, and not remembered
    bool forgot() const { return forgotten || writes.forgot(); }
  };

  Key& use(const std::string& name) {
    const std::hash<std::string> hash;
    const auto [key, made] = keys_.use(name, [&](const std::string& unused) { unused_.insert(hash(unused)); });
    if (made) key.forgotten = unused_.count(hash(name)) > 0;
    return key;
  }

  void judge(const Operation& read, Key& key);

  const bool contexts_;
  RecentKeys<Key> keys_;
  std::unordered_set<size_t> unused_;  // hashes of names
};

void LiveSiblings::judge(const Operation& read, Key& key) {
  count_judged();
  const List shown = read.values_read();
  for (const Value& value : shown) {
    const Write* write = key.writes.find(value.string());
    if (write == nullptr && !key.forgot()) {
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
      const Write* later = key.writes.find(other.string());
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
