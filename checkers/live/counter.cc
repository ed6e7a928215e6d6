// Counters, live: a read lies between what must count by then and what may. Four sums a key, and for each open read
// what they were when it began.
//
// Where increments are not identified each may count once for every attempt, of which nobody knows the number before it
// has ended: reads that return while one is open are left to the end of the run.
#include <fmt/format.h>

#include <unordered_map>

#include "checkers/counter_sums.h"
#include "checkers/explain.h"
#include "checkers/live/live.h"

namespace checkers {
namespace {

class LiveCounter : public LiveChecker {
 public:
  explicit LiveCounter(const TestInfo& test)
      : LiveChecker("counter"), replicas_(Terms(test).replicas), identified_(Terms(test).identified) {}

  void begin(const Operation& operation) override {
    Key& key = keys_[operation.key()];
    if (operation.f() == "add") {
      key.attempted.add(operation.argument().integer());
      ++key.open_adds;
    }
    if (operation.f() != "read") return;
    CounterSums must;
    for (const auto& [w, sums] : key.acknowledged) {
      if (!operation.strict || operation.r + w <= replicas_) continue;
      must.up += sums.up;
      must.down += sums.down;
    }
    open_[operation.invocation->process] = must;
  }

  void end(const Operation& operation) override {
    Key& key = keys_[operation.key()];
    const int64_t delta = operation.argument().integer();
    if (operation.f() == "add") {
      --key.open_adds;
      if (!identified_ && !operation.failed()) key.attempted.add(delta * (operation.attempts() - 1));
    }
    if (operation.f() == "add" && operation.failed()) {
      key.attempted.take_back(delta);
    } else if (operation.f() == "add" && operation.ok() && operation.strict && !lost_) {
      key.acknowledged[operation.w].add(delta);
    } else if (operation.f() == "read") {
      if (operation.ok()) judge(operation, key, open_[operation.invocation->process]);
      open_.erase(operation.invocation->process);
    }
  }

  void disk_lost() override {
    lost_ = true;
    for (auto& [name, key] : keys_) key.acknowledged.clear();
    for (auto& [process, must] : open_) must = {};
  }

  size_t remembered() const override { return keys_.size() + open_.size(); }

 private:
  struct Key {
    CounterSums attempted;                    // by adds that did not fail
    std::map<int, CounterSums> acknowledged;  // by strict adds, by their W
    int64_t open_adds = 0;
  };

  void judge(const Operation& read, const Key& key, const CounterSums& must);

  const int replicas_;
  const bool identified_;
  bool lost_ = false;
  std::unordered_map<std::string, Key> keys_;
  std::unordered_map<int64_t, CounterSums> open_;  // what a read must show, by process
};

void LiveCounter::judge(const Operation& read, const Key& key, const CounterSums& must) {
  if (!identified_ && key.open_adds > 0) return;
  count_judged();
  const int64_t value = read.result().integer();
  const CounterInterval allowed = interval_of(must, key.attempted);
  if (allowed.contains(value)) return;
  violated([&] {
    return make_witness(value > allowed.high ? "increment counted twice" : "lost increment", {&read},
                        fmt::format("Let A = {}. When A returned (event {}), what had to count by then and what may "
                                    "have counted put the value between {} and {}, yet A returned {}.",
                                    describe_with_end(read), read.returned, allowed.low, allowed.high, value));
  });
}

}  // namespace

std::unique_ptr<LiveChecker> live_counter(const TestInfo& test) {
  return test.workload == "counter" ? std::make_unique<LiveCounter>(test) : nullptr;
}

}  // namespace checkers
