#include "checkers/replicas.h"

#include <gtest/gtest.h>

#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

Record record(std::string key, const std::vector<std::string>& values, std::string context = "c") {
  Record out{std::move(key), {}, std::move(context), ""};
  for (const std::string& value : values) out.versions.push_back(register_version(value));
  return out;
}

Dump dump_of(std::string node, std::vector<Record> records, std::vector<Record> hints = {}) {
  return {Nanos(0), std::move(node), "before-reads", std::move(records), std::move(hints), ""};
}

using Keys = std::vector<std::string>;

TEST(DifferingKeys, EqualHoldersAgreeWhateverTheirOrderAndContext) {
  Scenario s("register");
  EXPECT_EQ(differing_keys(s.history,
                           {dump_of("n1", {record("k", {"a", "b"}, "x")}),
                            dump_of("n2", {record("k", {"b", "a"}, "y")}), dump_of("n3", {record("k", {"a", "b"})})}),
            Keys{});
}

TEST(DifferingKeys, AMissingHolderIsADifference) {
  Scenario s("register");
  EXPECT_EQ(differing_keys(s.history, {dump_of("n1", {record("k", {"a"})}), dump_of("n2", {record("k", {"a"})}),
                                       dump_of("n3", {})}),
            Keys{"k"});
  EXPECT_EQ(differing_keys(s.history, {dump_of("n1", {record("k", {"a"})}), dump_of("n2", {record("k", {"a"})})}),
            Keys{"k"})
      << "a node that was not dumped is no equal holder";
}

TEST(DifferingKeys, NobodyIsAskedWhoOwnsAKey) {
  Scenario s("register");
  s.history.test.nodes = {"n1", "n2", "n3", "n4", "n5"};
  std::vector<Dump> dumps = {dump_of("n1", {}), dump_of("n2", {record("k", {"a"})}),
                             dump_of("n3", {record("k", {"a"})}), dump_of("n4", {record("k", {"a"})}),
                             dump_of("n5", {})};
  EXPECT_EQ(differing_keys(s.history, dumps), Keys{}) << "three equal holders, whoever they are";
  dumps[4].records.push_back(record("k", {"b"}));
  EXPECT_EQ(differing_keys(s.history, dumps), Keys{"k"}) << "a further copy knows more";
}

TEST(DifferingKeys, WhatAClientSupersededIsNotMissed) {
  Scenario s("register");
  s.history.test.nodes = {"n1", "n2", "n3", "n4"};
  s.invoke(1, "write", "k", Value("b"), Value(Map{{"parents", texts({"a"})}})).ok(1);
  const std::vector<Dump> dumps = {dump_of("n1", {record("k", {"b"})}), dump_of("n2", {record("k", {"b"})}),
                                   dump_of("n3", {record("k", {"b"})}), dump_of("n4", {record("k", {"a"})})};
  EXPECT_EQ(differing_keys(s.history, dumps), Keys{});
}

TEST(DifferingKeys, ACounterCopyThatIsOnlyOlderHoldsNothingNew) {
  Scenario s("counter");
  s.history.test.nodes = {"n1", "n2", "n3", "n4"};
  const auto tally = [](int64_t seq, int64_t plus) {
    return Record{"k", {Value(Map{{"id", "s1"}, {"seq", seq}, {"plus", plus}, {"minus", 0}})}, "", ""};
  };
  std::vector<Dump> dumps = {dump_of("n1", {tally(2, 5)}), dump_of("n2", {tally(2, 5)}), dump_of("n3", {tally(2, 5)}),
                             dump_of("n4", {tally(1, 3)})};
  EXPECT_EQ(differing_keys(s.history, dumps), Keys{});
  dumps[3] = dump_of("n4", {}, {tally(3, 9)});
  EXPECT_EQ(differing_keys(s.history, dumps), Keys{"k"}) << "a hint with a later total";
}

TEST(DifferingKeys, ATombstoneEqualsAbsenceOnlyIfNothingIsAlive) {
  Scenario s("cart");
  const Record tombstone{"k", {}, "c", ""};
  const Record live{"k", {Value(Map{{"id", "s1:1"}, {"item", "milk"}, {"quantity", 1}})}, "c", ""};
  EXPECT_EQ(differing_keys(s.history, {dump_of("n1", {tombstone}), dump_of("n2", {}), dump_of("n3", {})}), Keys{});
  EXPECT_EQ(differing_keys(s.history, {dump_of("n1", {live}), dump_of("n2", {live}), dump_of("n3", {tombstone})}),
            Keys{"k"});
}

TEST(DifferingKeys, AHintForAKeyThatNobodyHoldsIsADifference) {
  Scenario s("register");
  EXPECT_EQ(differing_keys(s.history, {dump_of("n1", {}, {record("k", {"a"})}), dump_of("n2", {}), dump_of("n3", {})}),
            Keys{"k"});
}

TEST(Replicas, VersionsAreDescribedInTheWordsOfTheWorkload) {
  EXPECT_EQ(describe_version(register_version("a")), "\"a\"");
  EXPECT_EQ(describe_version(Value(Map{{"id", "s1:1"}, {"item", "milk"}, {"quantity", 2}})), "2 x milk (s1:1)");
  EXPECT_EQ(describe_version(Value(Map{{"id", "s1"}, {"seq", 7}, {"plus", 14}, {"minus", 2}})),
            "session s1 at seq 7: +14 -2");
  EXPECT_EQ(describe_version(
                Value(Map{{"id", "d"}, {"entries", List{addition("milk", 2, "s1:1"), addition("bread", 1, "s2:1")}}})),
            "{2 x milk (s1:1), 1 x bread (s2:1)}");
  EXPECT_EQ(describe_versions(Record{"k", {}, "", ""}), "a tombstone");
}

}  // namespace
}  // namespace checkers
