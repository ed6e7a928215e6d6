#include <gtest/gtest.h>

#include <sstream>

#include "tests/checkers/formats/reading.h"

namespace checkers {
namespace {

const std::string kFirst = "INFO  jepsen.util - 0\t:invoke\t:write\t4\n";

TEST(JepsenLog, OneOperationALineBehindItsLogger) {
  const auto h = read(kFirst +
                      "INFO  jepsen.util - 2\t:invoke\t:cas\t[1 0]\n"
                      "INFO  jepsen.util - :nemesis\t:info\t:start\tnil\n"
                      "INFO  jepsen.util - 0\t:info\t:write\t:timed-out\n"
                      "INFO  jepsen.util - 2\t:fail\t:cas\t[1 0]\n"
                      "INFO  jepsen.util - 3\t:invoke\t:read\tnil\n"
                      "INFO  jepsen.util - 3\t:ok\t:read\tnil\n");
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  ASSERT_EQ(h->events.size(), 7u);
  EXPECT_EQ(h->events[0].value.integer(), 4);
  EXPECT_EQ(h->events[1].value.list().size(), 2u);
  EXPECT_EQ(h->events[2].process, kNemesisProcess);
  EXPECT_EQ(h->events[3].type, EventType::kInfo);
  EXPECT_EQ(h->events[6].index, 6);
  EXPECT_FALSE(h->null_reads_tell_nothing) << "in this log a nil read saw no value";
}

TEST(JepsenLog, LaterLogsAndHistoryTxtAreReadToo) {
  const auto log = read(
      "2026-01-01 10:00:00,001{GMT}\tINFO\t[main] jepsen.core: Test version 1\n"
      "2026-01-01 10:00:01,001{GMT}\tINFO\t[jepsen worker 3] jepsen.util: 3\t:invoke\t:read\t[\"x\" nil]\n"
      "2026-01-01 10:00:02,001{GMT}\tINFO\t[jepsen worker 3] jepsen.util: 3\t:fail\t:read\t[\"x\" nil]\t[:timeout "
      "\"n1\"]\n");
  ASSERT_TRUE(log.has_value()) << to_string(log.error(), "h");
  ASSERT_EQ(log->events.size(), 2u);
  EXPECT_EQ(log->events[1].key, "x");
  EXPECT_EQ(log->events[1].fields["error"].list().size(), 2u);

  const auto txt = read("0\t:invoke\t:read\tnil\n:nemesis\t:info\t:kill\t{:nodes [\"n1\"]}\n0\t:ok\t:read\t5\n");
  ASSERT_TRUE(txt.has_value()) << to_string(txt.error(), "h");
  EXPECT_EQ(txt->events[2].value.integer(), 5);
}

TEST(JepsenLog, TabsMayHaveBecomeSpaces) {
  const auto h = read("INFO  jepsen.util - 11  :invoke :read   nil\nINFO  jepsen.util - 11  :ok     :read   1\n");
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  EXPECT_EQ(h->events[1].value.integer(), 1);
  EXPECT_EQ(error_of("{:type :invoke :process 0 :f :read}"), "no error") << "and this is EDN";
}

TEST(JepsenLog, MalformedLinesAreNamedByLineAndColumn) {
  EXPECT_EQ(error_of(kFirst + "INFO  jepsen.util - 1\t:invoke\t\"\"\t4\n"),
            "h:2:21: an operation without a name: its f is empty");
  EXPECT_EQ(error_of(kFirst + "INFO  jepsen.util - 0\t:ok\t:write\n"),
            "h:2:33: expected PROCESS :TYPE :F VALUE, found the end of the line");
  EXPECT_EQ(error_of(kFirst + "INFO  jepsen.util - 0\t:ok\t:write\t[4\n"),
            "h:2:36: expected ']', found the end of the file");
  EXPECT_EQ(error_of(kFirst + "INFO  jepsen.util - x\t:ok\t:write\t4\n"),
            "h:2:21: :process must be an integer from 0 or :nemesis, found x");
  EXPECT_EQ(error_of(kFirst + "INFO  jepsen.util - 0\t:done\t:write\t4\n"),
            "h:2:23: :type must be :invoke, :ok, :fail or :info, found :done");
  EXPECT_EQ(error_of(kFirst + "INFO  jepsen.util - 1\t:ok\t:write\t4\n"),
            "h:2:21: process 1 completes write without an invocation");
  EXPECT_EQ(error_of(kFirst + "INFO  jepsen.util - 0\t:ok\t:write\t4 5 6\n"),
            "h:2:38: expected the end of the line after the error");
  EXPECT_NE(error_of(kFirst + "INFO  jepsen.utl - 0\t:ok\t:write\t4\n"), "no error")
      << "what looks like an operation is not passed over";
}

}  // namespace
}  // namespace checkers
