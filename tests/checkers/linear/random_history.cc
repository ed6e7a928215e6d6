#include "tests/checkers/linear/random_history.h"

#include <algorithm>

namespace checkers::linear {
namespace {

using Data = Shape::Data;

class Store {
 public:
  Store(const Shape& shape, uint64_t seed) : shape_(shape), random_(seed) {
    if (shape.data == Data::kLog) history_.initial = text(shape.unique || random_.one_in(2) ? "" : "b");
    held_.assign(shape.keys, history_.initial);
    clients_.resize(shape.clients);
  }

  History run() {
    while (begun_ < shape_.operations || std::any_of(clients_.begin(), clients_.end(), is_busy)) {
      step(clients_[random_.below(shape_.clients)]);
    }
    if (random_.one_in(2)) spoil();
    if (shape_.coarse) {
      for (Operation& operation : history_.operations) {
        operation.called /= 2;
        if (operation.returned != kOpen) operation.returned /= 2;
      }
    }
    for (size_t i = history_.operations.size(); i > 1; --i) {
      std::swap(history_.operations[i - 1], history_.operations[random_.below(static_cast<uint32_t>(i))]);
    }
    return std::move(history_);
  }

 private:
  struct Client {
    size_t operation = 0;
    bool busy = false;
    bool took_effect = false;
  };
  static bool is_busy(const Client& client) { return client.busy; }

  Operation& of(const Client& client) { return history_.operations[client.operation]; }

  void step(Client& client) {
    if (!client.busy) {
      if (begun_ == shape_.operations) return;
      ++begun_;
      client = {history_.operations.size(), true, false};
      history_.operations.push_back(begin());
      history_.operations.back().called = ++moment_;
      return;
    }
    if (!client.took_effect) {
      client.took_effect = true;
      const bool crashes = shape_.crashed_in > 0 && random_.one_in(shape_.crashed_in);
      if (!crashes || random_.one_in(2)) take_effect(of(client));
      if (crashes) client.busy = false;  // and never returns
      return;
    }
    of(client).returned = ++moment_;
    client.busy = false;
  }

  Value fresh_value() { return shape_.unique ? ++last_ : 1 + random_.below(3); }
  int32_t some_key() { return static_cast<int32_t>(random_.below(shape_.keys)); }

  Operation begin() {
    Operation operation;
    operation.key = some_key();
    switch (shape_.data) {
      case Data::kRegister:
      case Data::kCas:
        operation.kind = random_.one_in(2) ? Kind::kRead : Kind::kWrite;
        if (shape_.data == Data::kCas && random_.one_in(2)) operation.kind = Kind::kCas;
        if (operation.kind != Kind::kRead) operation.value = fresh_value();
        break;
      case Data::kLock:
        operation.kind = Kind::kCas;
        operation.value = random_.below(2);
        operation.expected = 1 - operation.value;
        break;
      case Data::kLog:
        operation.kind = random_.one_in(2) ? Kind::kRead : random_.one_in(4) ? Kind::kWrite : Kind::kAppend;
        if (operation.kind != Kind::kRead) operation.value = piece();
        break;
      case Data::kTransactions:
        if (random_.one_in(4)) {
          operation.kind = random_.one_in(2) ? Kind::kRead : random_.one_in(2) ? Kind::kWrite : Kind::kCas;
          operation.value = fresh_value();
        } else {
          operation.kind = Kind::kTransaction;
          operation.value = static_cast<Value>(history_.steps.size());
          operation.expected = 1 + random_.below(3);
          for (Value i = 0; i < operation.expected; ++i) {
            history_.steps.push_back({some_key(), random_.one_in(2), fresh_value()});
          }
        }
        break;
    }
    return operation;
  }

  void take_effect(Operation& operation) {
    Value& held = held_[static_cast<size_t>(operation.key)];
    switch (operation.kind) {
      case Kind::kRead:
        operation.value = held;
        if (random_.one_in(20)) operation.value = kUntold;
        break;
      case Kind::kWrite:
        held = operation.value;
        operation.failed = random_.one_in(10) && !shape_.unique;
        break;
      case Kind::kCas:
        if (shape_.data != Data::kLock) operation.expected = random_.one_in(6) ? fresh_value() : held;
        if (operation.expected == held) {
          held = operation.value;
        } else {
          operation.failed = true;
        }
        break;
      case Kind::kAppend:
        held = text(history_.texts[static_cast<size_t>(held)] + history_.texts[static_cast<size_t>(operation.value)]);
        break;
      case Kind::kTransaction:
        for (Value i = 0; i < operation.expected; ++i) {
          Step& step = history_.steps[static_cast<size_t>(operation.value + i)];
          Value& cell = held_[static_cast<size_t>(step.key)];
          if (step.write) {
            cell = step.value;
          } else {
            step.value = random_.one_in(10) ? kUntold : cell;
          }
        }
        break;
    }
  }

  // Gives a read or a compare-and-set another value, out of those that there are.
  void spoil() {
    Operation& operation = history_.operations[random_.below(static_cast<uint32_t>(history_.operations.size()))];
    const Operation& other = history_.operations[random_.below(static_cast<uint32_t>(history_.operations.size()))];
    if (operation.kind == Kind::kTransaction) {
      Step& step = history_.steps[static_cast<size_t>(operation.value)];
      if (!step.write) step.value = random_.below(4);
    } else if (shape_.data == Data::kLog) {
      if (operation.kind == Kind::kRead) {
        operation.value = random_.below(static_cast<uint32_t>(history_.texts.size()));
      }
    } else if (operation.kind == Kind::kRead) {
      operation.value = other.kind == Kind::kTransaction ? 1 : other.value;
    } else if (operation.kind == Kind::kCas && shape_.data != Data::kLock) {
      operation.expected = random_.one_in(4) || other.kind == Kind::kTransaction ? history_.initial : other.value;
    } else {
      operation.failed = !operation.failed;
    }
  }

  Value piece() {
    if (shape_.unique) return text(std::string(1, static_cast<char>('a' + ++last_)));
    static const char* const kPieces[] = {"a", "b", "ab", "ba"};
    return text(kPieces[random_.below(4)]);
  }
  Value text(const std::string& text) {
    const auto found = std::find(history_.texts.begin(), history_.texts.end(), text);
    if (found != history_.texts.end()) return found - history_.texts.begin();
    history_.texts.push_back(text);
    return static_cast<Value>(history_.texts.size()) - 1;
  }

  const Shape& shape_;
  Random random_;
  History history_;
  std::vector<Value> held_;
  std::vector<Client> clients_;
  uint32_t begun_ = 0;
  int64_t moment_ = 0;
  Value last_ = 0;
};

}  // namespace

History random_history(const Shape& shape, uint64_t seed) { return Store(shape, seed).run(); }

std::string describe(const History& history) {
  static const char* const kNames[] = {"read", "write", "cas", "append", "transaction"};
  const auto word = [&](Value value) {
    if (value == kUntold) return std::string("?");
    return history.texts.empty() ? std::to_string(value) : '"' + history.texts[static_cast<size_t>(value)] + '"';
  };
  std::string out = "initially " + word(history.initial) + "\n";
  for (size_t i = 0; i < history.operations.size(); ++i) {
    const Operation& operation = history.operations[i];
    out += "  " + std::to_string(i) + ": key " + std::to_string(operation.key) + " [" +
           std::to_string(operation.called) + ", " +
           (operation.returned == kOpen ? "open" : std::to_string(operation.returned)) + "] " +
           kNames[static_cast<size_t>(operation.kind)];
    if (operation.kind == Kind::kTransaction) {
      for (Value k = 0; k < operation.expected; ++k) {
        const Step& step = history.steps[static_cast<size_t>(operation.value + k)];
        out += (step.write ? " write " : " read ") + std::to_string(step.key) + "=" + word(step.value);
      }
    } else {
      if (operation.kind == Kind::kCas) out += " " + word(operation.expected) + " to";
      out += " " + word(operation.value);
    }
    out += operation.failed ? ", failed\n" : "\n";
  }
  return out;
}

}  // namespace checkers::linear
