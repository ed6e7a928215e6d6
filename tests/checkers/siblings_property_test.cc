// Siblings against the rules as checkers/README.md has them, write by write and read by read.
#include "checkers/operations.h"
#include "tests/checkers/cases.h"
#include "tests/checkers/random_siblings.h"

namespace checkers {
namespace {

using Writes = std::vector<const Operation*>;

bool shows(const Operation& read, const Operation& write) {
  const List& shown = read.result().list();
  return std::find(shown.begin(), shown.end(), write.argument()) != shown.end();
}

bool built_on(const Operation& later, const Operation& write) {
  const List& parents = later.field("parents").list();
  return &later != &write && std::find(parents.begin(), parents.end(), write.argument()) != parents.end();
}

// Directly or through others.
bool descends_from(const Operation& later, const Operation& write, const Writes& writes) {
  if (built_on(later, write)) return true;
  return std::any_of(writes.begin(), writes.end(), [&](const Operation* between) {
    return built_on(later, *between) && between->invoked < later.invoked && descends_from(*between, write, writes);
  });
}

bool breaks_a_rule(const Operation& read, const Writes& writes) {
  size_t known = 0;
  for (const Operation* write : writes) {
    if (!shows(read, *write)) continue;
    ++known;
    if (write->failed() || write->invoked > read.returned) return true;
    for (const Operation* later : writes) {
      if (!later->failed() && built_on(*later, *write) && shows(read, *later)) return true;
    }
  }
  std::vector<Value> distinct;
  for (const Value& value : read.result().list()) {
    if (std::find(distinct.begin(), distinct.end(), value) == distinct.end()) distinct.push_back(value);
  }
  return known < distinct.size();  // a value that nobody wrote
}

bool must_be_there(const Operation& write, const Writes& writes) {
  if (!write.ok()) return false;
  return std::none_of(writes.begin(), writes.end(), [&](const Operation* other) {
    if (other->failed()) return false;
    const bool plain = !other->field("parents").is_list();
    return built_on(*other, write) || (plain && write.invoked < other->returned);
  });
}

bool must_be_gone(const Operation& write, const Writes& writes) {
  return std::any_of(writes.begin(), writes.end(),
                     [&](const Operation* other) { return other->ok() && descends_from(*other, write, writes); });
}

TEST(Siblings, AreCondemnedExactlyIfARuleIsBroken) {
  size_t good = 0, bad = 0, lost_somewhere = 0;
  for_each_case(20'000, 50, [&](Choices& choices) {
    const History history = random_siblings(choices, "strict", 2).history;
    const Operations operations(history);
    Writes writes, reads;
    for (const Operation& operation : operations.all()) {
      if (operation.f() == "write") writes.push_back(&operation);
      if (operation.f() == "read" && operation.ok()) reads.push_back(&operation);
    }
    bool expected = false;
    int64_t lost = 0;
    for (const Operation* read : reads) expected = expected || breaks_a_rule(*read, writes);
    for (const Operation* write : writes) {
      const bool gone = must_be_gone(*write, writes);
      bool missing = false;
      for (const Operation* read : reads) {
        if (!read->final()) continue;
        expected = expected || (gone && shows(*read, *write));
        missing = missing || !shows(*read, *write);
      }
      lost += missing && must_be_there(*write, writes);
    }
    const Result result = check(history, "siblings");
    ASSERT_EQ(result.verdict == Verdict::kInvalid, expected || lost > 0) << result.summary;
    ASSERT_EQ(result.details["lost writes"].integer(), lost);
    ++(expected || lost > 0 ? bad : good);
    lost_somewhere += lost > 0;
  });
  EXPECT_GT(good, 1'000U);
  EXPECT_GT(bad, 1'000U);
  EXPECT_GT(lost_somewhere, 500U);
}

}  // namespace
}  // namespace checkers
