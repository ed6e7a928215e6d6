#include "harness/run/node_log.h"

#include <gtest/gtest.h>

#include "harness/run/store.h"
#include "tests/harness/run/fakes.h"

namespace harness {
namespace {

TEST(NodeLog, TheReportOfASanitizerIsFoundWithTheLinesThatFollow) {
  fake::Scratch scratch;
  ASSERT_TRUE(write_file(scratch.path() / "n1.log",
                         "listening\n==7==ERROR: AddressSanitizer: heap-use-after-free\n    #0 0x1 in merge\n"));
  EXPECT_EQ(crash_report(scratch.path() / "n1.log"),
            "==7==ERROR: AddressSanitizer: heap-use-after-free\n    #0 0x1 in merge");
}

TEST(NodeLog, AnAssertionIsFound) {
  fake::Scratch scratch;
  ASSERT_TRUE(write_file(scratch.path() / "n1.log", "dynamo-node: ring.cc:7: void f(): Assertion `n > 0' failed.\n"));
  EXPECT_NE(crash_report(scratch.path() / "n1.log"), "");
}

TEST(NodeLog, AnOrdinaryLogHasNoReport) {
  fake::Scratch scratch;
  ASSERT_TRUE(write_file(scratch.path() / "n1.log", "listening on 10.0.0.1:7000\nn2 is down\n"));
  EXPECT_EQ(crash_report(scratch.path() / "n1.log"), "");
  EXPECT_EQ(crash_report(scratch.path() / "n9.log"), "");
  EXPECT_EQ(log_tail(scratch.path() / "n1.log", 1), "n2 is down");
}

TEST(NodeLog, TheLogsOfARunAreReadByName) {
  fake::Scratch scratch;
  std::filesystem::create_directories(scratch.path() / "nodes" / "n1");
  ASSERT_TRUE(write_file(scratch.path() / "nodes" / "n2.log", "two\n"));
  ASSERT_TRUE(write_file(scratch.path() / "nodes" / "n1.log", "one\n"));
  const auto logs = read_logs(scratch.path());
  ASSERT_EQ(logs.size(), 2u);
  EXPECT_EQ(logs[0].node, "n1");
  EXPECT_EQ(logs[1].text, "two\n");
  EXPECT_TRUE(read_logs(scratch.path() / "nodes").empty());
}

}  // namespace
}  // namespace harness
