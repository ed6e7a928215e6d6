// Small random histories: operations of a store that really is linearizable, of which half are then spoilt a little, so
// that good and bad ones differ by as little as can be.
#pragma once

#include <cstdint>

#include "checkers/linear/linearizability.h"

namespace checkers::linear {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {  // splitmix64
    uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(next() >> 32) % n; }
  bool one_in(uint32_t n) { return below(n) == 0; }

 private:
  uint64_t state_;
};

struct Shape {
  enum class Data { kRegister, kCas, kLock, kLog, kTransactions } data = Data::kRegister;
  bool unique = false;  // no value is written twice; texts come apart in one way
  uint32_t keys = 1;
  uint32_t clients = 4;
  uint32_t operations = 9;
  uint32_t crashed_in = 0;  // one operation in so many has an unknown outcome
  bool coarse = false;      // some moments are equal
};

History random_history(const Shape& shape, uint64_t seed);

// For messages: one line an operation.
std::string describe(const History& history);

}  // namespace checkers::linear
