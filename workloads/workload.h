// What clients do. A workload draws operations and says what is read at the end; it knows no system under test and
// no network: harness/systems/ turns an Operation into requests and replies into outcomes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "checkers/history.h"

namespace workloads {

// One logical operation, before it is sent. `value` and `f` are in the history's vocabulary (docs/history.md).
struct Operation {
  enum class Kind { kCart, kCounter, kRegister, kSet } kind = Kind::kRegister;  // of its key
  std::string f;
  std::string key;
  checkers::Value value;
  std::string session;  // not empty: identified by (session, seq)
  int64_t seq = 0;
  int64_t plus = 0;  // counter `add`: the session's running totals for this key, this operation included
  int64_t minus = 0;
  std::vector<std::string> observed;  // cart and set `remove`: tags that it carries as its context …
  bool has_observed = false;          // … if it carries one
  bool blind = false;                 // register `write`: without reading first, so that it supersedes nothing
  bool identified = false;            // register `write`: is to get a session, if the registers are linear
  bool plain = false;                 // register: by GET and SET, one value a key; then a session makes it identified
  bool segregated = false;            // cart: each item of it is under a key of its own …
  std::vector<std::string> items;     // … of which a read asks these, one after another
  bool final = false;
};

// Splitmix64; every draw of a run comes from one seed.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next();
  uint64_t below(uint64_t n);  // n > 0; unbiased enough for n << 2^64
  bool chance(int percent) { return below(100) < static_cast<uint64_t>(percent); }

 private:
  uint64_t state_;
};

// One per run. Processes are the history's logical processes; the workload keeps sessions, sequence numbers, running
// totals and what each process last read, and learns how operations ended.
class Workload {
 public:
  virtual ~Workload() = default;
  // The next operation of a process that has none open: drawn, and bound to it.
  virtual Operation next(int64_t process, Random& random) = 0;
  // An operation as a schedule has it gets what only the moment knows: session and number, running totals, the tags
  // that the process has seen, a value that is new in this run. Whatever came before it or did not, it is legal.
  virtual Operation bind(int64_t process, Operation drawn) = 0;
  // How it ended. After kInfo the process is retired and its sessions with it (PROMISES §6); a kFail is taken out of
  // totals.
  virtual void completed(int64_t process, const Operation& operation, checkers::EventType outcome,
                         const checkers::Value& value) = 0;
  // Every key that an operation was bound to, in order of the first: each is read through every node at the end. Some
  // of those that were drawn (at least 20 %) are never read before.
  virtual std::vector<std::string> written_keys() const = 0;
  virtual Operation final_read(const std::string& key) const = 0;
};

struct WorkloadInfo {
  std::string_view name;
  std::string_view what;
};
const std::vector<WorkloadInfo>& all_workloads();  // cart, counter, register, set

// What the workload register writes and reads: siblings with contexts, or one value a key. In MODE lin some writes are
// identified, so that they are tried again.
enum class Registers { kSiblings, kPlain, kLinear };

// How the workload cart stores a cart: as one object, or segregated: each item of it under a key of its own. A
// segregated cart is read item by item, so that what a read shows was not all there at one moment. No promise speaks of
// two items at once, so that the same ones hold for both.
enum class CartLayout { kObject, kSegregated };

// The words of an operation in a schedule, and back: what is drawn of it, nothing of what bind() adds.
//
//   cart.add KEY ITEM QUANTITY      cart.remove KEY ITEM [unseen]      cart.read KEY
//   set.add KEY MEMBER              set.remove KEY MEMBER [unseen]     set.read KEY
//   counter.add KEY AMOUNT          counter.read KEY
//   register.write KEY [blind] [identified]             register.read KEY
//
// `unseen`: the removal names no tags, the node reads the cart first. The error says what was expected.
std::string to_words(const Operation& operation);
tl::expected<Operation, std::string> parse_operation(const std::vector<std::string>& words);

// The kind of the keys of a workload; nothing if there is no workload of that name.
std::optional<Operation::Kind> kind_of(std::string_view workload);

// `name` is one of all_workloads(), else the result is null. `keys_at_once` (at least 1): how many keys are in use at a
// time; a key is retired after some hundred operations, so that histories per key stay small.
std::unique_ptr<Workload> make_workload(std::string_view name, int keys_at_once,
                                        Registers registers = Registers::kSiblings,
                                        CartLayout layout = CartLayout::kObject);

}  // namespace workloads
