// Small random histories: operations of a store that really is linearizable, of which half are then spoilt a little, so
// that good and bad ones differ by as little as can be.
#pragma once

#include <cstdint>

#include "checkers/linear/linearizability.h"
#include "tests/checkers/random.h"

namespace checkers::linear {

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
