// Registers in MODE lin, live: linearizable. All that is done with one value is a cluster: its write, and the reads
// that showed it. A cluster comes before another one if some operation of it was over before one of the other began: if
// its first return is before the other's last invocation. With values that are written once, a history has an order
// unless two clusters come before each other (Gibbons and Korach 1997; linear/zones.h judges the finished history by
// the same).
//
// So of each cluster two moments are remembered. It is forgotten as soon as it comes before one whose first return, as
// its own, is before every invocation that is still to end: no later operation can belong to it, and a read that shows
// its value is as wrong as one that shows what nobody wrote. What stays are the clusters of open writes, of writes of
// unknown outcome, and a few.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "checkers/explain.h"
#include "checkers/live/live.h"

namespace checkers {
namespace {

class LiveLinearizable : public LiveChecker {
 public:
  LiveLinearizable() : LiveChecker("linearizable") {}

  void begin(const Operation& operation) override {
    if (lost_) return;
    Key& key = keys_[operation.key()];
    key.open[operation.invocation->process] = operation.invoked;
    if (operation.f() == "write") key.clusters[name_of(operation.argument())].last_invoked = operation.invoked;
  }

  void end(const Operation& operation) override {
    if (lost_) return;
    Key& key = keys_[operation.key()];
    key.open.erase(operation.invocation->process);
    if (operation.f() == "write") {
      const std::string value = name_of(operation.argument());
      if (operation.failed()) fail(operation, key, value);
      if (operation.ok()) judge(operation, key, value);
    } else if (operation.ok()) {
      judge_read(operation, key);
    }
    if (operation.outcome != Outcome::kInfo) forget(key);
  }

  // It may have been one too many: what follows is left to the end.
  void disk_lost() override {
    lost_ = true;
    keys_.clear();
  }

  size_t remembered() const override {
    size_t all = keys_.size();
    for (const auto& [name, key] : keys_) all += key.clusters.size() + key.open.size();
    return all;
  }

 private:
  struct Cluster {
    int64_t first_returned = kNever;
    int64_t last_invoked = -1;
    bool before(const Cluster& other) const { return first_returned < other.last_invoked; }
  };
  struct Key {
    // By value. What a key holds first is over before all.
    std::map<std::string, Cluster> clusters = {{"", {-1, -1}}};
    std::map<int64_t, int64_t> open;  // by process: when its operation began
  };

  // Nothing at all is the empty text; every other value has a name of its own.
  static std::string name_of(const Value& value) { return value.is_null() ? "" : to_json(value); }
  static std::string shown(const std::string& name) { return name.empty() ? "no value" : name; }

  void judge_read(const Operation& read, Key& key);
  void fail(const Operation& write, Key& key, const std::string& value);
  void judge(const Operation& operation, Key& key, const std::string& value);
  static void forget(Key& key);

  bool lost_ = false;
  std::unordered_map<std::string, Key> keys_;
};

void LiveLinearizable::judge_read(const Operation& read, Key& key) {
  count_judged();
  const Value& result = read.result();
  const bool several = result.is_list() && result.list().size() > 1;
  static const Value kNothing;
  const Value& value = !result.is_list() ? result : result.list().empty() ? kNothing : result.list()[0];
  const std::string name = name_of(value);
  if (!several && key.clusters.count(name) > 0) return judge(read, key, name);
  violated([&] {
    return make_witness(several ? "several values at once" : "stale read", {&read},
                        fmt::format("Let A = {}. {}", describe_with_end(read),
                                    several ? "A linearizable register has one value at a time."
                                            : fmt::format("Nobody wrote {}, or others had replaced it for good before "
                                                          "A began.",
                                                          shown(name))));
  });
}

void LiveLinearizable::fail(const Operation& write, Key& key, const std::string& value) {
  const bool read = key.clusters[value].first_returned != kNever;
  key.clusters.erase(value);
  if (!read) return;
  violated([&] {
    return make_witness(
        "failed write", {&write},
        fmt::format("Let A = {}. A failed, so that it never took effect, yet a read returned its value before.",
                    describe_with_end(write)));
  });
}

void LiveLinearizable::judge(const Operation& operation, Key& key, const std::string& value) {
  Cluster& own = key.clusters[value];
  own.first_returned = std::min(own.first_returned, operation.returned);
  own.last_invoked = std::max(own.last_invoked, operation.invoked);
  for (const auto& [name, other] : key.clusters) {
    if (&other == &own || !other.before(own) || !own.before(other)) continue;
    return violated([&, theirs = shown(name), last = other] {
      return make_witness(
          "new value, then old", {&operation},
          fmt::format(
              "Let A = {}. An operation of A's value, {}, was over at event {}, before one of {} began at event "
              "{}; and one of {} was over at event {}, before one of {} began at event {}: neither value can "
              "come first.",
              describe_with_end(operation), shown(value), own.first_returned, theirs, last.last_invoked, theirs,
              last.first_returned, shown(value), own.last_invoked));
    });
  }
}

void LiveLinearizable::forget(Key& key) {
  int64_t since = kNever;  // nothing that is still to end began before
  for (const auto& [process, began] : key.open) since = std::min(since, began);
  // The last invocations of clusters that are before all that is still to come: the latest, and the next to it.
  const Cluster* latest = nullptr;
  int64_t last = -1, last_but_one = -1;
  for (const auto& [name, cluster] : key.clusters) {
    if (cluster.first_returned >= since || cluster.last_invoked <= last_but_one) continue;
    last_but_one = cluster.last_invoked;
    if (last_but_one <= last) continue;
    std::swap(last, last_but_one);
    latest = &cluster;
  }
  std::erase_if(key.clusters, [&](const auto& entry) {
    const int64_t another = &entry.second == latest ? last_but_one : last;
    return entry.second.first_returned < std::min(since, another);
  });
}

}  // namespace

std::unique_ptr<LiveChecker> live_linearizable(const TestInfo& test) {
  const Terms terms(test);
  const bool judged =
      test.workload == "register" && test.mode == "lin" && terms.linearizable.status == Promise::Status::kPromised;
  return judged ? std::make_unique<LiveLinearizable>() : nullptr;
}

}  // namespace checkers
