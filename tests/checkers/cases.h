// Many small random cases, for comparison with brute force: tens of thousands in a second, which RapidCheck is too slow
// for. The first are the smallest, so that the first that fails is easy to read.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/checkers/random.h"
#include "tests/checkers/scenario.h"

namespace checkers {

// How many cases the test at hand compares: `count`, unless the environment says ORACLE_CASES (bin/test --long does:
// oracle_cases.cc makes RapidCheck heed it, too). It is printed, so that one sees what a result is worth.
inline size_t number_of_cases(size_t count) {
  if (const char* asked = std::getenv("ORACLE_CASES")) count = std::max<size_t>(1, std::strtoull(asked, nullptr, 10));
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  std::cout << "oracle " << test.test_suite_name() << "." << test.name() << ": " << count << " cases\n";
  return count;
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
