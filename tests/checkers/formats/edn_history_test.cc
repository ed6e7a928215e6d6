#include <gtest/gtest.h>

#include <sstream>

#include "checkers/formats/edn.h"
#include "tests/checkers/formats/reading.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

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
            "h:1:1: :type must be :invoke, :ok, :fail or :info, found :maybe");
  EXPECT_EQ(error_of("[{:type :invoke, :process 0, :f :read}"), "h:1:39: expected ']', found the end of the file");
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

// What came from Jepsen goes back to it as it was, but for `:index` and `:time` where they were missing.
TEST(JepsenHistory, WhatCameFromJepsenComesBackToIt) {
  const std::string text =
      "{:index 0, :time 5, :type :invoke, :process 0, :f :txn, :value [5 [[:r :x nil] [:w \"x\" #{1 2}]]]}\n"
      "{:index 1, :time 6, :type :info, :process :nemesis, :f :start, :value {\"n1\" #{\"n2\"}}}\n"
      "{:index 2, :time 7, :type :ok, :process 0, :f :txn, :value [5 [[:r :x 1/3] [:w \"x\" #{1 2}]]], :debug #inst "
      "\"2026-01-01\"}\n"
      "{:index 3, :time 8, :type :invoke, :process 1, :f :txn, :value [:k 10N]}\n";
  const auto h = read(text);
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  EXPECT_EQ(h->events[0].key, "5");
  EXPECT_EQ(h->events[3].key, "k");
  std::string back;
  for (const Event& event : h->events) back += to_edn(event, h->keys);
  std::string expected = text;
  expected.replace(expected.find("#inst \"2026"), 6, "#inst ");
  EXPECT_EQ(back, expected);
}

TEST(JepsenHistory, KeysThatLookAlikeStayApart) {
  const auto h = read(
      "{:type :invoke, :process 0, :f :read, :value [5 nil]}\n{:type :invoke, :process 1, :f :read, :value [\"5\" "
      "nil]}\n"
      "{:type :invoke, :process 2, :f :read, :value [5N nil]}\n");
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  EXPECT_NE(h->events[0].key, h->events[1].key);
  EXPECT_EQ(h->events[0].key, h->events[2].key) << "5 and 5N are the same key";
}

TEST(JepsenHistory, PairsAreNoKeysWhereSomethingSpeaksAgainstIt) {
  const auto key_of_first = [](const std::string& text) {
    const auto h = read(text);
    return h ? h->events[0].key : to_string(h.error(), "h");
  };
  EXPECT_EQ(key_of_first("{:type :invoke, :process 0, :f :txn, :value [[:r :x nil] [:r :y nil]]}"), "");
  EXPECT_EQ(key_of_first("{:type :invoke, :process 0, :f :cas, :value [1 2]}"), "");
  EXPECT_EQ(key_of_first("{:type :invoke, :process 0, :f :cas, :value [7 [1 2]]}"), "7");
  EXPECT_EQ(key_of_first("{:type :invoke, :process 0, :f :dequeue, :value [nil nil]}"), "");
  EXPECT_EQ(key_of_first("{:type :invoke, :process 0, :f :scan, :value [1 9]}\n"
                         "{:type :ok, :process 0, :f :scan, :value [2 3]}"),
            "")
      << "a key stays the same";
}

TEST(JepsenHistory, PairsAreKeysWhereTheCallerSaysSo) {
  const auto keyed = [](const std::string& text) {
    std::istringstream in(text);
    return read_history(in, {.format = {}, .keyed = true});
  };
  const auto h = keyed(
      "{:type :invoke, :process 0, :f :scan, :value [1 9]}\n{:type :info, :process 0, :f :scan, :value :timed-out}\n");
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  EXPECT_EQ(h->events[1].key, "1");
  EXPECT_EQ(to_string(keyed("{:type :invoke, :process 0, :f :read, :value nil}").error(), "h"),
            "h:1:1: expected a value [key value], found null");
}

TEST(JepsenHistory, AKeyOfItsOwnIsTakenAsOne) {
  const auto h = read(
      "{:process 0, :type :invoke, :f :append, :key \"0\", :value \"x 0 0 y\"}\n"
      "{:process 0, :type :ok, :f :append, :key \"0\", :value \"x 0 0 y\"}\n");
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  EXPECT_EQ(h->events[1].key, "0");
  EXPECT_FALSE(h->null_reads_tell_nothing);
}

// Knossos' registers take a nil read for one that told nothing.
TEST(JepsenHistory, NilReadsTellNothing) {
  const auto h = read("{:type :invoke, :process 0, :f :read, :value nil}");
  ASSERT_TRUE(h.has_value());
  EXPECT_TRUE(h->null_reads_tell_nothing);
}

TEST(JepsenHistory, TimesThatRunBackwardsAreTold) {
  const auto h = read(
      "{:type :invoke, :process 0, :f :read, :value nil, :time 20}\n{:type :invoke, :process 1, :f :read, :value nil, "
      ":time 10}\n");
  ASSERT_TRUE(h.has_value());
  ASSERT_EQ(h->notes.size(), 1u);
  EXPECT_EQ(h->notes[0],
            "time runs backwards at 1 line, first at line 2, by 10 ns at most: the order of the file counts");
}

TEST(JepsenHistory, TextThatIsNoUtf8IsRefused) {
  EXPECT_EQ(error_of("{:type :invoke,\n :f \"\xff\"}"), "h:2:6: byte 0xff is no UTF-8");
}

TEST(JepsenHistory, TheTestRecordIsOneMap) {
  Scenario s("cart");
  auto map = EdnReader(to_edn(s.history.test)).read();
  ASSERT_TRUE(map.has_value());
  EXPECT_EQ((*map)["workload"].string(), "cart");
  EXPECT_EQ((*map)["nodes"].list().size(), 3u);
}

TEST(JepsenHistory, AByteOrderMarkAndLinesOfWindowsSayNothing) {
  for (const std::string text :
       {"{:type :invoke, :process 0, :f :read, :value nil}\r\n{:type :ok, :process 0, :f :read, :value [1\r\n2]}\r\n",
        "0\t:invoke\t:read\tnil\r\n0\t:ok\t:read\t[1 2]\r\n",
        "{\"type\":\"invoke\",\"process\":0,\"f\":\"read\",\"value\":null}\r\n"
        "{\"type\":\"ok\",\"process\":0,\"f\":\"read\",\"value\":[1,2]}\r\n"}) {
    for (const std::string before : {"", "\xEF\xBB\xBF"}) {
      const auto h = read(before + text);
      ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h") << " in " << text;
      ASSERT_EQ(h->events.size(), 2u);
      EXPECT_EQ(h->events[1].value, Value(List{1, 2}));
    }
  }
}

// What Jepsen prints of things that have no notation; seen in the errors of many histories.
TEST(JepsenHistory, ObjectsAndErrorsAreKept) {
  const auto h = read(
      "{:type :info, :process :nemesis, :f :start, :value #object[clojure.core$constantly$fn__5672 0x5f2f577 \"f\"]}\n"
      "{:type :invoke, :process 3, :f :read, :value nil}\n"
      "{:type :fail, :process 3, :f :read, :value nil, :error [:exception #error{:cause \"x\\ny\", :via [{:type "
      "java.net.SocketTimeoutException, :at [a.b$c invoke \"f.clj\" 12]}]}], :exception #_dropped {1/2 \\newline}}\n");
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  EXPECT_EQ(h->events[0].value.list()[1].integer(), 0x5f2f577);
  EXPECT_EQ(h->events[2].fields["error"].list()[1]["cause"].string(), "x\ny");
  EXPECT_EQ(h->events[2].fields["exception"]["1/2"].string(), "\n");
}

TEST(JepsenHistory, KeysAreTheSameWhereClojureSaysSo) {
  const auto h = read(
      "{:type :invoke, :process 0, :f :read, :value [7 nil]}{:type :ok, :process 0, :f :read, :value [7N 1]}\n"
      "{:type :invoke, :process 1, :f :read, :value [\"7\" nil]}{:type :fail, :process 1, :f :read, :value [:timeout "
      "7]}\n"
      "{:type :invoke, :process 2, :f :read, :value [:k nil]}{:type :info, :process 2, :f :read, :value [:k nil]}\n"
      "{:type :invoke, :process 3, :f :cas, :value [\"k\" [1 2]]}{:type :ok, :process 3, :f :cas, :value [\"k\" [1 "
      "2]]}");
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  const auto key = [&](size_t i) { return h->events[i].key; };
  EXPECT_EQ(key(0), "7");
  EXPECT_EQ(key(1), "7");
  EXPECT_EQ(key(2), "7'");
  EXPECT_EQ(key(3), "7'");
  EXPECT_EQ(h->events[3].value.list().size(), 2u) << "what failed may have its reason there";
  EXPECT_NE(key(4), key(6));
  EXPECT_TRUE(h->events[5].value.is_null());
  EXPECT_EQ(h->events[7].value, Value(List{1, 2}));
}

// Files are read in blocks of whole lines; an operation may stand on many.
TEST(JepsenHistory, BlocksEndWithinOperations) {
  constexpr int64_t kOperations = 105'000;
  std::string text = "; a comment\n[";
  int64_t lines = 1;
  for (int64_t i = 0; i < kOperations; ++i) {
    const std::string process = std::to_string(i);
    text += "{:type :invoke, :process " + process + ",\n :f :write, ; [\n #_ {:no\n thing} :value [1 [2\n 3]]}\n\n";
    lines += 6;
  }
  ASSERT_GT(text.size(), 8u << 20);
  const auto good = read(text + "]");
  ASSERT_TRUE(good.has_value()) << to_string(good.error(), "h");
  ASSERT_EQ(good->events.size(), static_cast<size_t>(kOperations));
  for (const Event& event : good->events) ASSERT_EQ(event.process, event.index);
  const std::string line = std::to_string(lines + 1);
  EXPECT_EQ(error_of(text + "  {:type :okay}]"), "h:" + line +
                                                     ":3: :type must be :invoke, :ok, :fail or :info, found "
                                                     ":okay");
  EXPECT_EQ(error_of(text + "{:f\n\"\xff\"}]"), "h:" + std::to_string(lines + 2) + ":2: byte 0xff is no UTF-8");
  EXPECT_EQ(error_of(text + "{"), "h:" + line + ":2: expected '}', found the end of the file");
  EXPECT_EQ(error_of(text), "h:" + line + ":1: expected ']', found the end of the file");
}

TEST(JepsenHistory, AnOperationMayBeLongerThanABlock) {
  std::string words;
  for (int i = 0; i < 1'000'000; ++i) words += "a line that is long\n";
  const auto h =
      read("{:type :invoke, :process 0, :f :write, :value \"" + words + "\"} {:type :ok, :process 0, :f :write}");
  ASSERT_TRUE(h.has_value()) << to_string(h.error(), "h");
  ASSERT_EQ(h->events.size(), 2u);
  EXPECT_EQ(h->events[0].value.string(), words);
}

// Megabytes of operations, each on a line, all writes of process 0; `odd` stands after half of them.
std::string many_lines(const std::string& odd) {
  constexpr int kOperations = 20'000;
  std::string text;
  for (int i = 0; i < kOperations; ++i) {
    const std::string value = "[\"k" + std::to_string(i % 7) + "\" " + std::to_string(i) + "]";
    text += "{:index " + std::to_string(10 * i) + ", :type :invoke, :process 0, :f :write, :value " + value + "}\n";
    text += "{:type :ok, :process 0, :f :write, :value " + value + ", :time " + std::to_string(9 * i) + "}\n";
    if (i == kOperations / 2) text += odd;
  }
  return text;
}

// What came of reading, as text.
std::string outcome(const std::string& text, const Reading& how) {
  std::istringstream in(text);
  const auto history = read_history(in, how);
  if (!history) return to_string(history.error(), "h");
  std::string told;
  for (const std::string& note : history->notes) told += note + "\n";
  for (const Event& event : history->events) told += event.key + " " + to_edn(event);
  return told;
}

// Piece by piece, in whatever order, it is the same history, or the same thing is wrong at the same place.
TEST(JepsenHistory, PiecesReadApartAreTheSameHistory) {
  size_t most = 0;
  Reading apart;
  apart.for_each = [&most](size_t count, const Judging::Work& work) {
    most = std::max(most, count);
    for (size_t i = count; i-- > 0;) work(i);
  };
  const std::string pair = "{:type :invoke, :process 5, :f :write, :value [\"k1\" 1]}\n";
  const std::string odds[] = {"",
                              "\n ; a comment\n\n",
                              "#_ {:type :ok}\n",
                              "#jepsen.history.Op" + pair,
                              "{:type :invoke, :process 5, :f :write,\n\n  :value [\"k1\"\n 1]}\n",
                              "{\"type\" :invoke, :process 5, :f :write, :value [\"k1\" 1]}\n",
                              "{:type :invoke, :process 5, :f :write, :key 7, :value 1}\n",
                              "{:type :invoke, :process 5, :f :write, :value \"{:type\n" + pair + "\"}\n",
                              pair + "  " + pair,  // two open at once
                              "{:type :invoke, :process 5, :value 1}\n",
                              "{:type :invoke, :process 5, :f :write, :value }\n",
                              "{:type :invoke, :process 5, :f :write, :value [1 2}\n",
                              "}\n",
                              std::string(1, '\0')};
  const std::pair<const char*, const char*> enclosures[] = {{"", ""}, {" [", "]\n"}, {"(", ""}, {"", "]"}};
  size_t next = 0;
  for (const std::string& odd : odds) {
    const auto& [before, after] = enclosures[next++ % std::size(enclosures)];
    const std::string text = before + many_lines(odd) + after;
    EXPECT_EQ(outcome(text, apart), outcome(text, {})) << odd << " in " << before << " " << after;
  }
  EXPECT_GT(most, 3u);
}

}  // namespace
}  // namespace checkers
