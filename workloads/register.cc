// Registers. A write normally reads first and supersedes what it saw, so that the history knows every value's parents.
// A cold register must not be read, not even by its writers: it gets a few blind writes, all of which stay siblings.
//
// Or else registers of one value: a write is a SET, a read a GET.
#include <map>
#include <utility>

#include "workloads/key_log.h"
#include "workloads/key_pool.h"
#include "workloads/kinds.h"
#include "workloads/memory.h"

namespace workloads {
namespace {

constexpr int kRegisterReadPercent = 50;
// A cold register lives so briefly that half of all keys may be cold at the price of one operation in a hundred.
constexpr int kColdPercent = 50;
// Of writes in MODE lin. The others can go through any home of the key, and stay unknown when nobody answers.
constexpr int kIdentifiedPercent = 50;
constexpr KeyPool::Range kColdWrites{1, 3};
constexpr KeyPool::Range kOperations{60, 300};

class Register : public Workload {
 public:
  Register(int keys_at_once, Registers kind)
      : kind_(kind),
        pool_({.prefix = "register",
               .keys_at_once = keys_at_once,
               .cold_percent = kColdPercent,
               .operations = kOperations,
               .cold_operations = kColdWrites}) {}

  Operation next(int64_t process, Random& random) override {
    const KeyPool::Pick pick = pool_.pick(random);
    const bool reads = random.chance(kRegisterReadPercent) && !pick.cold && !pick.first;
    Operation operation = bind(process, reads ? read(pick.key, false) : write(pick, random));
    if (pick.last) seqs_.forget_key(pick.key);
    return operation;
  }

  Operation bind(int64_t process, Operation operation) override {
    keys_.note(operation.key);
    operation.plain = kind_ != Registers::kSiblings;
    if (operation.f == "read") return operation;
    // Unique in the run: a value is used once, also after a failed write.
    operation.value = "v" + std::to_string(process) + "." + std::to_string(++values_[process]);
    if (operation.identified && kind_ == Registers::kLinear) {
      operation.session = session_of(process);
      operation.seq = ++seqs_.of(process, operation.key);
    }
    return operation;
  }

  void completed(int64_t process, const Operation& /*operation*/, checkers::EventType outcome,
                 const checkers::Value& /*value*/) override {
    if (outcome != checkers::EventType::kInfo) return;
    values_.erase(process);
    seqs_.forget_process(process);
  }

  std::vector<std::string> written_keys() const override { return keys_.keys(); }
  Operation final_read(const std::string& key) const override { return read(key, true); }

 private:
  Operation read(const std::string& key, bool final) const {
    Operation operation = read_of(Operation::Kind::kRegister, key, final);
    operation.plain = kind_ != Registers::kSiblings;
    return operation;
  }

  Operation write(const KeyPool::Pick& pick, Random& random) const {
    Operation operation;
    operation.kind = Operation::Kind::kRegister;
    operation.f = "write";
    operation.key = pick.key;
    operation.blind = pick.cold;
    operation.identified = kind_ == Registers::kLinear && random.chance(kIdentifiedPercent);
    return operation;
  }

  const Registers kind_;
  KeyPool pool_;
  KeyLog keys_;
  std::map<int64_t, int64_t> values_;  // how many values each process has written
  Memory<int64_t> seqs_;               // of identified writes
};

}  // namespace

std::unique_ptr<Workload> make_register(int keys_at_once, Registers registers) {
  return std::make_unique<Register>(keys_at_once, registers);
}

}  // namespace workloads
