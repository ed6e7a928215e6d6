// Quorum reads of registers against brute force: the rule as it is written down, ancestor by ancestor.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "checkers/explain.h"
#include "checkers/operations.h"
#include "tests/checkers/draws.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

constexpr uint32_t kRegisterProcesses = 4;

// Processes write on top of random earlier values (or, where `plain`, sometimes without a context) and read random
// ones.
Scenario random_register(Choices choices, uint32_t plain_in_ten) {
  Scenario s("register", "strict");
  std::vector<int64_t> processes = {0, 1, 2, 3};
  int64_t fresh = kRegisterProcesses;
  std::vector<std::string> begun;
  const auto some_values = [&](uint32_t most) {
    std::set<std::string> values;
    const uint32_t count = choices.below(most + 1);
    for (uint32_t i = 0; i < count && !begun.empty(); ++i) {
      // Mostly recent ones, or nearly every read would be stale.
      const auto back = std::min<size_t>(begun.size() - 1, choices.below(4));
      values.insert(begun[begun.size() - 1 - back]);
    }
    return texts({values.begin(), values.end()});
  };
  while (choices.more()) {
    int64_t& process = processes[choices.below(kRegisterProcesses)];
    if (!s.is_open(process)) {
      if (choices.below(2) == 0) {
        s.invoke(process, "read", "k");
      } else {
        Value fields;
        if (choices.below(10) >= plain_in_ten) fields.set("parents", some_values(2));
        s.invoke(process, "write", "k", Value("v" + std::to_string(begun.size())), fields);
        begun.push_back("v" + std::to_string(begun.size()));
      }
      continue;
    }
    const uint32_t end = choices.below(8);
    if (s.open(process).f == "read") {
      s.ok(process, some_values(3));
    } else if (!s.ends_badly(process, end, fresh)) {
      s.ok(process);
    }
  }
  return s;
}

class BruteRegister {
 public:
  explicit BruteRegister(const Operations& operations) {
    for (const Operation& operation : operations.all()) {
      if (operation.f() == "write") writes_[operation.argument().string()] = &operation;
    }
  }

  bool is_stale(const Operation& read) const {
    for (const auto& [value, write] : writes_) {
      if (!write->ok() || write->returned >= read.invoked) continue;
      bool covered = false;
      for (const Value& sibling : read.result().list()) covered = covered || covers(sibling.string(), *write);
      if (!covered) return true;
    }
    return false;
  }

 private:
  // Is `write` the value itself, or an ancestor, or something that a plain write among these may have found?
  bool covers(const std::string& value, const Operation& write) const {
    const Operation& own = *writes_.at(value);
    if (&own == &write) return true;
    const Value& parents = own.field("parents");
    if (!parents.is_list() && write.invoked < own.returned) return true;
    for (const Value& parent : parents.list()) {
      if (covers(parent.string(), write)) return true;
    }
    return false;
  }

  std::map<std::string, const Operation*> writes_;
};

int64_t brute_stale_reads(const History& history) {
  const Operations operations(history);
  const BruteRegister brute(operations);
  int64_t stale = 0;
  for (const Operation& read : operations.all()) stale += read.f() == "read" && read.ok() && brute.is_stale(read);
  return stale;
}

RC_GTEST_PROP(RegisterReads, WithContextsMatchTheRuleAncestorByAncestor, ()) {
  const Scenario s = random_register(Choices(*draws()), 0);
  RC_ASSERT(check(s.history, "quorum-reads").violations == brute_stale_reads(s.history));
}

RC_GTEST_PROP(RegisterReads, WithoutContextsMatchTheRuleByTime, ()) {
  const Scenario s = random_register(Choices(*draws()), 10);
  RC_ASSERT(check(s.history, "quorum-reads").violations == brute_stale_reads(s.history));
}

RC_GTEST_PROP(RegisterReads, WithBothKindsOfWritesMatchTheRule, ()) {
  const Scenario s = random_register(Choices(*draws()), 2);
  RC_ASSERT(check(s.history, "quorum-reads").violations == brute_stale_reads(s.history));
}

// What a register with one value showed of itself, and what that read missed: write by write.
struct BruteMissed {
  int64_t versions = 0;
  const Operation* oldest = nullptr;
  bool must_show = false;
};
BruteMissed brute_missed(const Operations& operations, const Operation& read) {
  constexpr int kReplicas = 3;
  int64_t shown_until = -1;
  for (const Operation& write : operations.all()) {
    if (write.f() == "write" && write.argument() == read.result()) shown_until = write.returned;
  }
  BruteMissed missed;
  for (const Operation& write : operations.all()) {
    if (write.f() != "write" || !write.ok() || write.invoked <= shown_until || write.returned >= read.invoked) continue;
    ++missed.versions;
    if (missed.oldest == nullptr || write.returned < missed.oldest->returned) missed.oldest = &write;
    missed.must_show = missed.must_show || (read.strict && write.strict && read.r + write.w > kReplicas);
  }
  return missed;
}

RC_GTEST_PROP(RegisterReads, WithoutContextsWhatIsMissedIsDescribedRightly, ()) {
  Choices choices(*draws());
  Scenario s("register", "strict");
  std::vector<int64_t> processes = {0, 1, 2, 3};
  int64_t fresh = kRegisterProcesses, begun = 0;
  while (choices.more()) {
    int64_t& process = processes[choices.below(kRegisterProcesses)];
    if (!s.is_open(process)) {
      Value fields{
          Map{{"r", 1 + static_cast<int64_t>(choices.below(3))}, {"w", 1 + static_cast<int64_t>(choices.below(3))}}};
      if (choices.below(5) == 0) fields.set("mode", "sloppy");
      const bool read = choices.below(2) == 0;
      s.invoke(process, read ? "read" : "write", "k", read ? Value() : Value("v" + std::to_string(begun++)), fields);
      continue;
    }
    const uint32_t end = choices.below(8);
    const int64_t back = choices.below(5);
    if (s.open(process).f == "read") {
      s.ok(process, back < begun ? Value("v" + std::to_string(begun - 1 - back)) : Value());
    } else if (!s.ends_badly(process, end, fresh)) {
      s.ok(process);
    }
  }
  const Operations operations(s.history);
  std::vector<int64_t> versions, nanos;
  int64_t violations = 0;
  for (const Operation& read : operations.all()) {
    if (read.f() != "read" || !read.ok()) continue;
    const BruteMissed missed = brute_missed(operations, read);
    violations += missed.must_show;
    if (missed.versions == 0) continue;
    versions.push_back(missed.versions);
    nanos.push_back((read.start() - missed.oldest->end()).count());
  }
  const Result result = check(s.history, "quorum-reads");
  RC_ASSERT(result.violations == violations);
  RC_ASSERT(result.details["versions_behind"] == quantiles(versions));
  RC_ASSERT(result.details["nanoseconds_behind"] == quantiles(nanos));
}

// A register in which every read is stale, each behind by more than the one before: nothing is looked at pair by pair.
TEST(RegisterReads, WithoutContextsManyStaleReadsCostNoMoreThanOthers) {
  constexpr int64_t kReads = 100'000;
  Scenario s("register", "strict");
  for (int64_t i = 0; i < kReads; ++i) {
    s.invoke(0, "write", "k", Value(std::to_string(i))).ok(0);
    if (i > 0) s.read(1, "k", Value("0"));
  }
  s.read(1, "k", Value("0"));
  const Result result = check(s.history, "quorum-reads");
  EXPECT_EQ(result.violations, kReads);
  EXPECT_EQ(result.details["versions_behind"]["max"].integer(), kReads - 1);
  EXPECT_EQ(result.details["versions_behind"]["p50"].integer(), kReads / 2);
  EXPECT_EQ(result.details["pairs looked at one by one"].integer(), 0);
}

// The compressed ancestries must stay right when histories outgrow one machine word.
TEST(RegisterReads, LongHistoriesMatchTheRuleToo) {
  uint64_t state = 7;
  std::vector<uint32_t> draws(4'000);
  for (uint32_t& draw : draws) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    draw = static_cast<uint32_t>(state >> 33);
  }
  for (const uint32_t plain : {0u, 1u}) {
    const Scenario s = random_register(Choices(draws), plain);
    const int64_t expected = brute_stale_reads(s.history);
    EXPECT_GT(expected, 0);
    EXPECT_EQ(check(s.history, "quorum-reads").violations, expected);
  }
}

}  // namespace
}  // namespace checkers
