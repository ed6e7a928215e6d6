// What holds for every workload.
#include "workloads/workload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/workloads/drive.h"

namespace workloads {
namespace {

using checkers::EventType;

class EveryWorkload : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Workloads, EveryWorkload, testing::Values("cart", "counter", "register", "set"),
                         [](const auto& workload) { return std::string(workload.param); });

TEST_P(EveryWorkload, OneKeyOfFiveIsNeverLookedAtBeforeTheEnd) {
  for (const int operations : {200, 2'000, 20'000}) {
    const Driven run = drive({.workload = GetParam(), .seed = 5, .operations = operations});
    std::set<std::string> looked_at;
    for (const Step& step : run.steps) {
      if (reads(step.operation)) looked_at.insert(step.operation.key);
    }
    const size_t all = run.written_keys.size();
    const size_t cold = all - looked_at.size();
    EXPECT_GE(5 * cold, all) << cold << " of " << all << " keys after " << operations << " operations";
    EXPECT_GT(looked_at.size(), 0U);
  }
}

TEST_P(EveryWorkload, DrawsTheSameOperationsFromTheSameSeed) {
  const Driven one = drive({.workload = GetParam(), .seed = 7, .operations = 5'000});
  const Driven two = drive({.workload = GetParam(), .seed = 7, .operations = 5'000});
  const Driven other = drive({.workload = GetParam(), .seed = 8, .operations = 5'000});
  bool differs = false;
  for (size_t i = 0; i < one.steps.size(); ++i) {
    ASSERT_EQ(to_text(one.steps[i].operation), to_text(two.steps[i].operation)) << "operation " << i;
    differs = differs || to_text(one.steps[i].operation) != to_text(other.steps[i].operation);
  }
  EXPECT_TRUE(differs) << "seeds 7 and 8 draw the same run";
}

TEST_P(EveryWorkload, NumbersOfASessionAndKeyCountUpByOneAndNeverRepeat) {
  const Driven run = drive({.workload = GetParam(), .seed = 11, .fail_percent = 30});
  std::map<std::pair<std::string, std::string>, int64_t> last;
  int64_t identified = 0;
  for (const Step& step : run.steps) {
    const Operation& operation = step.operation;
    if (operation.session.empty()) continue;
    ++identified;
    int64_t& seq = last[{operation.session, operation.key}];
    ASSERT_EQ(operation.seq, seq + 1) << to_text(operation);
    seq = operation.seq;
  }
  EXPECT_EQ(identified > 0, std::string(GetParam()) != "register");
}

TEST_P(EveryWorkload, ASessionBelongsToOneProcessAndFitsTheProtocol) {
  const Driven run = drive({.workload = GetParam(), .seed = 2, .info_percent = 20});
  std::map<std::string, int64_t> owner;
  for (const Step& step : run.steps) {
    const std::string& session = step.operation.session;
    if (session.empty()) continue;
    EXPECT_LE(session.size(), 16U);
    EXPECT_EQ(session.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"),
              std::string::npos);
    const int64_t first = owner.emplace(session, step.process).first->second;
    ASSERT_EQ(first, step.process) << session;
  }
}

TEST_P(EveryWorkload, NamesEveryKeyItWroteOnceAndReadsItFinally) {
  const Driven run = drive({.workload = GetParam(), .seed = 4});
  const std::set<std::string> named(run.written_keys.begin(), run.written_keys.end());
  EXPECT_EQ(named.size(), run.written_keys.size());
  std::set<std::string> met;
  for (const Step& step : run.steps) {
    EXPECT_EQ(named.count(step.operation.key), 1U) << step.operation.key;
    EXPECT_FALSE(step.operation.final);
    met.insert(step.operation.key);
  }
  const auto workload = make_workload(GetParam(), 1);
  const Operation read = workload->final_read(run.written_keys.front());
  EXPECT_EQ(read.f, "read");
  EXPECT_EQ(read.key, run.written_keys.front());
  EXPECT_EQ(read.kind, run.steps.front().operation.kind);
  EXPECT_TRUE(read.final);
}

TEST_P(EveryWorkload, IsListed) {
  const auto& all = all_workloads();
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const WorkloadInfo& info) { return info.name == GetParam(); }));
}

TEST(Workloads, AnUnknownNameMakesNone) { EXPECT_EQ(make_workload("queue", 10), nullptr); }

// The published values of splitmix64 for the seed 1234567: histories stay reproducible across compilers and versions.
TEST(Random, IsSplitmix64) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
}

}  // namespace
}  // namespace workloads
