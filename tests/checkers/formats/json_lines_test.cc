#include "checkers/history_file.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/checkers/formats/reading.h"
#include "tests/checkers/scenario.h"

namespace checkers {
namespace {

const std::string kTest = "{\"type\":\"test\",\"version\":1}\n";
const std::string kInvoke = R"({"type":"invoke","index":0,"time":1,"process":0,"f":"read","key":"k","value":null})"
                            "\n";

TEST(HistoryFile, EverythingThatARunRecordsComesBack) {
  Scenario s("cart", "strict");
  s.history.test.seed = 18'000'000'000'000'000'000u;  // above 2^63
  s.history.test.bug = "forget-hints";
  s.history.test.require_availability = 0.99;
  s.history.test.promises = derive_promises(s.history.test);
  s.fault("start-partition", Value(Map{{"shape", "halves"}}));
  s.invoke(3, "add", "cart:1", addition("milk", 2, "s3:1"), Value(Map{{"session", "s3"}, {"seq", 1}, {"r", 2}}))
      .ok(3, {}, Value(Map{{"acks", texts({"n1", "n2"})}}));
  s.phase("heal").dump("n1", "before-reads", {{"cart:1", {addition("milk", 2, "s3:1")}, "ctx", ""}},
                       {{"cart:2", {}, "c", "n3"}});
  s.history.dumps.push_back({Nanos(7), "n2", "before-reads", {}, {}, "connection refused"});
  s.history.polls.push_back({Nanos(5), 2, {"a", "b"}});
  s.history.exits.push_back({Nanos(9), "n2", 75, 9, true, "a report"});

  std::string text = to_line(s.history.test);
  for (const Event& event : s.history.events) text += to_line(event);
  for (const Phase& phase : s.history.phases) text += to_line(phase);
  for (const Poll& poll : s.history.polls) text += to_line(poll);
  for (const Dump& dump : s.history.dumps) text += to_line(dump);
  for (const NodeExit& exit : s.history.exits) text += to_line(exit);
  text += lateness_line(Nanos(99), Nanos(1234));

  const auto back = read(text);
  ASSERT_TRUE(back.has_value()) << to_string(back.error(), "h");
  std::string again = to_line(back->test);
  for (const Event& event : back->events) again += to_line(event);
  for (const Phase& phase : back->phases) again += to_line(phase);
  for (const Poll& poll : back->polls) again += to_line(poll);
  for (const Dump& dump : back->dumps) again += to_line(dump);
  for (const NodeExit& exit : back->exits) again += to_line(exit);
  again += lateness_line(Nanos(99), back->lateness);
  EXPECT_EQ(text, again);
  EXPECT_EQ(back->test.seed, s.history.test.seed);
  EXPECT_EQ(back->test.promises.size(), s.history.test.promises.size());
  EXPECT_EQ(back->events[0].process, kNemesisProcess);
  EXPECT_EQ(back->dump("n2", "before-reads")->error, "connection refused");
}

TEST(HistoryFile, AnEventIsOneLineInTheDocumentedOrder) {
  Scenario s("register");
  s.invoke(1, "write", "k", Value("a"), Value(Map{{"r", 2}, {"node", "n1"}}));
  EXPECT_EQ(
      to_line(s.history.events[0]),
      R"({"type":"invoke","index":0,"time":10000000,"process":1,"f":"write","key":"k","value":"a","r":2,"node":"n1"})"
      "\n");
}

TEST(HistoryFile, MalformedLinesAreNamedByLineAndColumn) {
  EXPECT_EQ(error_of(kTest + "{\"type\":oops}\n").substr(0, 6), "h:2:9:") << error_of(kTest + "{\"type\":oops}\n");
  EXPECT_EQ(error_of(kTest + kInvoke + "[1,2]\n"), "h:3:1: expected a JSON object");
  EXPECT_EQ(error_of(kTest + "\n\n{\"type\":\"nonsense\"}\n"), "h:4:2: unknown type \"nonsense\"");
  EXPECT_EQ(error_of("{\"type\":\"test\",\"version\":2}\n"),
            "h:1:16: version 2 of the format is unknown: this program reads version 1");
  EXPECT_EQ(error_of(kTest + "{\"type\":\"invoke\",\"index\":\"0\",\"process\":0,\"f\":\"read\"}\n"),
            "h:2:18: field \"index\" must be an integer, found \"0\"");
  EXPECT_EQ(error_of(kTest + "{\"type\":\"ok\",\"process\":true,\"f\":\"read\"}\n"),
            "h:2:14: field \"process\" must be an integer from 0 or \"nemesis\", found true");
  EXPECT_EQ(error_of(kTest + "{\"type\":\"poll\",\"time\":1,\"time\":2}\n"), "h:2:1: field \"time\" appears twice");
  EXPECT_EQ(error_of(kTest + "{\"type\":\"dump\",\"time\":1,\"node\":\"n1\",\"stage\":\"x\"}\n"),
            "h:2:1: field \"records\" is missing");
  EXPECT_EQ(error_of(kInvoke + kTest), "h:2:2: the test record must be the first line");
  EXPECT_EQ(error_of(""), "h:1:1: expected a history, found nothing");
}

TEST(HistoryFile, WhatNoRunCanHaveRecordedIsRefused) {
  EXPECT_EQ(error_of(kTest + R"({"type":"ok","index":0,"time":1,"process":4,"f":"read","key":"k","value":null})"
                             "\n"),
            "h:2:14: process 4 completes read without an invocation");
  EXPECT_EQ(error_of(kTest + kInvoke +
                     R"({"type":"invoke","index":1,"time":2,"process":0,"f":"write","key":"k","value":"a"})"
                     "\n"),
            "h:3:18: process 0 invokes write while its read of index 0 is still open");
  EXPECT_EQ(error_of(kTest + kInvoke +
                     R"({"type":"ok","index":1,"time":0,"process":0,"f":"read","key":"k","value":null})"
                     "\n"),
            "h:3:14: time runs backwards: 0 ns after 1 ns");
  EXPECT_EQ(error_of(kTest + kInvoke +
                     R"({"type":"ok","index":0,"time":2,"process":0,"f":"read","key":"k","value":null})"
                     "\n"),
            "h:3:14: index 0 does not follow index 0");
  EXPECT_EQ(error_of(kTest + kInvoke +
                     R"({"type":"ok","index":1,"time":2,"process":0,"f":"read","key":"other","value":null})"
                     "\n"),
            "h:3:14: process 0 completes read of key other, but its open operation of index 0 is of key k");
}

TEST(HistoryFile, TheFirstLineThatIsWrongIsTold) {
  const std::string twice = kInvoke + kInvoke + "{\"type\":oops}\n";
  EXPECT_EQ(error_of(twice).substr(0, 7), "h:2:18:") << error_of(twice) << ": before the syntax error of line 3";
}

TEST(HistoryFile, FieldsThatAPhaseDoesNotKnowAreIgnoredWhateverTheyAre) {
  EXPECT_EQ(error_of("{\"process\":true,\"type\":\"phase\",\"time\":1,\"name\":\"main\"}\n"), "no error");
}

TEST(HistoryFile, ProcessesAreCountedFromZero) {
  EXPECT_EQ(error_of("{\"type\":\"invoke\",\"process\":-1,\"f\":\"read\"}\n"),
            "h:1:18: field \"process\" must be an integer from 0 or \"nemesis\", found -1");
}

// Pieces are read apart, and blocks one after another; a line may be longer than either.
TEST(HistoryFile, LargeFilesAreReadInPiecesAndComeOutTheSame) {
  std::string text = kTest;
  const std::string filler(300'000, 'x');
  for (int i = 0; i < 60'000; ++i) {
    const std::string process = std::to_string(i % 7), at = std::to_string(2 * i), then = std::to_string(2 * i + 1);
    text += R"({"index":)" + at + R"(,"time":)" + at + R"(,"type":"invoke","process":)" + process +
            R"(,"f":"write","key":0,"value":)" + at + (i % 20'000 == 0 ? ",\"note\":\"" + filler + "\"" : "") + "}\n";
    text += R"({"index":)" + then + R"(,"time":)" + then + R"(,"type":"ok","process":)" + process +
            R"(,"f":"write","key":0,"value":)" + at + "}\n";
  }
  const auto whole = read(text);
  ASSERT_TRUE(whole.has_value()) << to_string(whole.error(), "h");
  ASSERT_EQ(whole->events.size(), 120'000u);
  EXPECT_EQ(whole->events[119'999].index, 119'999);
  EXPECT_EQ(whole->events[40'000].fields["note"].string().size(), filler.size());

  size_t pieces = 0;
  std::istringstream in(text);
  const auto backwards = read_history(in, {.for_each = [&pieces](size_t count, const Judging::Work& work) {
                                        pieces += count;
                                        for (size_t i = count; i > 0; --i) work(i - 1);
                                      }});
  ASSERT_TRUE(backwards.has_value());
  EXPECT_GT(pieces, 10u);
  EXPECT_EQ(backwards->events.back().index, 119'999);

  text += "{\"type\":oops}\n";
  EXPECT_EQ(error_of(text), "h:120002:9: expected a value, found 'o'");
}

TEST(HistoryFile, ReadingEndsWhereTheCallerWantsIt) {
  std::istringstream in(kTest);
  const auto history = read_history(in, {.stop = [] { return true; }});
  ASSERT_FALSE(history.has_value());
  EXPECT_EQ(history.error().reason, "interrupted while it was read");
}

TEST(HistoryFile, TheFormatIsToldByTheContentOrByTheCaller) {
  EXPECT_EQ(error_of("hello\n"), "h:1:1: expected JSON lines, EDN or Jepsen's log");
  EXPECT_EQ(error_of("\x1F\x8B\b"),
            "h:1:1: this is packed by gzip: give it unpacked, as in zcat FILE | harness check -");
  std::istringstream in("[1]\n");
  const auto forced = read_history(in, {.format = "jsonl"});
  ASSERT_FALSE(forced.has_value());
  EXPECT_EQ(to_string(forced.error(), "h"), "h:1:1: expected a JSON object");
}

// A run that is killed leaves half a line; what was recorded before it still counts.
TEST(HistoryFile, AnUnfinishedLastLineIsNoError) {
  const auto history = read(kTest + kInvoke + R"({"type":"ok","index":1,"ti)");
  ASSERT_TRUE(history.has_value());
  EXPECT_EQ(history->events.size(), 1u);
  for (size_t cut = 1; cut < kInvoke.size() - 1; ++cut)  // wherever it breaks off
    EXPECT_TRUE(read(kTest + kInvoke.substr(0, cut)).has_value()) << kInvoke.substr(0, cut);
  EXPECT_TRUE(read(kTest + "{\"type\":\"phase\",\"name\":\"\xc3").has_value()) << "in the middle of a character";
  EXPECT_FALSE(read(kTest + kInvoke + "{\"type\":\"ok\",\"index\":1,\"ti\n").has_value())
      << "a finished line is no excuse";
}

TEST(HistoryFile, DeepNestingIsRefusedInsteadOfExhaustingTheStack) {
  const std::string deep(100'000, '[');
  EXPECT_NE(error_of(kTest + "{\"type\":\"poll\",\"x\":" + deep + "\n").find("nested deeper than"), std::string::npos);
  EXPECT_NE(error_of("[{:value " + deep).find("nested deeper than"), std::string::npos);
}

TEST(HistoryFile, UnknownFieldsAreKeptOnEventsAndIgnoredElsewhere) {
  const auto history = read("{\"type\":\"test\",\"version\":1,\"why\":\"because\"}\n" + kInvoke);
  ASSERT_TRUE(history.has_value());
  const auto event = read(R"({"type":"invoke","process":0,"f":"read","key":7,"value":null,"colour":"red"})"
                          "\n");
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->events[0].fields["colour"].string(), "red");
  EXPECT_EQ(event->events[0].key, "7");
}

}  // namespace
}  // namespace checkers
