#include "checkers/edn.h"

#include <gtest/gtest.h>

#include <sstream>

#include "checkers/history_file.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

tl::expected<History, ReadError> read(const std::string& text) {
  std::istringstream in(text);
  return read_history(in);
}

std::string error_of(const std::string& text) {
  const auto history = read(text);
  return history ? "no error" : to_string(history.error(), "h");
}

std::string json_of(const std::string& edn) {
  auto value = EdnReader(edn).read();
  return value ? to_json(*value) : to_string(value.error(), "e");
}

TEST(Edn, EveryKindOfFormBecomesAValue) {
  EXPECT_EQ(json_of("nil"), "null");
  EXPECT_EQ(json_of("[1 -2 3N +4 2.5 1e3 true false]"), "[1,-2,3,4,2.5,1000.0,true,false]");
  EXPECT_EQ(json_of(":keyword"), "\"keyword\"");
  EXPECT_EQ(json_of(":ns/name"), "\"ns/name\"");
  EXPECT_EQ(json_of("(a b)"), "[\"a\",\"b\"]");
  EXPECT_EQ(json_of("#{1}"), "[1]");
  EXPECT_EQ(json_of("{:a 1, \"b\" 2 3 4}"), R"({"a":1,"b":2,"3":4})");
  EXPECT_EQ(json_of("\"x\\n\\\"\\u00e4\\uD83E\\uDDC0\""), "\"x\\n\\\"ä🧀\"");
  EXPECT_EQ(json_of("[\\a \\space \\(]"), "[\"a\",\" \",\"(\"]");
  EXPECT_EQ(json_of("#inst \"2024-01-01\""), "\"2024-01-01\"");
  EXPECT_EQ(json_of("#jepsen.history.Op{:f :read}"), R"({"f":"read"})");
  EXPECT_EQ(json_of("; a comment\n#_ {:not this} ^{:meta 1} [##Inf]"), "[null]");
}

TEST(Edn, MalformedFormsAreNamedByLineAndColumn) {
  EXPECT_EQ(json_of("[1\n 2"), "e:2:3: expected ']', found the end of the file");
  EXPECT_EQ(json_of("{:a}"), "e:1:4: expected the value of a, found '}'");
  EXPECT_EQ(json_of("]"), "e:1:1: expected a value, found ']'");
  EXPECT_EQ(json_of("\"abc"), "e:1:5: expected '\"', found the end of the file");
  EXPECT_EQ(json_of("12x"), "e:1:1: expected a number, found 12x");
  EXPECT_EQ(json_of("#_ ]"), "e:1:4: expected a value, found ']'");
}

TEST(JepsenHistory, OneMapALineWithIndexAndTime) {
  const auto h = read(
      "{:index 0, :time 3291485317, :type :invoke, :process 0, :f :read, :value nil}\n"
      "{:index 1, :time 3291485400, :type :ok, :process 0, :f :read, :value 3}\n");
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  EXPECT_EQ(h->events[0].time, Nanos(3291485317));
  EXPECT_EQ(h->events[1].type, EventType::kOk);
  EXPECT_EQ(h->events[1].value.integer(), 3);
}

TEST(JepsenHistory, AnyKeyOrderATagAnEnclosingVectorAndNoIndexOrTime) {
  const auto h = read(
      "; from elsewhere\n[#jepsen.history.Op{:value nil, :f :read, :type :invoke, :process 7}\n"
      " {:process 7, :type :fail, :error :timeout, :f :read, :value nil}]\n");
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  ASSERT_EQ(h->events.size(), 2u);
  EXPECT_EQ(h->events[1].index, 1);
  EXPECT_EQ(h->events[1].fields["error"].string(), "timeout");
}

TEST(JepsenHistory, PairsAreKeysOnlyIfEveryOperationCarriesOne) {
  const auto keyed = read(
      "{:type :invoke, :process 0, :f :read, :value [\"x\" nil]}\n{:type :info, :process :nemesis, :f :start, :value "
      "nil}\n"
      "{:type :ok, :process 0, :f :read, :value [\"x\" 5]}\n");
  ASSERT_TRUE(keyed.has_value());
  EXPECT_EQ(keyed->events[2].key, "x");
  EXPECT_EQ(keyed->events[2].value.integer(), 5);
  EXPECT_EQ(keyed->events[1].process, kNemesisProcess);

  const auto cas = read(
      "{:type :invoke, :process 0, :f :cas, :value [1 2]}\n{:type :ok, :process 0, :f :cas, :value [1 2]}\n"
      "{:type :invoke, :process 0, :f :read, :value nil}\n");
  ASSERT_TRUE(cas.has_value());
  EXPECT_EQ(cas->events[0].key, "");
  EXPECT_EQ(cas->events[0].value.list().size(), 2u);
}

// Seen in histories of RethinkDB and of Knossos' own tests.
TEST(JepsenHistory, TimesOfSeveralThreadsMayRunBackwardsALittle) {
  const auto h = read(
      "{:type :invoke, :process 0, :f :read, :value nil, :time 20}\n{:type :invoke, :process 1, :f :read, :value nil, "
      ":time 10}\n");
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  EXPECT_EQ(h->events[1].time, Nanos(10));
}

TEST(JepsenHistory, WhatNoRunCanHaveRecordedIsRefused) {
  EXPECT_EQ(error_of("{:type :ok, :process 0, :f :read, :value 1}\n"),
            "h:1:1: process 0 completes read without an invocation");
  EXPECT_EQ(error_of("\n\n{:type :invoke, :process 0, :f :read}\n{:type :invoke, :process 0, :f :read}\n"),
            "h:4:1: process 0 invokes read while its read of index 0 is still open");
  EXPECT_EQ(error_of("{:type :invoke, :process 0}"), "h:1:1: the operation has no :f");
  EXPECT_EQ(error_of("{:type :maybe, :process 0, :f :read}"),
            "h:1:1: :type must be :invoke, :ok, :fail or :info, found \"maybe\"");
  EXPECT_EQ(error_of("[{:type :invoke, :process 0, :f :read}"), "h:2:1: expected ']', found the end of the file");
  EXPECT_EQ(error_of("[] 5"), "h:1:4: expected the end of the file after the history");
}

TEST(JepsenHistory, WhatWeWriteComesBack) {
  Scenario s("cart");
  s.fault("kill", Value(Map{{"nodes", texts({"n2"})}}));
  s.invoke(3, "add", "cart:\"1\"", addition("milk", 2, "s3:1"), Value(Map{{"session", "s3"}, {"seq", 1}})).ok(3);
  s.read(4, "cart:\"1\"", cart({{"milk", {{"s3:1", 2}}}}));
  std::string text;
  for (const Event& event : s.history.events) text += to_edn(event);
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "{:index 0, :time 10000000, :type :info, :process :nemesis, :f :kill, :value {:nodes [\"n2\"]}}");
  const auto back = read(text);
  ASSERT_TRUE(back.has_value()) << to_string(back.error(), "h");
  ASSERT_EQ(back->events.size(), s.history.events.size());
  for (size_t i = 0; i < back->events.size(); ++i) EXPECT_EQ(to_line(back->events[i]), to_line(s.history.events[i]));
}

TEST(JepsenHistory, TheTestRecordIsOneMap) {
  Scenario s("cart");
  auto map = EdnReader(to_edn(s.history.test)).read();
  ASSERT_TRUE(map.has_value());
  EXPECT_EQ((*map)["workload"].string(), "cart");
  EXPECT_EQ((*map)["nodes"].list().size(), 3u);
}

}  // namespace
}  // namespace checkers
