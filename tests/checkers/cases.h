// Many small random cases, for comparison with brute force: tens of thousands in a second, which RapidCheck is too slow
// for. The first are the smallest, so that the first that fails is easy to read.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "tests/checkers/random.h"
#include "tests/checkers/scenario.h"

namespace checkers {

// `count`, multiplied by the environment variable CASES_TIMES (bin/test --long).
inline size_t number_of_cases(size_t count) {
  const char* times = std::getenv("CASES_TIMES");
  return times == nullptr ? count : count * static_cast<size_t>(std::max(1, std::atoi(times)));
}

// Calls check(choices) for cases that grow from nothing to `largest` choices; stops at the first that fails.
template <typename Check>
void for_each_case(size_t count, size_t largest, Check check) {
  count = number_of_cases(count);
  Random random(1);
  for (size_t i = 0; i < count; ++i) {
    std::vector<uint32_t> draws(1 + i * largest / count);
    for (uint32_t& draw : draws) draw = static_cast<uint32_t>(random.next() >> 32);
    Choices choices(std::move(draws));
    SCOPED_TRACE("case " + std::to_string(i));
    check(choices);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace checkers
