// What a test of one key found, in words: operations become A, B, C … in the order in which they were called.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checkers/linear/linearizability.h"

namespace checkers::linear {

struct Finding {
  std::string anomaly;
  std::vector<uint32_t> operations;  // A, B, C …: positions in the operations that were judged
  std::string because;
};

// A read that counts: answered, with a result that is known.
inline bool tells(const Operation& operation) {
  return operation.kind == Kind::kRead && !operation.failed && operation.returned != kOpen &&
         operation.value != kUntold;
}
inline bool may_write(const Operation& operation) { return operation.kind != Kind::kRead && !operation.failed; }

class Letters {
 public:
  // `cast`: positions, in any order, perhaps several times.
  Letters(const std::vector<Operation>& operations, std::vector<uint32_t> cast);

  const std::vector<uint32_t>& cast() const { return cast_; }  // in order of their letters
  std::string of(uint32_t position) const;
  // "A was over at 5, before B began at 9".
  std::string before(uint32_t first, uint32_t second) const;
  // "A, B and C".
  std::string list(const std::vector<uint32_t>& positions) const;

 private:
  const std::vector<Operation>& operations_;
  std::vector<uint32_t> cast_;
};

// `reader` returned or replaced a value that none of `positions` wrote, except perhaps one that failed.
Finding unwritten(const std::vector<Operation>& operations, std::span<const uint32_t> positions, uint32_t reader);

}  // namespace checkers::linear
