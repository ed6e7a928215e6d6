// Causal consistency against its definition, by brute force: causal order as a closure, and for CCv every order of the
// writes tried.
#include "checkers/sessions/causal_order.h"

#include <algorithm>
#include <set>

#include "tests/checkers/cases.h"

namespace checkers {
namespace {

// Sessions of a few registers. Reads show some write, mostly one that began before, now and then a later one (no clock
// is asked); or the initial value.
Scenario random_sessions(Choices& choices) {
  Scenario s("");
  s.history.test = TestInfo{};
  int64_t value = 0;
  std::vector<std::pair<std::string, int64_t>> written;
  const char* const keys[] = {"x", "y"};
  while (choices.more()) {
    const auto process = static_cast<int64_t>(choices.below(3));
    const std::string key = keys[choices.below(2)];
    if (choices.below(2) == 0 && written.size() < 5) {
      s.invoke(process, "write", key, ++value).ok(process);
      written.emplace_back(key, value);
      continue;
    }
    Value shown;
    for (const auto& [of, v] : written) {
      if (of == key && choices.below(2) == 0) shown = v;
    }
    s.invoke(process, "read", key).ok(process, shown);
  }
  // A read from the future: its value is written later, in another session.
  if (!written.empty() && choices.below(2) == 0) {
    const size_t at = 2 * choices.below(static_cast<uint32_t>(s.history.events.size() / 2));
    if (s.history.events[at].f == "read") {
      for (const auto& [of, v] : written) {
        if (of == s.history.events[at].key) s.history.events[at + 1].value = v;
      }
    }
  }
  return s;
}

using Relation = std::vector<std::vector<bool>>;

// The causal order of the steps; empty if it has a cycle.
Relation causal_order(const SessionHistory& history) {
  const size_t n = history.steps.size();
  Relation before(n, std::vector<bool>(n));
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      const SessionStep &a = history.steps[i], &b = history.steps[j];
      before[i][j] = (a.session == b.session && i < j) || (a.is_write && !b.is_write && b.write == a.write);
    }
  }
  for (size_t k = 0; k < n; ++k) {
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n && before[i][k]; ++j) before[i][j] = before[i][j] || before[k][j];
    }
  }
  for (size_t i = 0; i < n; ++i) {
    if (before[i][i]) return {};
  }
  return before;
}

// By the definition of CC: what a read shows is not replaced within its causal past.
bool causal(const SessionHistory& history, const Relation& before) {
  if (before.empty() && !history.steps.empty()) return false;
  for (size_t r = 0; r < history.steps.size(); ++r) {
    const SessionStep& read = history.steps[r];
    if (read.is_write) continue;
    for (size_t other = 0; other < history.steps.size(); ++other) {
      const SessionStep& write = history.steps[other];
      if (!write.is_write || write.key != read.key || write.write == read.write || !before[other][r]) continue;
      if (read.write == kInitialWrite) return false;
      for (size_t source = 0; source < history.steps.size(); ++source) {
        const SessionStep& step = history.steps[source];
        if (step.is_write && step.write == read.write && before[source][other]) return false;
      }
    }
  }
  return true;
}

// By the definition of CCv: some order of the writes extends causal order, and each read shows the last, in that order,
// of those that are in its causal past.
bool convergent(const SessionHistory& history, const Relation& before) {
  if (before.empty() && !history.steps.empty()) return false;
  std::vector<size_t> writes;
  for (size_t i = 0; i < history.steps.size(); ++i) {
    if (history.steps[i].is_write) writes.push_back(i);
  }
  do {
    bool fits = true;
    for (size_t i = 0; i < writes.size() && fits; ++i) {
      for (size_t j = i + 1; j < writes.size() && fits; ++j) fits = !before[writes[j]][writes[i]];
    }
    for (size_t r = 0; r < history.steps.size() && fits; ++r) {
      const SessionStep& read = history.steps[r];
      if (read.is_write) continue;
      uint32_t last = kInitialWrite;
      for (const size_t write : writes) {
        if (history.steps[write].key == read.key && before[write][r]) last = history.steps[write].write;
      }
      fits = last == read.write;
    }
    if (fits) return true;
  } while (std::next_permutation(writes.begin(), writes.end()));
  return false;
}

TEST(Causal, AgreesWithTheDefinitionsOfCcAndCcv) {
  size_t ccv = 0, cc_alone = 0, neither = 0;
  for_each_case(20'000, 45, [&](Choices& choices) {
    const Scenario s = random_sessions(choices);
    const Trial trial(s.history);
    const SessionHistory history(trial);
    ASSERT_EQ(history.unfit, "");
    ASSERT_TRUE(history.thin_air.empty());
    const Relation before = causal_order(history);
    const bool is_causal = causal(history, before), is_convergent = convergent(history, before);
    ASSERT_EQ(find_causal_flaws(history, false, trial.judging).flaws.empty(), is_causal);
    ASSERT_EQ(find_causal_flaws(history, true, trial.judging).flaws.empty(), is_convergent);
    ++(is_convergent ? ccv : is_causal ? cc_alone : neither);
  });
  EXPECT_GT(ccv, 3'000U);
  EXPECT_GT(cc_alone, 20U);
  EXPECT_GT(neither, 3'000U);
}

// Flaws are told as they are: steps of one key, in causal order where they must be; chains lead from one to the other.
TEST(Causal, FlawsAreWhatTheyClaimToBe) {
  std::set<CausalFlaw::Pattern> met;
  for_each_case(10'000, 45, [&](Choices& choices) {
    const Scenario s = random_sessions(choices);
    const Trial trial(s.history);
    const SessionHistory history(trial);
    const Relation before = causal_order(history);
    for (const CausalFlaw& flaw : find_causal_flaws(history, true, trial.judging).flaws) {
      met.insert(flaw.pattern);
      const auto& steps = flaw.steps;
      const auto step = [&](size_t i) { return history.steps[steps[i]]; };
      if (flaw.pattern == CausalFlaw::Pattern::kCyclicCO) {
        for (size_t i = 0; i < steps.size(); i += 2) {
          const size_t next = (i + 2) % steps.size();
          ASSERT_TRUE(!step(i).is_write && step(i + 1).is_write && step(i).write == step(i + 1).write);
          ASSERT_EQ(step(i + 1).session, step(next).session);
          ASSERT_GT(steps[i + 1], steps[next]);
        }
      } else if (before.empty()) {
        continue;  // with a cycle there is no order to compare with
      } else if (flaw.pattern == CausalFlaw::Pattern::kWriteCOInitRead) {
        ASSERT_TRUE(step(0).is_write && step(1).write == kInitialWrite && step(0).key == step(1).key);
        ASSERT_TRUE(before[steps[0]][steps[1]]);
        ASSERT_FALSE(causal_chain(history, steps[0], steps[1]).empty());
      } else if (flaw.pattern == CausalFlaw::Pattern::kWriteCORead) {
        ASSERT_TRUE(step(0).write == step(2).write && step(0).key == step(1).key);
        ASSERT_TRUE(before[steps[0]][steps[1]] && before[steps[1]][steps[2]]);
        ASSERT_FALSE(causal_chain(history, steps[0], steps[1]).empty());
      } else {
        for (size_t i = 0; i < steps.size(); ++i) {
          const size_t next = steps[(i + 1) % steps.size()];
          if (flaw.reads[i] == CausalFlaw::kNoStep) {
            ASSERT_TRUE(before[steps[i]][next]);
          } else {
            ASSERT_EQ(history.steps[flaw.reads[i]].write, history.steps[next].write);
            ASSERT_TRUE(before[steps[i]][flaw.reads[i]]);
          }
        }
      }
    }
  });
  EXPECT_EQ(met.size(), 4U);
}

// A clean run of one register, one operation at a time: nothing to find, however many sessions.
TEST(Causal, FindsNothingInAHistoryThatIsOneAfterAnother) {
  Scenario s("");
  s.history.test = TestInfo{};
  for (int64_t i = 1; i <= 300; ++i) {
    s.invoke(i % 7, "write", "x", i).ok(i % 7);
    s.invoke(i % 5, "read", "x").ok(i % 5, i);
  }
  EXPECT_EQ(check(s.history, "causal").verdict, Verdict::kValid);
  EXPECT_EQ(check(s.history, "causal-convergent").verdict, Verdict::kValid);
}

TEST(Causal, SaysWhyItCannotTell) {
  Scenario s("");
  s.history.test = TestInfo{};
  EXPECT_EQ(check(s.history, "causal").summary, "no read succeeded");
  s.invoke(1, "write", "x", 1).ok(1).invoke(1, "write", "x", 1).ok(1);
  EXPECT_NE(check(s.history, "causal").summary.find("written twice"), std::string::npos);
}

}  // namespace
}  // namespace checkers
