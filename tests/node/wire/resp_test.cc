#include "node/wire/resp.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "node/wire/effects.h"

namespace node {
namespace {

using Result = resp::RespReader::Result;

constexpr resp::RespReader::Limits kSmall{
    .max_words = 4, .max_word_bytes = 20, .max_request_bytes = 40, .max_inline_bytes = 60};

// What a reader made of some bytes: one entry a result.
struct Event {
  Result result;
  Words words;
  std::string error;
  bool operator==(const Event& other) const {
    return result == other.result && words == other.words && error == other.error;
  }
};

void drain(resp::RespReader& reader, std::vector<Event>& events) {
  while (true) {
    Event event{Result::kMore, {}, ""};
    event.result = reader.next(event.words, event.error);
    if (event.result == Result::kMore) return;
    if (event.result == Result::kBroken && !events.empty() && events.back().result == Result::kBroken) return;
    events.push_back(event);
  }
}

std::vector<Event> read_all(std::string_view bytes, resp::RespReader::Limits limits = kSmall) {
  resp::RespReader reader(limits);
  std::vector<Event> events;
  reader.feed(bytes);
  drain(reader, events);
  return events;
}

Event only(std::string_view bytes) {
  const std::vector<Event> events = read_all(bytes);
  return events.size() == 1 ? events[0] : Event{Result::kMore, {}, std::to_string(events.size()) + " events"};
}

Event request(Words words) { return {Result::kRequest, std::move(words), ""}; }
Event too_big(std::string error) { return {Result::kTooBig, {}, std::move(error)}; }
Event broken(std::string error) { return {Result::kBroken, {}, std::move(error)}; }

void PrintTo(const Event& event, std::ostream* out) {
  *out << "result " << static_cast<int>(event.result) << " '" << event.error << "' words";
  for (const std::string& word : event.words) *out << " '" << word << "'";
}

TEST(RespWriter, EveryReplyHasTheFormThatRedisGivesIt) {
  std::string out;
  resp::status(out, "OK");
  resp::error(out, "ERR two\r\nlines");
  resp::integer(out, -42);
  resp::bulk(out, "a\r\nb");
  resp::null(out);
  resp::array(out, 2);
  EXPECT_EQ(out, "+OK\r\n-ERR two  lines\r\n:-42\r\n$4\r\na\r\nb\r\n$-1\r\n*2\r\n");
}

TEST(RespReader, AnArrayIsARequest) {
  EXPECT_EQ(only("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"), request({"GET", "k"}));
  EXPECT_EQ(only("*2\r\n$3\r\nGET\r\n$0\r\n\r\n"), request({"GET", ""}));
}

TEST(RespReader, ALineIsARequestAndItsQuotesAreThoseOfRedisCli) {
  EXPECT_EQ(only("PING\r\n"), request({"PING"}));
  EXPECT_EQ(only("  set  k v \n"), request({"set", "k", "v"}));
  EXPECT_EQ(only("set k \"a b\\x41\\n\\\"\" \n"), request({"set", "k", "a bA\n\""}));
  EXPECT_EQ(only("set k 'a\\'b \\n' ''\n"), request({"set", "k", "a'b \\n", ""}));
}

TEST(RespReader, EmptyArraysAndLinesAreSkipped) {
  EXPECT_EQ(only("\r\n*0\r\n*-1\r\n\n  \nPING\r\n"), request({"PING"}));
}

// Row A3: before the body is buffered.
TEST(RespReader, WhatExceedsALimitIsThrownAwayAndTheNextRequestIsRead) {
  const std::string ping = "*1\r\n$4\r\nPING\r\n";
  const std::string long_word = "*2\r\n$3\r\nGET\r\n$21\r\n" + std::string(21, 'x') + "\r\n";
  EXPECT_EQ(read_all(long_word + ping),
            (std::vector<Event>{too_big("word of 21 bytes exceeds 20"), request({"PING"})}));
  const std::string many = "*5\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n";
  EXPECT_EQ(read_all(many + ping), (std::vector<Event>{too_big("request of 5 words exceeds 4"), request({"PING"})}));
  const std::string part = "$20\r\n" + std::string(20, 'x') + "\r\n";
  EXPECT_EQ(read_all("*3\r\n" + part + part + part + ping),
            (std::vector<Event>{too_big("request of 60 bytes or more exceeds 40"), request({"PING"})}));
  EXPECT_EQ(read_all("1 2 3 4 5\n" + ping),
            (std::vector<Event>{too_big("request of 5 words exceeds 4"), request({"PING"})}));
}

TEST(RespReader, NumbersThatNoRequestCouldMeanAreBroken) {
  EXPECT_EQ(only("*2147483647\r\n"), broken("array of 2147483647 words, more than 1048576"));
  EXPECT_EQ(only("*1\r\n$3000000000\r\n"), broken("word of 3000000000 bytes, more than 536870912"));
  EXPECT_EQ(only("*99999999999999999999\r\n"), broken("array length is not a number"));
  EXPECT_EQ(only("*1\r\n$-1\r\n"), broken("word length -1 is negative"));
  EXPECT_EQ(only("*1\r\n$abc\r\n"), broken("word length is not a number"));
  EXPECT_EQ(only("*\r\n"), broken("array length is not a number"));
  EXPECT_EQ(only("*1\n"), broken("array length does not end in CR LF"));
  EXPECT_EQ(only("*" + std::string(40, '1')), broken("array length does not end within 32 bytes"));
}

TEST(RespReader, FramesThatAreNotRespAreBroken) {
  EXPECT_EQ(only("*1\r\n:5\r\n"), broken("expected '$', got ':'"));
  EXPECT_EQ(only(std::string_view("*1\r\n\0", 5)), broken("expected '$', got byte 0x00"));
  EXPECT_EQ(only("*1\r\n$2\r\nabc\r\n"), broken("a word is longer than its length says"));
  EXPECT_EQ(only("set k \"abc\n"), broken("unbalanced quotes in request"));
  EXPECT_EQ(only("set k 'a'b\n"), broken("unbalanced quotes in request"));
  EXPECT_EQ(only(std::string(60, 'x')), broken("a line of more than 60 bytes"));
}

TEST(RespReader, ABrokenConnectionStaysBroken) {
  resp::RespReader reader;
  Words words;
  std::string error;
  reader.feed("*1\r\n?");
  EXPECT_EQ(reader.next(words, error), Result::kBroken);
  reader.feed("*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(reader.next(words, error), Result::kBroken);
  EXPECT_EQ(error, "expected '$', got '?'");
}

TEST(RespReader, NewLimitsHoldFromTheNextRequestOn) {
  resp::RespReader reader(kSmall);
  std::vector<Event> events;
  reader.feed("*1\r\n$4\r\nPEER\r\n*1\r\n$30\r\n" + std::string(30, 'x') + "\r\n");
  Event first{Result::kMore, {}, ""};
  first.result = reader.next(first.words, first.error);
  EXPECT_EQ(first, request({"PEER"}));
  reader.set_limits({});
  drain(reader, events);
  EXPECT_EQ(events, std::vector<Event>{request({std::string(30, 'x')})});
}

// ---- Properties

// Pieces that are mostly right, so that streams of them get far, and wrong in every way that matters.
rc::Gen<std::string> any_piece() {
  const auto word = rc::gen::map(rc::gen::container<std::string>(rc::gen::arbitrary<char>()),
                                 [](std::string bytes) { return bytes.substr(0, 25); });
  const auto whole = rc::gen::map(rc::gen::container<Words>(word), [](const Words& words) {
    std::string out;
    resp::words(out, Words(words.begin(), words.begin() + std::min<size_t>(words.size(), 6)));
    return out;
  });
  const auto fragment = rc::gen::element<std::string>("*", "$", "\r\n", "\n", "*2\r\n", "$3\r\nabc\r\n", "$3\r\n",
                                                      "abc", "*-1\r\n", "*0\r\n", "PING\r\n", "set k 'a b'\r\n", "\"",
                                                      "*2147483647\r\n", "$3000000000\r\n", "$21\r\n");
  return rc::gen::oneOf(whole, whole, whole, fragment);
}

RC_GTEST_PROP(RespReaderProperty, HowTheBytesAreCutNeverShows, ()) {
  std::string bytes;
  for (const std::string& piece : *rc::gen::container<std::vector<std::string>>(any_piece())) bytes += piece;
  const auto cuts = *rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(1, 12));

  resp::RespReader reader(kSmall);
  std::vector<Event> events;
  std::string_view rest = bytes;
  for (size_t i = 0; !rest.empty(); ++i) {
    const std::string_view piece = rest.substr(0, cuts.empty() ? 1 : cuts[i % cuts.size()]);
    reader.feed(piece);
    drain(reader, events);
    rest.remove_prefix(piece.size());
  }
  RC_ASSERT(events == read_all(bytes));
}

RC_GTEST_PROP(RespReaderProperty, WordsComeBackAsTheyWereWritten, ()) {
  const auto requests = *rc::gen::container<std::vector<Words>>(rc::gen::nonEmpty<Words>());
  std::string bytes;
  std::vector<Event> expected;
  for (const Words& words : requests) {
    resp::words(bytes, words);
    expected.push_back(request(words));
  }
  resp::RespReader::Limits limits;
  limits.max_words = 1000;
  RC_ASSERT(read_all(bytes, limits) == expected);
}

RC_GTEST_PROP(RespReaderProperty, WhatIsPassedOverLeavesTheRestAsItIs, ()) {
  const auto requests = *rc::gen::nonEmpty(rc::gen::arbitrary<std::vector<Words>>());
  resp::RespReader reader;
  std::vector<Words> left, found;
  std::string bytes;
  for (const Words& words : requests) {
    if (words.empty() || words.size() > resp::RespReader::Limits{}.max_words) continue;
    resp::words(bytes, words);
    if (words.front().size() % 2 == 0) left.push_back(words);
  }
  const size_t cut = *rc::gen::inRange<size_t>(0, bytes.size() + 1);
  const auto take = [&] {
    Words words;
    std::string error;
    while (true) {
      if (reader.pass_over([](std::string_view word) { return word.size() % 2 == 1; })) continue;
      if (reader.next(words, error) != Result::kRequest) return;
      if (words.front().size() % 2 == 0) found.push_back(words);
    }
  };
  reader.feed(std::string_view(bytes).substr(0, cut));
  take();  // the one that is cut in two is taken apart
  reader.feed(std::string_view(bytes).substr(cut));
  take();
  RC_ASSERT(found == left);
}

}  // namespace
}  // namespace node
