// The reader of JSON beside the library that it stands in for: both accept the same texts, and see the same in them.
#include "checkers/formats/json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

namespace checkers {
namespace {

std::string reread(std::string_view text) {
  JsonReader reader(text);
  Value value;
  if (!reader.read(value) || !reader.end()) return std::to_string(reader.column()) + ": " + reader.reason();
  return to_json(value);
}

TEST(Json, EveryKindOfValueIsRead) {
  for (const std::string text : {"null", "true", "false", "0", "-7", "2.5", "1e+30", "\"\"", "\"text\"", "[]",
                                 "[1,[2]]", "{}", R"({"a":1,"b":{"c":null}})", "9223372036854775807",
                                 "-9223372036854775808", "92233720368547758080", "123456789012345678901234567890"})
    EXPECT_EQ(reread(text), text);
  EXPECT_EQ(reread(R"("\u00e4\ud83e\uddc0\n\/")"), "\"ä🧀\\n/\"");
  EXPECT_EQ(reread(" { \"a\" : [ 1 , 2 ] } "), R"({"a":[1,2]})");
}

TEST(Json, IntegersBeyond64BitsStayDifferent) {
  Value a, b;
  ASSERT_TRUE(JsonReader("18446744073709551616").read(a));
  ASSERT_TRUE(JsonReader("18446744073709551617").read(b));
  EXPECT_NE(a, b);
  EXPECT_EQ(a.number(), b.number());
}

TEST(Json, ErrorsSayWhatWasExpectedAndWhere) {
  EXPECT_EQ(reread("[1,"), "4: expected a value, found the end of the line");
  EXPECT_EQ(reread("{\"a\" 1}"), "6: expected ':', found '1'");
  EXPECT_EQ(reread("{a:1}"), "2: expected '\"', found 'a'");
  EXPECT_EQ(reread("[1 2]"), "4: expected ',' or ']', found '2'");
  EXPECT_EQ(reread("\"a\tb\""), "3: a string may not hold byte 0x09: write it as \\u0009");
  EXPECT_EQ(reread("\"\xff\""), "2: byte 0xff is no UTF-8");
  EXPECT_EQ(reread("\"\\x\""), "3: unknown escape: backslash and 'x'");
  EXPECT_EQ(reread("\"\\ud83e\""), "8: half a surrogate pair");
  EXPECT_EQ(reread("01"), "2: a number may not begin with 0");
  EXPECT_EQ(reread("1."), "3: expected a digit, found the end of the line");
  EXPECT_EQ(reread("1e999"), "1: number 1e999 is out of range");
  EXPECT_EQ(reread("1e-999"), "0.0") << "the nearest double";
  EXPECT_EQ(reread("nul"), "4: expected null, found the end of the line");
  EXPECT_EQ(reread("1 1"), "3: expected the end of the line, found '1'");
  EXPECT_EQ(reread("{\"a\":1,\"b\":2,\"a\":3}"), "1: field \"a\" appears twice");
}

// Objects with a name twice are ours to refuse.
bool has_name_twice(const std::string& text) {
  struct Seen : nlohmann::json_sax<nlohmann::json> {
    std::vector<std::vector<std::string>> open;
    bool twice = false;
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(int64_t) override { return true; }
    bool number_unsigned(uint64_t) override { return true; }
    bool number_float(double, const std::string&) override { return true; }
    bool string(std::string&) override { return true; }
    bool binary(std::vector<uint8_t>&) { return true; }
    bool binary(nlohmann::json::binary_t&) override { return true; }
    bool start_object(size_t) override { return open.emplace_back(), true; }
    bool key(std::string& name) override {
      twice = twice || std::find(open.back().begin(), open.back().end(), name) != open.back().end();
      open.back().push_back(name);
      return true;
    }
    bool end_object() override { return open.pop_back(), true; }
    bool start_array(size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(size_t, const std::string&, const nlohmann::json::exception&) override { return false; }
  } seen;
  nlohmann::json::sax_parse(text, &seen);
  return seen.twice;
}

// Texts that are JSON, or nearly.
rc::Gen<std::string> nearly_json() {
  static const std::vector<std::string> kParts = {
      "{",       "}",       "[",     "]",         ",",    ":",    "\"a\"",       "\"b\"", "null",  "true",
      "false",   "0",       "1",     "-",         "-1",   "1.5",  "1e5",         "\"",    "\\",    "\\n",
      "\\u00e4", "\\ud83e", "nul",   " ",         "\t",   "ä",    "\xff",        "01",    "1e999", "2.5e-3",
      "\x01",    "\"a\":1", "[1,2]", "{\"a\":0}", "1e-5", "\xc3", "\xed\xa0\x80"};
  return rc::gen::map(rc::gen::container<std::vector<uint16_t>>(rc::gen::arbitrary<uint16_t>()),
                      [](const std::vector<uint16_t>& picks) {
                        std::string text;
                        for (const uint16_t pick : picks) text += kParts[pick % kParts.size()];
                        return text;
                      });
}

void compare(const std::string& text) {
  JsonReader reader(text);
  Value value;
  const bool accepted = reader.read(value) && reader.end();
  const auto theirs = nlohmann::json::parse(text, nullptr, false);
  if (has_name_twice(text)) {
    RC_ASSERT(!accepted);
    return;
  }
  if (accepted != !theirs.is_discarded()) RC_LOG() << text << " : " << reader.reason();
  RC_ASSERT(accepted == !theirs.is_discarded());
  if (accepted) RC_ASSERT(nlohmann::json::parse(to_json(value)) == theirs);
}

RC_GTEST_PROP(Json, TheLibraryAcceptsTheSameTextsAndSeesTheSame, ()) {
  for (int i = 0; i < 50; ++i) compare(*nearly_json());
}

RC_GTEST_PROP(Json, DamagedLinesAreSeenTheSame, (const std::vector<std::pair<uint16_t, uint8_t>>& damage)) {
  std::string text =
      R"({"type":"ok","index":12,"time":1234567,"process":3,"f":"read","key":"cart:1","value":[{"item":"milk","quantity":2.5,"tags":{"s1:1":-2}}],"r":2,"mode":"strict","ä":null})";
  for (const auto& [position, byte] : damage) text[position % text.size()] = static_cast<char>(byte);
  compare(text);
}

}  // namespace
}  // namespace checkers
