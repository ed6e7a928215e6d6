// The checker against brute force, on random histories of every kind of data: same verdict, and a witness that convicts
// by itself.
#include <gtest/gtest.h>

#include <numeric>

#include "checkers/linear/search_finding.h"
#include "checkers/linear/zones.h"
#include "tests/checkers/cases.h"
#include "tests/checkers/linear/brute_force.h"
#include "tests/checkers/linear/random_history.h"

namespace checkers::linear {
namespace {

using Data = Shape::Data;
using Verdict = Answer::Verdict;

// The operations of the witness have no order: with all that wrote or, if it says so, alone.
bool convicts(const History& history, const Violation& violation) {
  const bool alone = violation.because.find("among themselves") != std::string::npos;
  History part = history;
  part.operations.clear();
  for (size_t i = 0; i < history.operations.size(); ++i) {
    const bool cast =
        std::find(violation.operations.begin(), violation.operations.end(), i) != violation.operations.end();
    if (cast || (!alone && history.operations[i].kind != Kind::kRead)) part.operations.push_back(history.operations[i]);
  }
  return !has_an_order(part);
}

constexpr size_t kCases = 12'000;

void agrees_with_brute_force(const Shape& shape, uint64_t first_seed) {
  const uint64_t cases = number_of_cases(kCases);
  uint64_t good = 0, bad = 0;
  for (uint64_t seed = first_seed; seed < first_seed + cases; ++seed) {
    const History history = random_history(shape, seed);
    const bool expected = has_an_order(history);
    ++(expected ? good : bad);
    const Answer answer = check(history);
    ASSERT_EQ(answer.verdict, expected ? Verdict::kLinearizable : Verdict::kViolated)
        << "seed " << seed << ": " << describe(history)
        << (answer.violations.empty() ? "" : answer.violations[0].because);
    ASSERT_EQ(answer.violations.empty(), expected);
    for (const Violation& violation : answer.violations) {
      ASSERT_FALSE(violation.operations.empty());
      ASSERT_LE(violation.operations.size(), 6u);
      const bool partly = violation.because.find("of them have none already") != std::string::npos;
      ASSERT_TRUE(partly || convicts(history, violation))
          << "seed " << seed << ": " << describe(history) << violation.because;
    }
  }
  EXPECT_GT(good, cases / 20);
  EXPECT_GT(bad, cases / 20);
}

TEST(Linearizability, OfARegisterWithUniqueValuesIsDecidedRightly) {
  agrees_with_brute_force({.data = Data::kRegister, .unique = true, .crashed_in = 6}, 1'000'000);
}
TEST(Linearizability, OfARegisterWithEqualMomentsIsDecidedRightly) {
  agrees_with_brute_force({.data = Data::kRegister, .unique = true, .crashed_in = 6, .coarse = true}, 2'000'000);
}
TEST(Linearizability, OfUniqueCompareAndSetsIsDecidedRightly) {
  agrees_with_brute_force({.data = Data::kCas, .unique = true, .crashed_in = 5}, 3'000'000);
}
TEST(Linearizability, OfARegisterWithFewValuesIsDecidedRightly) {
  agrees_with_brute_force({.data = Data::kRegister, .crashed_in = 6, .coarse = true}, 4'000'000);
}
TEST(Linearizability, OfCompareAndSetsOnFewValuesIsDecidedRightly) {
  agrees_with_brute_force({.data = Data::kCas, .operations = 10, .crashed_in = 5}, 5'000'000);
}
TEST(Linearizability, OfALockIsDecidedRightly) {
  agrees_with_brute_force({.data = Data::kLock, .operations = 10, .crashed_in = 5}, 6'000'000);
}
TEST(Linearizability, OfTextsThatComeApartInOneWayIsDecidedRightly) {
  agrees_with_brute_force({.data = Data::kLog, .unique = true, .crashed_in = 6}, 7'000'000);
}
TEST(Linearizability, OfAmbiguousTextsIsDecidedRightly) {
  agrees_with_brute_force({.data = Data::kLog, .crashed_in = 6}, 8'000'000);
}
TEST(Linearizability, OfTransactionsIsDecidedRightly) {
  agrees_with_brute_force({.data = Data::kTransactions, .keys = 3, .operations = 8, .crashed_in = 6}, 9'000'000);
}
TEST(Linearizability, OfSeveralKeysIsDecidedRightly) {
  agrees_with_brute_force({.data = Data::kCas, .keys = 2, .clients = 5, .operations = 11, .crashed_in = 6}, 10'000'000);
}

// Where zones apply, the search must say the same: its rules are proven on values that zones know nothing of, too.
TEST(Linearizability, SearchAgreesWithZones) {
  const uint64_t cases = number_of_cases(kCases);
  uint64_t compared = 0;
  for (uint64_t seed = 0; seed < cases; ++seed) {
    const Data data = seed % 2 == 0 ? Data::kCas : Data::kRegister;
    const History history = random_history(
        {.data = data, .unique = true, .clients = 6, .operations = 24, .crashed_in = 8}, 11'000'000 + seed);
    std::vector<uint32_t> positions(history.operations.size());
    std::iota(positions.begin(), positions.end(), 0u);
    std::sort(positions.begin(), positions.end(),
              [&](uint32_t a, uint32_t b) { return history.operations[a].called < history.operations[b].called; });
    const ZoneAnswer zones = judge_by_zones(history.operations, positions, history.initial);
    if (!zones.applies) continue;
    ++compared;
    const Judging how;
    Budget budget(how);
    RegisterModel model(history.operations, positions, history.initial);
    const SearchAnswer answer = search(model, budget);
    ASSERT_EQ(answer.verdict == SearchAnswer::Verdict::kOrder, !zones.finding.has_value())
        << "seed " << seed << ": " << describe(history) << (zones.finding ? zones.finding->because : "");
  }
  EXPECT_GT(compared, cases / 2);
}

}  // namespace
}  // namespace checkers::linear
