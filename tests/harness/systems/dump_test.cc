#include <gtest/gtest.h>

#include "harness/systems/dump_json.h"
#include "harness/systems/system.h"
#include "tests/harness/systems/replies.h"

namespace harness {
namespace {

using checkers::List;
using checkers::Map;
using checkers::Value;

// Only the program's being there is asked for; nothing is started.
std::unique_ptr<System> dynamo() { return std::move(make_system("dynamo", "/bin/sh").value()); }

// The one record or hint in it.
tl::expected<checkers::Record, std::string> parse_record(const std::string& json) {
  DumpReader reader;
  checkers::Dump dump;
  if (auto added = reader.add(json, dump); !added) return tl::unexpected(added.error());
  EXPECT_EQ(dump.records.size() + dump.hints.size(), 1u);
  return dump.records.empty() ? dump.hints.at(0) : dump.records.at(0);
}

TEST(Dump, ARecordKeepsItsVersionsAsTheyAre) {
  const auto record =
      parse_record(R"({"key":"cart:1","versions":[{"id":"s1:1","item":"milk","quantity":-1}],"context":"AAEC"})");
  ASSERT_TRUE(record) << record.error();
  EXPECT_EQ(record->key, "cart:1");
  EXPECT_EQ(record->versions, (List{Map{{"id", "s1:1"}, {"item", "milk"}, {"quantity", -1}}}));
  EXPECT_EQ(record->context, "AAEC");
  EXPECT_EQ(record->home, "");
}

TEST(Dump, EveryKindOfValueIsReadInItsOrder) {
  const auto record = parse_record(
      R"({"key":"k","versions":[{"z":null,"a":true,"n":18,"f":1.5,"l":[[],{}],"s":"\u00e9\n"}],"context":""})");
  ASSERT_TRUE(record) << record.error();
  EXPECT_EQ(record->versions[0],
            Value(Map{{"z", Value()}, {"a", true}, {"n", 18}, {"f", 1.5}, {"l", List{List{}, Map{}}}, {"s", "é\n"}}));
}

TEST(Dump, AnElementThatIsNoRecordIsNamed) {
  const std::pair<const char*, const char*> bad[] = {
      {"{", "parse error"},
      {"[]", "expected an object"},
      {R"({"versions":[],"context":""})", "expected a string \"key\""},
      {R"({"key":"k","versions":{},"context":""})", "expected a list \"versions\""},
      {R"({"key":"k","versions":[],"context":1})", "expected a string \"context\""},
      {R"({"key":"k","versions":[],"context":""} x)", "parse error"},
  };
  for (const auto& [json, reason] : bad) {
    const auto record = parse_record(json);
    ASSERT_FALSE(record) << json;
    EXPECT_NE(record.error().find(reason), std::string::npos) << record.error();
    EXPECT_NE(record.error().find(json), std::string::npos) << record.error();
  }
}

TEST(Dump, PagesAddUpAndHintsGoToTheirOwnList) {
  const auto system = dynamo();
  EXPECT_EQ(system->dump_request("0"), (Request{"DEBUG", "DUMP", "0"}));
  DumpReader reader;
  checkers::Dump dump;
  auto cursor = system->read_dump_page(
      array({text("17"), text(R"({"unsynced":3,"strays":2})"), text(R"({"key":"a","versions":[],"context":""})"),
             text(R"({"key":"b","versions":[],"context":"","home":"n3"})")}),
      reader, dump);
  ASSERT_TRUE(cursor) << cursor.error();
  EXPECT_EQ(*cursor, "17");
  cursor = system->read_dump_page(array({integer(0), text(R"({"key":"c","versions":[],"context":""})")}), reader, dump);
  ASSERT_TRUE(cursor) << cursor.error();
  EXPECT_EQ(*cursor, "0");
  ASSERT_EQ(dump.records.size(), 2U);
  EXPECT_EQ(dump.records[1].key, "c");
  ASSERT_EQ(dump.hints.size(), 1U);
  EXPECT_EQ(dump.hints[0].home, "n3");
  EXPECT_EQ(dump.unsynced, 3);
  EXPECT_EQ(dump.strays, 2);
}

TEST(Dump, WhatTwoHoldIsReadOnceAndForgottenWhenNobodyHoldsItAnyMore) {
  const std::string json = R"({"key":"a","versions":[{"id":"s1:1"}],"context":"c"})";
  const std::string other = R"({"key":"b","versions":[],"context":""})";
  DumpReader reader;
  const auto read = [&](const std::string& text) {
    checkers::Dump dump;
    EXPECT_TRUE(reader.add(text, dump));
    return dump.records.at(0).versions;
  };
  reader.begin();
  const checkers::Versions first = read(json);
  EXPECT_EQ(&read(json).list(), &first.list());
  reader.begin();
  EXPECT_EQ(&read(json).list(), &first.list());
  for (int round = 0; round < 2; ++round) {
    reader.begin();
    read(other);
  }
  reader.begin();
  const checkers::Versions again = read(json);
  EXPECT_NE(&again.list(), &first.list());
  EXPECT_EQ(again, first);
}

TEST(Dump, ARefusedPageIsAnError) {
  DumpReader reader;
  checkers::Dump dump;
  for (const Reply& reply : {error("ERR unknown command 'DEBUG'"), array({}), array({text("0"), null()})}) {
    EXPECT_FALSE(dynamo()->read_dump_page(reply, reader, dump));
  }
}

}  // namespace
}  // namespace harness
