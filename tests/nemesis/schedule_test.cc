#include "nemesis/schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace nemesis {
namespace {

using Action = FaultEvent::Action;

constexpr char kFile[] =
    "# workload=cart nodes=5 seed=7\n"
    "@1.200s p3 cart.add cart:17 milk 2 via n2\n"
    "@1.500s partition halves n1,n2|n3 n1>n3 n3>n1 n2>n3 n3>n2\n"
    "\n"
    "@4.000s heal\n"
    "@5.250s kill n2 n4\n"
    "@6.000s restart n2 n4\n"
    "@7.000s pause n1\n"
    "@8.000s resume n1\n";

std::string error_of(const std::string& text) {
  const auto schedule = parse_schedule(text);
  return schedule ? "no error" : schedule.error();
}

TEST(Schedule, ReadsTheOperationsAndTheHeaderOfARun) {
  const auto schedule = parse_schedule(kFile);
  ASSERT_TRUE(schedule) << schedule.error();
  EXPECT_EQ(schedule->header, "workload=cart nodes=5 seed=7");
  ASSERT_EQ(schedule->operations.size(), 1U);
  const OperationEvent& add = schedule->operations[0];
  EXPECT_EQ(add.at, Millis(1200));
  EXPECT_EQ(add.client, 3);
  EXPECT_EQ(add.node, "n2");
  EXPECT_EQ(add.operation.f, "add");
  EXPECT_EQ(add.operation.key, "cart:17");
  EXPECT_EQ(add.operation.value["quantity"].integer(), 2);
}

TEST(Schedule, ReadsTheFaultsOfARun) {
  const auto schedule = parse_schedule(kFile);
  ASSERT_TRUE(schedule) << schedule.error();
  ASSERT_EQ(schedule->faults.size(), 6U);
  const FaultEvent& partition = schedule->faults[0];
  EXPECT_EQ(partition.at, Millis(1500));
  EXPECT_EQ(partition.action, Action::kPartition);
  EXPECT_EQ(partition.shape, "halves");
  EXPECT_EQ(partition.sides, (std::vector<std::vector<std::string>>{{"n1", "n2"}, {"n3"}}));
  EXPECT_EQ(partition.cuts, (std::vector<Cut>{{"n1", "n3"}, {"n3", "n1"}, {"n2", "n3"}, {"n3", "n2"}}));
  const FaultEvent& kill = schedule->faults[2];
  EXPECT_EQ(kill.at, Millis(5250));
  EXPECT_EQ(kill.action, Action::kKill);
  EXPECT_EQ(kill.nodes, (std::vector<std::string>{"n2", "n4"}));
}

TEST(Schedule, PrintsTheLinesThatItRead) {
  std::vector<std::string> lines;
  const auto schedule = parse_schedule(kFile);
  ASSERT_TRUE(schedule) << schedule.error();
  for (const FaultEvent& fault : schedule->faults) lines.push_back(to_line(fault));
  EXPECT_EQ(lines, (std::vector<std::string>{"@1.500s partition halves n1,n2|n3 n1>n3 n3>n1 n2>n3 n3>n2",
                                             "@4.000s heal", "@5.250s kill n2 n4", "@6.000s restart n2 n4",
                                             "@7.000s pause n1", "@8.000s resume n1"}));
}

TEST(Schedule, IsWrittenAsItWasRead) {
  const std::string text =
      "# workload=cart nodes=5 seed=7\n"
      "@0.000s p0 counter.add counter:1 -3 via n1\n"
      "@1.000s heal\n"
      "@1.000s p12 register.write register:2 blind via n2\n"
      "@2.500s p1 register.read register:2\n";
  const auto schedule = parse_schedule(text);
  ASSERT_TRUE(schedule) << schedule.error();
  EXPECT_EQ(to_text(*schedule), text);
}

TEST(Schedule, FaultsOfTheSimulatedWorldAreWrittenAsTheyWereRead) {
  const std::string text =
      "@1.000s bad-network 10 0\n"
      "@1.100s bad-network 0 5 disordered\n"
      "@1.200s good-network\n"
      "@1.300s slow-links 120 n1>n2 n2>n1\n"
      "@1.400s fast-links\n"
      "@1.500s skew-clock -5000 n1 n2\n"
      "@1.600s drift-clock 1000 n3\n"
      "@1.700s true-clock n1 n2 n3\n"
      "@1.800s fail-disk n4\n"
      "@1.900s good-disk n4\n";
  const auto schedule = parse_schedule(text);
  ASSERT_TRUE(schedule) << schedule.error();
  EXPECT_EQ(to_text(*schedule), text);
  for (const FaultEvent& fault : schedule->faults) EXPECT_TRUE(only_simulated(fault.action)) << to_line(fault);
  EXPECT_FALSE(only_simulated(Action::kRestartStorage));
  EXPECT_EQ(error_of("@1s bad-network 10"),
            "line 1: bad-network: expected LOST and DOUBLED in percent, and perhaps disordered");
  EXPECT_EQ(error_of("@1s bad-network 101 0"),
            "line 1: bad-network: expected LOST and DOUBLED in percent, and perhaps disordered");
  EXPECT_EQ(error_of("@1s slow-links n1>n2"),
            "line 1: slow-links: expected MILLISECONDS, at most 10000, and from>to …");
  EXPECT_EQ(error_of("@1s slow-links 5 n1"), "line 1: \"n1\" is no link: expected from>to");
  EXPECT_EQ(error_of("@1s skew-clock n1"),
            "line 1: skew-clock: expected MILLISECONDS, at most 86400000, and the names of nodes");
}

TEST(Schedule, APartitionNeedsNoSides) {
  const auto schedule = parse_schedule("@0.000s partition mine n1>n2");
  ASSERT_TRUE(schedule) << schedule.error();
  EXPECT_TRUE(schedule->faults[0].sides.empty());
}

TEST(Schedule, LinesAreTakenInOrderOfTime) {
  const auto schedule = parse_schedule("@2s heal\n@1.5s kill n1\n@1.25s pause n2\n");
  ASSERT_TRUE(schedule) << schedule.error();
  EXPECT_EQ(schedule->faults[0].at, Millis(1250));
  EXPECT_EQ(schedule->faults[1].at, Millis(1500));
  EXPECT_EQ(schedule->faults[2].at, Millis(2000));
}

TEST(Schedule, AnEmptyFileHasNoFaults) { EXPECT_TRUE(parse_schedule("")->faults.empty()); }

TEST(Schedule, ErrorsNameTheLineAndWhatWasExpected) {
  EXPECT_EQ(error_of("# x\n@1.200 heal"),
            "line 2: \"@1.200\" is no time: expected @SECONDS.MILLISECONDSs, as in @1.500s");
  EXPECT_EQ(error_of("@1.2345s heal"),
            "line 1: \"@1.2345s\" is no time: expected @SECONDS.MILLISECONDSs, as in @1.500s");
  EXPECT_EQ(error_of("@-1s heal"), "line 1: \"@-1s\" is no time: expected @SECONDS.MILLISECONDSs, as in @1.500s");
  EXPECT_EQ(error_of("@99999999999999999999s heal"),
            "line 1: \"@99999999999999999999s\" is no time: expected @SECONDS.MILLISECONDSs, as in @1.500s");
  EXPECT_EQ(
      error_of("@1s explode n1"),
      "line 1: \"explode\" is no action: expected one of partition, heal, kill, restart, pause, resume, lose-disk, "
      "drop-acks, pass-acks, kill-ackers, restart-ackers, kill-storage, lose-storage, restart-storage, join, leave, "
      "remove, bad-network, good-network, slow-links, fast-links, skew-clock, drift-clock, true-clock, slow-disk, "
      "hang-disk, fail-disk, tear-disk, good-disk, or pNUMBER for an operation");
  EXPECT_EQ(error_of("@1s p3 cart.add cart:1"), "line 1: cart.add: expected KEY ITEM QUANTITY");
  EXPECT_EQ(error_of("@1s p3 cart.add cart:1 milk 0"), "line 1: cart.add: expected KEY ITEM QUANTITY");
  EXPECT_EQ(error_of("@1s p3 cart.throw cart:1").substr(0, 57),
            "line 1: \"cart.throw\" is no operation: there are cart.add,");
  EXPECT_EQ(error_of("@1s").substr(0, 60), "line 1: the end of the line is no action: expected one of pa");
  EXPECT_EQ(error_of("\n\n@1s kill"), "line 3: kill: expected the names of nodes");
  EXPECT_EQ(error_of("@1s heal n1"), "line 1: heal ends what there is and names nothing: \"n1\" is too much");
  EXPECT_EQ(error_of("@1s kill-ackers n1"), "line 1: kill-ackers: expected how many nodes, at most 999");
  EXPECT_EQ(error_of("@1s kill-ackers 1000"), "line 1: kill-ackers: expected how many nodes, at most 999");
  EXPECT_EQ(error_of("@1s partition"), "line 1: partition: expected the name of its shape");
  EXPECT_EQ(error_of("@1s partition halves n1|n2"), "line 1: a partition cuts something: expected from>to");
  EXPECT_EQ(error_of("@1s partition halves n1>n2 n3"), "line 1: \"n3\" is no cut: expected from>to");
  EXPECT_EQ(error_of("@1s partition halves n1>n2>n3"), "line 1: \"n1>n2>n3\" is no cut: expected from>to");
  EXPECT_EQ(error_of("@1s partition halves n1>"), "line 1: \"n1>\" is no cut: expected from>to");
}

}  // namespace
}  // namespace nemesis
