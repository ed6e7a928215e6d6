// What reads show of the writes before them, against the definitions written down pair by pair; and what is reported of
// it.
#include "checkers/reads/register_reads.h"

#include <gtest/gtest.h>

#include "checkers/reads/delta.h"
#include "checkers/reads/pbs.h"
#include "tests/checkers/cases.h"
#include "tests/checkers/linear/brute_force.h"

namespace checkers {
namespace {

using Shows = ReadFacts::Shows;

// Processes that write few values, or each one once, and read values that are mostly recent.
History random_registers(uint64_t seed) {
  Random random(seed);
  const bool unique = random.one_in(2);
  Scenario s("");
  std::vector<int64_t> processes = {0, 1, 2, 3};
  int64_t fresh = 4, last = 0;
  for (int i = 0; i < 24; ++i) {
    int64_t& process = processes[random.below(4)];
    if (!s.is_open(process)) {
      if (random.one_in(2)) {
        s.invoke(process, "read", "k");
      } else {
        s.invoke(process, "write", "k", unique ? ++last : 1 + random.below(3));
      }
    } else if (s.open(process).f == "read") {
      const int64_t back = random.below(4);
      const int64_t shown = unique ? last - back : back;
      s.ok(process, random.one_in(12) ? Value(99) : shown <= 0 ? Value() : Value(shown));
    } else if (!s.ends_badly(process, random.below(8), fresh)) {
      s.ok(process);
    }
  }
  return std::move(s.history);
}

struct Expected {
  Shows shows = Shows::kRegular;
  int64_t versions = 0;
  bool alone = true;
};

Expected by_definition(const Operation& read, const Operations& operations) {
  Expected expected;
  std::vector<const Operation*> writes, of_value;
  for (const Operation& operation : operations.all()) {
    if (operation.f() != "write") continue;
    if (operation.argument() == read.result()) of_value.push_back(&operation);
    if (operation.failed()) continue;
    writes.push_back(&operation);
    expected.alone = expected.alone && (operation.invoked > read.returned || operation.returned < read.invoked);
  }
  // Behind by as many versions as the write of its value that speaks for it most.
  std::vector<int64_t> behind;
  const auto between = [&](int64_t since) {
    int64_t count = 0;
    for (const Operation* write : writes)
      count += write->ok() && write->invoked > since && write->returned < read.invoked;
    return count;
  };
  if (read.result().is_null()) behind.push_back(between(-1));
  bool failed = false, future = false;
  for (const Operation* write : of_value) {
    if (write->failed()) {
      failed = true;
    } else if (write->invoked > read.returned) {
      future = true;
    } else {
      behind.push_back(between(write->returned));
    }
  }
  if (behind.empty()) {
    expected.shows = future ? Shows::kFuture : failed ? Shows::kFailed : Shows::kUnwritten;
  } else {
    expected.versions = *std::min_element(behind.begin(), behind.end());
    if (expected.versions > 0) expected.shows = Shows::kStale;
  }
  return expected;
}

TEST(Reads, ShowWhatTheDefinitionsSay) {
  int64_t stale = 0, alone = 0, all = 0;
  const uint64_t cases = number_of_cases(10'000);
  for (uint64_t seed = 0; seed < cases; ++seed) {
    const History history = random_registers(seed);
    const Trial trial(history, {.only = {}, .model = "register"});
    for (const ReadFacts& facts : look_at_reads(trial).reads) {
      const Expected expected = by_definition(*facts.read, trial.operations);
      ASSERT_EQ(facts.shows, expected.shows) << "seed " << seed << ", event " << facts.read->invoked;
      ASSERT_EQ(facts.versions_behind, expected.versions) << "seed " << seed << ", event " << facts.read->invoked;
      ASSERT_EQ(facts.alone, expected.alone) << "seed " << seed << ", event " << facts.read->invoked;
      ASSERT_EQ(facts.missed != nullptr, facts.shows == Shows::kStale);
      if (facts.missed != nullptr) {
        ASSERT_LT(facts.missed->returned, facts.read->invoked);
      }
      ++all;
      stale += facts.shows == Shows::kStale;
      alone += facts.alone;
    }
  }
  EXPECT_GT(stale, all / 20);
  EXPECT_GT(alone, all / 50);
}

// Each promise includes the next.
TEST(Reads, OfALinearizableHistoryAreRegularAndThoseAreSafe) {
  int linearizable = 0, regular = 0;
  const uint64_t cases = number_of_cases(5'000);
  for (uint64_t seed = 0; seed < cases; ++seed) {
    const History history = random_registers(seed);
    const auto invalid = [&](const std::string& checker) {
      return judge(history, {.only = {checker}, .model = "register"}).verdict == Verdict::kInvalid;
    };
    linearizable += !invalid("linearizable");
    regular += !invalid("regular");
    ASSERT_TRUE(invalid("linearizable") || !invalid("regular")) << "seed " << seed;
    ASSERT_TRUE(invalid("regular") || !invalid("safe")) << "seed " << seed;
  }
  EXPECT_GT(linearizable, 0);
  EXPECT_GT(regular, linearizable) << "some are regular only";
}

TEST(Staleness, IsExpectedAsTheClosedFormSays) {
  EXPECT_NEAR(within_versions(3, 1, 1, 1), 0.333, 0.0005);
  EXPECT_NEAR(within_versions(3, 1, 1, 2), 0.556, 0.0005);
  EXPECT_NEAR(within_versions(3, 1, 1, 3), 0.704, 0.0005);
  EXPECT_NEAR(within_versions(3, 1, 1, 5), 0.868, 0.0005);
  EXPECT_NEAR(within_versions(3, 1, 1, 10), 0.983, 0.0005);
  EXPECT_NEAR(within_versions(3, 1, 2, 1), 0.667, 0.0005);
  EXPECT_NEAR(within_versions(5, 1, 1, 5), 0.672, 0.0005);
  EXPECT_EQ(within_versions(3, 2, 2, 1), 1);
}

// Row S6: in ms and in versions.
TEST(Staleness, IsReportedInVersionsAndInTime) {
  Scenario s("register");
  const auto write = [&](const char* value) { s.invoke(1, "write", "k", value).ok(1); };
  write("a");
  write("b");
  write("c");
  s.read(2, "k", texts({"c"})).read(2, "k", texts({"a"})).read(2, "k", texts({"b"}));
  const Result result = check(s.history, "staleness");
  EXPECT_EQ(result.verdict, Verdict::kReported);
  EXPECT_EQ(result.details["versions_behind"]["max"].integer(), 2);
  EXPECT_EQ(result.details["versions_behind"]["p50"].integer(), 1);
  // b was over at 40 ms, the read of a began at 90 ms.
  EXPECT_EQ(result.details["nanoseconds_behind_of_stale_reads"]["max"].integer(), 50'000'000);
  const List& within = result.details["within_versions"].list();
  ASSERT_EQ(within.size(), 5u);
  EXPECT_NEAR(within[0]["within"].number(), 1.0 / 3, 1e-9);
  EXPECT_NEAR(within[1]["within"].number(), 2.0 / 3, 1e-9);
  EXPECT_EQ(within[2]["within"].number(), 1);
  EXPECT_EQ(within[0]["expected_of_quorums_that_do_not_expand"].number(), 1) << "R+W > N";
}

TEST(Staleness, TellsInversionsFromStaleReads) {
  Scenario s("register");
  s.invoke(1, "write", "k", "a").ok(1).invoke(1, "write", "k", "b");
  s.read(2, "k", texts({"b"})).read(3, "k", texts({"a"})).ok(1);
  const Result result = check(s.history, "staleness");
  EXPECT_EQ(result.evidence.at(1).count, 0) << result.summary;
  EXPECT_EQ(result.evidence.at(2).what, "keys with inversions and no stale read");
  EXPECT_EQ(result.evidence.at(2).count, 1);
}

// The least delta by its definition: of all delays that move some read before some event, the first after which there
// is an order. Nothing if none helps.
std::optional<Nanos> least_delta_by_definition(const linear::Translation& translation) {
  std::vector<Nanos> times, delays = {Nanos(0)};
  for (const Operation* source : translation.sources) {
    times.push_back(source->start());
    if (source->returned != kNever) times.push_back(source->end());
  }
  for (const Operation* source : translation.sources) {
    for (const Nanos time : times) delays.push_back(std::max(source->start() - time, Nanos(0)));
  }
  std::sort(delays.begin(), delays.end());
  for (const Nanos delay : delays) {
    linear::History delayed = translation.history;
    for (size_t i = 0; i < delayed.operations.size(); ++i) {
      linear::Operation& operation = delayed.operations[i];
      const Operation& source = *translation.sources[i];
      const bool read = operation.kind == linear::Kind::kRead;
      operation.called = read ? 2 * (source.start() - delay).count() - 1 : 2 * source.start().count();
      if (operation.returned != linear::kOpen) operation.returned = 2 * source.end().count();
    }
    if (linear::has_an_order(delayed)) return delay;
  }
  return {};
}

TEST(Staleness, DeltaIsTheLeastDelayOfReadsThatExplainsThem) {
  int explained = 0, unexplained = 0, ordered = 0;
  const uint64_t cases = number_of_cases(3'000);
  for (uint64_t seed = 0; seed < cases; ++seed) {
    const History history = random_registers(seed);
    const Trial trial(history, {.only = {}, .model = "register"});
    const linear::Translation translation = linear::translate(trial, {});
    if (linear::has_an_order(translation.history)) {
      ++ordered;
      continue;
    }
    const std::vector<Delta> deltas = least_deltas(translation, {0}, trial.judging);
    ASSERT_EQ(deltas.size(), 1U);
    ASSERT_TRUE(deltas[0].decided);
    ASSERT_EQ(deltas[0].least, least_delta_by_definition(translation)) << "seed " << seed;
    explained += deltas[0].least.has_value();
    unexplained += !deltas[0].least.has_value();
  }
  EXPECT_GT(explained, 300);
  EXPECT_GT(unexplained, 100);
  EXPECT_GT(ordered, 100);
}

TEST(Staleness, TellsByHowMuchReadsAreLate) {
  Scenario s("register");
  s.invoke(1, "write", "k", "a").ok(1).invoke(1, "write", "k", "b").ok(1);
  s.wait(std::chrono::seconds(2));
  s.read(2, "k", texts({"a"}));
  const Result result = check(s.history, "staleness");
  // The read must have begun before b was over.
  const Nanos late = s.history.events[4].time - s.history.events[3].time;
  EXPECT_EQ(result.details["delta"]["nanoseconds"]["max"].integer(), late.count()) << result.summary;
  EXPECT_EQ(result.details["delta"]["keys_without_order"].integer(), 1);
  s.read(2, "k", texts({"c"}));
  EXPECT_EQ(check(s.history, "staleness").details["delta"]["keys_that_no_delay_explains"].integer(), 1);
}

}  // namespace
}  // namespace checkers
