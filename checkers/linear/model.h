// What the search has to know of operations: which need what, and what comes of them. Two models: a register, whose
// operations are two numbers each, and the rest.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "checkers/linear/linearizability.h"
#include "checkers/linear/value_table.h"

namespace checkers::linear {

enum class Nature : uint8_t {
  kSee,     // changes nothing in any state
  kBlind,   // fits every state, and what it leaves behind does not depend on it
  kAppend,  // fits every state
  kOther,
};

struct Item {
  int64_t called = 0;
  int64_t returned = kOpen;
  uint32_t position = 0;  // in the operations that are judged
  int32_t needs = 0;      // RegisterModel: a state, or kAny. GeneralModel: number of its script
  int32_t gives = 0;      // RegisterModel: a state, or kAny: none other
  uint32_t place = 0;     // set by the search
  Nature nature = Nature::kSee;

  bool crashed() const { return returned == kOpen; }
};

inline constexpr int32_t kAny = -1;
inline constexpr int32_t kRefused = -1;

// Reads, writes and compare-and-sets of one key. States are its values, numbered.
class RegisterModel {
 public:
  static constexpr int32_t kStart = 0;

  // Items in order of `called`: what failed, tells nothing or makes no difference is left out.
  RegisterModel(const std::vector<Operation>& operations, std::span<const uint32_t> positions, Value initial);

  const std::vector<Item>& items() const { return items_; }
  static int32_t apply(int32_t state, const Item& item) {
    if (item.needs != kAny && item.needs != state) return kRefused;
    return item.gives == kAny ? state : item.gives;
  }
  // An acknowledged operation that found what nobody wrote: its position.
  std::optional<uint32_t> finds_unwritten() const;
  // Do two crashed items come to the same?
  static bool same(const Item& a, const Item& b) { return a.needs == b.needs && a.gives == b.gives; }
  // Is there an item that needs the state and may take effect at `moment` or later?
  bool needed(int32_t state, int64_t moment) const { return needed_until_[static_cast<size_t>(state)] >= moment; }
  static size_t bytes() { return 0; }

 private:
  int32_t number(Value value);
  void leave_out_useless();

  std::vector<Item> items_;
  std::optional<ValueTable> numbers_;
  uint32_t states_ = 0;
  std::vector<int64_t> needed_until_;  // by state: when the last item returns that needs it
};

// Several keys, tied together by transactions, or texts that are appended to. States are what all keys hold, numbered
// when first reached. Values that no operation sees, and texts with which none that is seen begins, are all the same:
// dead.
class GeneralModel {
 public:
  static constexpr int32_t kStart = 0;

  GeneralModel(const History& history, std::span<const uint32_t> positions);

  const std::vector<Item>& items() const { return items_; }
  int32_t apply(int32_t state, const Item& item);
  static bool same(const Item& a, const Item& b) { return a.needs == b.needs; }
  // Is any key of the state not dead?
  bool needed(int32_t state, int64_t /*moment*/) const { return !dead_[static_cast<size_t>(state)]; }
  size_t bytes() const { return bytes_; }  // that states and texts take, about

 private:
  struct Part {
    enum class Does : uint8_t { kSee, kWrite, kAppend } does = Does::kSee;
    size_t cell = 0;  // which of the keys
    Value value = 0;
    friend auto operator<=>(const Part&, const Part&) = default;
  };
  using State = std::vector<Value>;
  struct Hash {
    size_t operator()(const State& state) const;
  };

  static constexpr Value kDead = kUntold + 1;

  std::vector<Part> script_of(const Operation& operation);
  void add_item(const Operation& operation, uint32_t position);
  void gather_seen();
  bool may_be_seen(size_t cell, Value value) const;
  int32_t state_of(State state);
  const std::string& text(Value value) const;
  size_t cell_of(int32_t key);
  Value append(Value start, Value more);

  const History& history_;
  std::vector<Item> items_;
  std::map<int32_t, size_t> cells_;
  std::vector<std::vector<Part>> scripts_;
  std::map<std::vector<Part>, int32_t> script_numbers_;
  bool texts_ = false;                    // values are texts, for some are appended to
  std::vector<std::vector<Value>> seen_;  // by cell: what is seen of it; sorted, texts by their bytes
  std::vector<State> states_;
  std::vector<bool> dead_;  // by state
  std::unordered_map<State, int32_t, Hash> state_numbers_;
  std::deque<std::string> made_;  // texts that appends make, numbered after those of the history
  std::unordered_map<std::string, Value> text_numbers_;
  size_t bytes_ = 0;
};

}  // namespace checkers::linear
