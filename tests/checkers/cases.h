// Many small random cases, for comparison with brute force: tens of thousands in a second, which RapidCheck is too slow
// for. The first are the smallest, so that the first that fails is easy to read.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "tests/checkers/scenario.h"

namespace checkers {

// Calls check(choices) for cases that grow from nothing to `largest` choices; stops at the first that fails. The
// environment variable CASES_TIMES multiplies their number (bin/test --long).
template <typename Check>
void for_each_case(size_t count, size_t largest, Check check) {
  if (const char* times = std::getenv("CASES_TIMES")) count *= static_cast<size_t>(std::max(1, std::atoi(times)));
  uint64_t state = 1;
  const auto next = [&state] {  // splitmix64
    state += 0x9e3779b97f4a7c15;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  };
  for (size_t i = 0; i < count; ++i) {
    std::vector<uint32_t> draws(1 + i * largest / count);
    for (uint32_t& draw : draws) draw = static_cast<uint32_t>(next() >> 32);
    Choices choices(std::move(draws));
    SCOPED_TRACE("case " + std::to_string(i));
    check(choices);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace checkers
