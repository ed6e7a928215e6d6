#include "harness/run/duration.h"

#include <gtest/gtest.h>

namespace harness {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(parse_duration("20s"), 20'000ms);
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("2m"), 120'000ms);
  EXPECT_EQ(parse_duration("1h"), 3'600'000ms);
  EXPECT_EQ(parse_duration("1.5s"), 1'500ms);
  EXPECT_EQ(parse_duration("20"), 20'000ms);
  EXPECT_EQ(parse_duration("0"), 0ms);
}

TEST(Duration, WhatIsNoneIsRefusedByName) {
  for (const char* text : {"", "s", "-3s", "5x", "1 2", "nan", "inf", "1e9h", "20 s"}) {
    auto duration = parse_duration(text);
    ASSERT_FALSE(duration) << text;
    EXPECT_NE(duration.error().find(text), std::string::npos) << duration.error();
  }
}

TEST(Duration, AFlagReadsBackAsTheSame) {
  for (auto duration : {1ms, 999ms, 1'000ms, 1'001ms, 60'000ms, 90'000ms, 3'600'000ms}) {
    EXPECT_EQ(parse_duration(to_flag(duration)), duration) << to_flag(duration);
  }
  EXPECT_EQ(to_flag(20s), "20s");
  EXPECT_EQ(to_flag(120s), "2m");
}

TEST(Duration, IsToldWithThreeDigits) {
  EXPECT_EQ(to_text(412us), "412 µs");
  EXPECT_EQ(to_text(3'412us), "3.41 ms");
  EXPECT_EQ(to_text(34'120us), "34.1 ms");
  EXPECT_EQ(to_text(999'900us), "1.0 s");
  EXPECT_EQ(to_text(12s), "12.0 s");
  EXPECT_EQ(to_text(125s), "2 min 05 s");
}

TEST(Duration, LargeNumbersHaveCommas) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'000), "1,000");
  EXPECT_EQ(with_commas(-1'234'567), "-1,234,567");
}

}  // namespace
}  // namespace harness
