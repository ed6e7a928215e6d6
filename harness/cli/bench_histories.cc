#include "harness/cli/bench_histories.h"

#include "workloads/workload.h"

namespace harness {

namespace {

namespace linear = checkers::linear;

class Store {
 public:
  explicit Store(const BenchShape& shape) : shape_(shape), random_(shape.seed), held_(shape.keys, 0) {
    clients_.resize(size_t{shape.keys} * shape.clients);
    history_.operations.reserve(shape.operations);
  }

  linear::History run() {
    while (history_.operations.size() < shape_.operations || busy_ > 0) {
      const auto number = below(static_cast<uint32_t>(clients_.size()));
      step(clients_[number], static_cast<int32_t>(number / shape_.clients));
    }
    if (shape_.stale_read) spoil();
    return std::move(history_);
  }

 private:
  struct Client {
    enum class At : uint8_t { kRest, kCalled, kTookEffect } at = At::kRest;
    uint32_t operation = 0;
  };

  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_.below(n)); }

  void step(Client& client, int32_t key) {
    switch (client.at) {
      case Client::At::kRest:
        if (history_.operations.size() == shape_.operations) return;
        client = {Client::At::kCalled, static_cast<uint32_t>(history_.operations.size())};
        history_.operations.push_back(begin(key));
        ++busy_;
        return;
      case Client::At::kCalled: {
        linear::Operation& operation = history_.operations[client.operation];
        const bool crashed = shape_.crashed_percent > 0 && below(100) < shape_.crashed_percent;
        if (!crashed || below(2) == 0) take_effect(operation);
        client.at = crashed ? Client::At::kRest : Client::At::kTookEffect;
        busy_ -= crashed;
        return;
      }
      case Client::At::kTookEffect:
        history_.operations[client.operation].returned = moment_++;
        client.at = Client::At::kRest;
        --busy_;
        return;
    }
  }

  linear::Operation begin(int32_t key) {
    const uint32_t kind = below(shape_.cas ? 3 : 2);
    linear::Operation operation;
    operation.called = moment_++;
    operation.key = key;
    operation.kind = kind == 0 ? linear::Kind::kRead : kind == 1 ? linear::Kind::kWrite : linear::Kind::kCas;
    if (kind != 0) operation.value = shape_.values == 0 ? ++last_value_ : 1 + below(shape_.values);
    if (kind == 2 && shape_.values > 0) operation.expected = 1 + below(shape_.values);
    return operation;
  }

  void take_effect(linear::Operation& operation) {
    int64_t& held = held_[static_cast<size_t>(operation.key)];
    if (operation.kind == linear::Kind::kRead) {
      operation.value = held;
      return;
    }
    if (operation.kind == linear::Kind::kCas) {
      if (shape_.values == 0) operation.expected = held;  // as its client just read it
      operation.failed = operation.expected != held;
    }
    if (!operation.failed) held = operation.value;
  }

  // A read past the middle returns what was written in the first quarter, and was long replaced.
  void spoil() {
    const size_t half = history_.operations.size() / 2;
    for (size_t i = half; i < history_.operations.size(); ++i) {
      linear::Operation& read = history_.operations[i];
      if (read.kind != linear::Kind::kRead || read.returned == linear::kOpen) continue;
      for (size_t k = half / 2; k-- > 0;) {
        const linear::Operation& write = history_.operations[k];
        if (write.kind != linear::Kind::kWrite || write.key != read.key || write.returned == linear::kOpen) continue;
        read.value = write.value;
        return;
      }
    }
  }

  const BenchShape& shape_;
  workloads::Random random_;
  linear::History history_;
  std::vector<int64_t> held_;
  std::vector<Client> clients_;
  size_t busy_ = 0;
  int64_t moment_ = 0;
  int64_t last_value_ = 0;
};

}  // namespace

checkers::linear::History bench_history(const BenchShape& shape) { return Store(shape).run(); }

}  // namespace harness
