#include "tests/fuzz/history_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::read_and_write_again(data, size, "jsonl");
  return 0;
}
