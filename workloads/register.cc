// Registers. A write normally reads first and supersedes what it saw, so that the history knows every value's parents.
// A cold register must not be read, not even by its writers: it gets a few blind writes, all of which stay siblings.
#include <map>

#include "workloads/key_pool.h"
#include "workloads/kinds.h"

namespace workloads {
namespace {

constexpr int kReadPercent = 50;
// A cold register lives so briefly that half of all keys may be cold at the price of one operation in a hundred.
constexpr int kColdPercent = 50;
constexpr KeyPool::Range kColdWrites{1, 3};
constexpr KeyPool::Range kOperations{60, 300};

class Register : public Workload {
 public:
  explicit Register(int keys_at_once)
      : pool_({.prefix = "register",
               .keys_at_once = keys_at_once,
               .cold_percent = kColdPercent,
               .operations = kOperations,
               .cold_operations = kColdWrites}) {}

  Operation next(int64_t process, Random& random) override {
    const KeyPool::Pick pick = pool_.pick(random);
    const bool reads = random.chance(kReadPercent) && !pick.cold && !pick.first;
    if (reads) return read_of(Operation::Kind::kRegister, pick.key, false);

    Operation operation;
    operation.kind = Operation::Kind::kRegister;
    operation.f = "write";
    operation.key = pick.key;
    // Unique in the run: a value is drawn once, also after a failed write.
    operation.value = "v" + std::to_string(process) + "." + std::to_string(++values_[process]);
    operation.blind = pick.cold;
    return operation;
  }

  void completed(int64_t process, const Operation& /*operation*/, checkers::EventType outcome,
                 const checkers::Value& /*value*/) override {
    if (outcome == checkers::EventType::kInfo) values_.erase(process);
  }

  std::vector<std::string> written_keys() const override { return pool_.keys(); }
  Operation final_read(const std::string& key) const override { return read_of(Operation::Kind::kRegister, key, true); }

 private:
  KeyPool pool_;
  std::map<int64_t, int64_t> values_;  // how many values each process has written
};

}  // namespace

std::unique_ptr<Workload> make_register(int keys_at_once) { return std::make_unique<Register>(keys_at_once); }

}  // namespace workloads
