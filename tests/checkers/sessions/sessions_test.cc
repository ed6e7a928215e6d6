// The four session guarantees against brute force: every read, every thing that its session could have known.
#include "checkers/sessions/session_guarantees.h"

#include "tests/checkers/cases.h"

namespace checkers {
namespace {

Scenario random_sessions(Choices& choices, bool siblings) {
  Scenario s("");
  s.history.test = TestInfo{};
  int64_t value = 0;
  std::vector<std::pair<std::string, int64_t>> written;
  const char* const keys[] = {"x", "y"};
  std::vector<int64_t> processes = {0, 1, 2};
  int64_t fresh = 10;
  while (choices.more()) {
    int64_t& process = processes[choices.below(3)];
    if (!s.is_open(process)) {
      const std::string key = keys[choices.below(2)];
      if (choices.below(2) == 0) {
        written.emplace_back(key, ++value);
        s.invoke(process, "write", key, value);
      } else {
        s.invoke(process, "read", key);
      }
      continue;
    }
    const Event open = s.open(process);
    if (open.f == "write") {
      if (choices.one_in(8)) {
        s.info(process);
        process = fresh++;
      } else {
        s.ok(process);
      }
      continue;
    }
    List shown;
    for (auto of = written.rbegin(); of != written.rend() && (shown.empty() || siblings); ++of) {
      if (of->first == open.key && choices.below(3) == 0) shown.emplace_back(of->second);
    }
    s.ok(process, shown);
  }
  return s;
}

struct BruteGuarantees {
  explicit BruteGuarantees(const SessionHistory& h) : history(h) {}

  std::vector<uint32_t> shown(const SessionStep& read) const {
    std::vector<uint32_t> all;
    if (read.write != kInitialWrite) all.push_back(read.write);
    for (uint32_t k = 0; k < read.more_count; ++k) all.push_back(history.siblings[read.more + k]);
    return all;
  }
  bool shows(const SessionStep& read, uint32_t write) const {
    const std::vector<uint32_t> all = shown(read);
    return std::find(all.begin(), all.end(), write) != all.end();
  }
  // Everything that the read shows had happened before `write` began.
  bool too_old(const SessionStep& read, uint32_t write) const {
    for (const uint32_t w : shown(read)) {
      int64_t happened = history.writes[w].operation->returned;
      for (const SessionStep& other : history.steps) {
        if (!other.is_write && shows(other, w)) happened = std::min(happened, other.operation->returned);
      }
      if (happened > history.writes[write].operation->invoked) return false;
    }
    return true;
  }

  std::array<int64_t, 4> violations() const {
    std::array<int64_t, 4> counts{};
    const auto& steps = history.steps;
    for (size_t r = 0; r < steps.size(); ++r) {
      const SessionStep& read = steps[r];
      if (read.is_write) continue;
      std::array<bool, 4> violated{};
      for (size_t i = 0; i < r; ++i) {
        if (steps[i].session != read.session) continue;
        if (steps[i].is_write && steps[i].operation->ok() && steps[i].key == read.key)
          violated[0] = violated[0] || too_old(read, steps[i].write);
        if (steps[i].is_write || steps[i].key != read.key) continue;
        for (const uint32_t w : shown(steps[i])) violated[1] = violated[1] || too_old(read, w);
        // a value that comes back after another one
        const bool alone = read.more_count == 0 && steps[i].more_count == 0 && read.write != kInitialWrite;
        for (size_t j = i + 1; j < r && alone; ++j) {
          const bool between = !steps[j].is_write && steps[j].session == read.session && steps[j].key == read.key &&
                               steps[j].more_count == 0 && steps[j].write != kInitialWrite;
          if (between && steps[i].write == read.write && steps[j].write != read.write) last_alone(violated, r, j);
        }
      }
      for (size_t i = 0; i <= r; ++i) {  // what this session had read, this read included
        if (steps[i].session != read.session || steps[i].is_write) continue;
        for (const uint32_t through : shown(steps[i])) {
          const SessionWrite& seen = history.writes[through];
          if (seen.session == read.session) continue;
          size_t at = 0;
          while (!(steps[at].is_write && steps[at].write == through)) ++at;
          for (size_t k = 0; k < at; ++k) {
            if (steps[k].session != seen.session || steps[k].key != read.key) continue;
            if (steps[k].is_write) {
              violated[2] = violated[2] || too_old(read, steps[k].write);
            } else {
              for (const uint32_t w : shown(steps[k])) violated[3] = violated[3] || too_old(read, w);
            }
          }
        }
      }
      for (size_t g = 0; g < 4; ++g) counts[g] += violated[g];
    }
    return counts;
  }

  // Only if the last single value before the read is another one.
  void last_alone(std::array<bool, 4>& violated, size_t r, size_t /*between*/) const {
    const auto& steps = history.steps;
    for (size_t j = r; j-- > 0;) {
      const bool alone = !steps[j].is_write && steps[j].session == steps[r].session && steps[j].key == steps[r].key &&
                         steps[j].more_count == 0 && steps[j].write != kInitialWrite;
      if (!alone) continue;
      violated[1] = violated[1] || steps[j].write != steps[r].write;
      return;
    }
  }

  const SessionHistory& history;
};

TEST(Sessions, CountExactlyTheReadsThatAreTooOldForTheirSession) {
  std::array<int64_t, 4> all{};
  for (const bool siblings : {false, true}) {
    for_each_case(10'000, 60, [&](Choices& choices) {
      const Scenario s = random_sessions(choices, siblings);
      const Trial trial(s.history);
      const SessionHistory history(trial);
      ASSERT_EQ(history.unfit, "");
      const std::array<int64_t, 4> expected = BruteGuarantees(history).violations();
      const SessionAnswer answer = find_session_flaws(history);
      for (size_t g = 0; g < 4; ++g) {
        ASSERT_EQ(answer.violations[g], expected[g]) << kGuarantees[g];
        all[g] += expected[g];
      }
    });
  }
  for (size_t g = 0; g < 4; ++g) EXPECT_GT(all[g], 20) << kGuarantees[g];
}

TEST(Sessions, AreReportedWhereNothingIsPromisedAndJudgedInModeLin) {
  Scenario s("register");
  s.invoke(1, "write", "x", "a").ok(1).read(1, "x", List{});
  EXPECT_EQ(check(s.history, "sessions").verdict, Verdict::kReported);
  EXPECT_EQ(check(s.history, "sessions").details["read your writes"].integer(), 1);
  s.history.test.mode = "lin";
  EXPECT_EQ(check(s.history, "sessions").verdict, Verdict::kInvalid);
}

}  // namespace
}  // namespace checkers
