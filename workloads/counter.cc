// Counters. Every increment carries its session's running totals for the key, so that a store can count it once
// however often it arrives: the totals with the higher sequence number win.
#include "workloads/key_log.h"
#include "workloads/key_pool.h"
#include "workloads/kinds.h"
#include "workloads/memory.h"

namespace workloads {
namespace {

constexpr int kCounterReadPercent = 25;
constexpr int kDecrementPercent = 30;
constexpr uint64_t kLargestAmount = 5;

class Counter : public Workload {
 public:
  explicit Counter(int keys_at_once) : pool_({.prefix = "counter", .keys_at_once = keys_at_once}) {}

  Operation next(int64_t process, Random& random) override {
    const KeyPool::Pick pick = pool_.pick(random);
    const bool reads = random.chance(kCounterReadPercent) && !pick.cold && !pick.first;
    Operation operation =
        bind(process, reads ? read_of(Operation::Kind::kCounter, pick.key, false) : add(pick.key, random));
    if (pick.last) sessions_.forget_key(pick.key);
    return operation;
  }

  Operation bind(int64_t process, Operation operation) override {
    keys_.note(operation.key);
    if (operation.f == "read") return operation;
    const int64_t amount = operation.value.integer();
    Session& session = sessions_.of(process, operation.key);
    (amount < 0 ? session.minus : session.plus) += amount < 0 ? -amount : amount;
    operation.session = session_of(process);
    operation.seq = ++session.seq;
    operation.plus = session.plus;
    operation.minus = session.minus;
    return operation;
  }

  void completed(int64_t process, const Operation& operation, checkers::EventType outcome,
                 const checkers::Value& /*value*/) override {
    if (outcome == checkers::EventType::kInfo) {
      sessions_.forget_process(process);
    } else if (outcome == checkers::EventType::kFail && operation.f == "add") {
      // It never happened: the next increment's totals do not include it.
      Session* session = sessions_.find(process, operation.key);
      if (session == nullptr) return;
      const int64_t amount = operation.value.integer();
      (amount > 0 ? session->plus : session->minus) -= amount > 0 ? amount : -amount;
    }
  }

  std::vector<std::string> written_keys() const override { return keys_.keys(); }
  Operation final_read(const std::string& key) const override { return read_of(Operation::Kind::kCounter, key, true); }

 private:
  struct Session {
    int64_t seq = 0;
    int64_t plus = 0;
    int64_t minus = 0;
  };

  static Operation add(const std::string& key, Random& random) {
    const bool negative = random.chance(kDecrementPercent);
    const auto amount = static_cast<int64_t>(1 + random.below(kLargestAmount));
    Operation operation;
    operation.kind = Operation::Kind::kCounter;
    operation.f = "add";
    operation.key = key;
    operation.value = negative ? -amount : amount;
    return operation;
  }

  KeyLog keys_;
  KeyPool pool_;
  Memory<Session> sessions_;
};

}  // namespace

std::unique_ptr<Workload> make_counter(int keys_at_once) { return std::make_unique<Counter>(keys_at_once); }

}  // namespace workloads
