#include "checkers/replicas.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/checkers/cases.h"

namespace checkers {
namespace {

Record record(std::string key, const std::vector<std::string>& values, std::string context = "c") {
  List versions;
  for (const std::string& value : values) versions.push_back(register_version(value));
  return {std::move(key), std::move(versions), std::move(context), ""};
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

// Registers by the definition: some values are held, and no others beside them, by as many nodes as must hold a key;
// and whatever else is stored of it, as a copy or as a hint, is of these or was superseded. Nothing alive is held: all
// equal.
bool agree_by_definition(const History& history, const std::vector<Dump>& dumps) {
  using Values = std::set<std::string>;
  std::vector<Values> copies, stored;
  for (const Dump& dump : dumps) {
    for (const auto* records : {&dump.records, &dump.hints}) {
      for (const Record& stored_record : *records) {
        Values values;
        for (const Value& version : stored_record.versions) values.insert(version["value"].string());
        stored.push_back(values);
        if (records == &dump.records) copies.push_back(values);
      }
    }
  }
  Values superseded;
  bool anything = false;  // written without a context
  for (const Event& event : history.events) {
    if (event.type != EventType::kInvoke) continue;
    anything = anything || !event.fields["parents"].is_list();
    for (const Value& parent : event.fields["parents"].list()) superseded.insert(parent.string());
  }
  if (std::all_of(stored.begin(), stored.end(), [](const Values& values) { return values.empty(); })) return true;
  const auto needed = std::min<size_t>(static_cast<size_t>(history.test.replicas), history.test.nodes.size());
  const auto nobody_knows_more = [&](const Values& held) {
    return std::all_of(stored.begin(), stored.end(), [&](const Values& values) {
      return std::all_of(values.begin(), values.end(), [&](const std::string& value) {
        return held.count(value) > 0 || anything || superseded.count(value) > 0;
      });
    });
  };
  if (copies.empty()) return nobody_knows_more({});  // hints alone: of what was superseded
  return std::any_of(copies.begin(), copies.end(), [&](const Values& held) {
    return static_cast<size_t>(std::count(copies.begin(), copies.end(), held)) >= needed && nobody_knows_more(held);
  });
}

TEST(DifferingKeys, AreThoseThatDifferByTheDefinition) {
  size_t equal = 0, differing = 0;
  for_each_case(20'000, 40, [&](Choices& choices) {
    Scenario s("register");
    s.history.test.nodes.clear();
    for (uint32_t n = 0; n < 2 + choices.below(4); ++n) s.history.test.nodes.push_back("n" + std::to_string(n));
    for (uint32_t write = 0; write < choices.below(3); ++write) {
      Value fields;
      if (choices.below(8) != 0) fields.set("parents", texts({"v" + std::to_string(choices.below(4))}));
      s.invoke(write, "write", "k", "w" + std::to_string(write), fields);
    }
    const auto some = [&](uint32_t odds) {
      std::vector<std::string> values;
      for (const char* value : {"v0", "v1", "v2"}) {
        if (choices.below(odds) == 0) values.emplace_back(value);
      }
      return values;
    };
    const std::vector<std::string> common = some(2);
    std::vector<Dump> dumps;
    for (const std::string& node : s.history.test.nodes) {
      std::vector<Record> copies, hints;
      const uint32_t kind = choices.below(6);
      if (kind < 4) copies.push_back(record("k", common));
      if (kind == 4) copies.push_back(record("k", some(3)));
      if (choices.below(8) == 0) hints.push_back(record("k", some(3)));
      dumps.push_back(dump_of(node, copies, hints));
    }
    const bool agree = agree_by_definition(s.history, dumps);
    ASSERT_EQ(differing_keys(s.history, dumps), agree ? Keys{} : Keys{"k"});
    ++(agree ? equal : differing);
  });
  EXPECT_GT(equal, 1'000U);
  EXPECT_GT(differing, 1'000U);
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
