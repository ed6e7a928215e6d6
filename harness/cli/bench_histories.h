// Histories for bin/bench checkers: what clients that are always busy see of a register that really is linearizable.
#pragma once

#include <cstdint>

#include "checkers/linear/linearizability.h"

namespace harness {

struct BenchShape {
  uint32_t operations = 1000;
  uint32_t keys = 1;
  uint32_t clients = 10;  // of each key
  uint32_t values = 0;    // 0: every write has a value of its own
  bool cas = false;       // a third each of reads, writes and compare-and-sets; else half reads, half writes
  uint32_t crashed_percent = 0;
  bool stale_read = false;  // one, late in the history
  uint64_t seed = 1;
};

checkers::linear::History bench_history(const BenchShape& shape);

}  // namespace harness
