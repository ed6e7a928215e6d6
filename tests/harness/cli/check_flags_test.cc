#include "harness/cli/check_flags.h"

#include <gtest/gtest.h>

#include <mutex>

namespace harness {
namespace {

using checkers::Value;

TEST(CheckFlags, AmountsOfMemory) {
  EXPECT_EQ(parse_bytes("4GB").value(), size_t{4} << 30);
  EXPECT_EQ(parse_bytes("512M").value(), size_t{512} << 20);
  EXPECT_EQ(parse_bytes("1.5KiB").value(), 1536u);
  EXPECT_EQ(parse_bytes("100").value(), 100u);
  for (const char* bad : {"", "GB", "-1", "4 GB", "4gigs", "1e30T", "nan"}) EXPECT_FALSE(parse_bytes(bad)) << bad;
}

TEST(CheckFlags, ValuesAreJsonOrEdnOrAWord) {
  EXPECT_EQ(parse_value("0").value(), Value(0));
  EXPECT_EQ(parse_value("null").value(), Value());
  EXPECT_EQ(parse_value("nil").value(), Value());
  EXPECT_EQ(parse_value("\"\"").value(), Value(""));
  EXPECT_EQ(parse_value("free").value(), Value("free"));
  EXPECT_EQ(parse_value("{\"x\":0}").value(), parse_value("{:x 0}").value());
  EXPECT_EQ(parse_value(":a")->string(), "a");
  for (const char* bad : {"", "[1", "1 2", "}"}) EXPECT_FALSE(parse_value(bad)) << bad;
}

TEST(CheckFlags, QuorumsAreThreeNumbers) {
  const auto quorums = parse_quorums("3,2,1");
  ASSERT_TRUE(quorums);
  EXPECT_EQ(quorums->replicas, 3);
  EXPECT_EQ(quorums->read, 2);
  EXPECT_EQ(quorums->write, 1);
  for (const char* bad : {"", "3", "3,2", "3,2,", "3,2,2,1", "3, 2,2", "0,0,0", "3,4,2", "3,2,4", "-3,2,2", "3,2,2x"})
    EXPECT_FALSE(parse_quorums(bad)) << bad;
}

std::string error_of(const CheckFlags& flags) {
  Workers workers(1);
  const auto how = judging_of(flags, workers);
  return how ? "none" : how.error();
}

TEST(CheckFlags, WhatIsWrongIsNamedWithWhatThereIs) {
  CheckFlags flags;
  flags.checkers = {"stats", "carts"};
  EXPECT_EQ(error_of(flags).substr(0, 36), "unknown checker \"carts\": there are c") << error_of(flags);
  flags.checkers = {"stats"};
  flags.model = "stack";
  EXPECT_EQ(error_of(flags), "unknown model \"stack\": there are register, cas-register, multi-register, mutex, kv");
  flags.model = "mutex";
  flags.time_budget = "soon";
  EXPECT_EQ(error_of(flags).substr(0, 20), "--time-budget \"soon\"");
  flags.time_budget = "2m";
  flags.memory_budget = "much";
  EXPECT_EQ(error_of(flags).substr(0, 22), "--memory-budget \"much\"");
  flags.memory_budget.reset();
  flags.quorums = "3,4,2";
  EXPECT_EQ(error_of(flags).substr(0, 19), "--quorums \"3,4,2\" i");
  flags.quorums.reset();
  flags.log_patterns = {"panic", "(a"};
  EXPECT_EQ(error_of(flags).substr(0, 20), "--log-pattern \"(a\": ");
  flags.log_patterns.pop_back();
  EXPECT_EQ(error_of(flags), "none");
}

TEST(CheckFlags, ReachTheJudge) {
  CheckFlags flags;
  flags.model = "cas-register";
  flags.initial = "0";
  flags.time_budget = "2m";
  flags.memory_budget = "1GB";
  Workers workers(2);
  const auto how = judging_of(flags, workers);
  ASSERT_TRUE(how) << how.error();
  EXPECT_EQ(how->initial, Value(0));
  EXPECT_EQ(how->time_budget, std::chrono::minutes(2));
  EXPECT_EQ(how->memory_budget_bytes, size_t{1} << 30);
  EXPECT_FALSE(how->stopped());
  EXPECT_GT(how->now().count(), 0);
  size_t sum = 0;
  std::mutex mutex;
  how->run(4, [&](size_t i) {
    const std::lock_guard lock(mutex);
    sum += i;
  });
  EXPECT_EQ(sum, 6u);
}

}  // namespace
}  // namespace harness
