#include "checkers/formats/edn.h"

#include <gtest/gtest.h>

namespace checkers {
namespace {

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
  EXPECT_EQ(json_of("{:a}"), "e:1:4: expected the value of :a, found '}'");
  EXPECT_EQ(json_of("]"), "e:1:1: expected a value, found ']'");
  EXPECT_EQ(json_of("\"abc"), "e:1:5: expected '\"', found the end of the file");
  EXPECT_EQ(json_of("12x"), "e:1:1: expected a number, found 12x");
  EXPECT_EQ(json_of("#_ ]"), "e:1:4: expected a value, found ']'");
  EXPECT_EQ(json_of("@deref"), "e:1:1: expected a value, found @deref");
  EXPECT_EQ(json_of("::a"), "e:1:1: expected a name after ':'");
  EXPECT_EQ(json_of("\\nonsense"), "e:1:2: expected a character after the backslash, found nonsense");
  EXPECT_EQ(json_of("\"\\ud83e\""), "e:1:8: half a surrogate pair");
}

// Equal ratios are one value, also where the numbers as they were written are too long for a double.
TEST(Edn, RatiosThatAreEqualAreReadAsTheSameValue) {
  const Value written = *EdnReader("666666666663333322/36666").read();
  const Value reduced = *EdnReader("47619047618809523/2619").read();
  EXPECT_EQ(written, reduced);
  EXPECT_EQ(written.number(), reduced.number());
}

// Each discard that is malformed within another must not double the work, nor escape the limit of depth.
TEST(Edn, DiscardsThatAreMalformedOneWithinTheOtherAreReadOnce) {
  std::string text, discards;
  for (int i = 0; i < 100; ++i) text += "#_ {:a ";
  EXPECT_EQ(json_of(text + "]"), "e:1:701: expected a value, found ']'");
  for (int i = 0; i < 100'000; ++i) discards += "#_ ";
  EXPECT_EQ(json_of(discards), "e:1:387: forms are nested deeper than 128");
}

TEST(Edn, ANamespaceThatIsNoNameIsRefused) {
  EXPECT_EQ(json_of("#:index^{:m 1}"), "e:1:1: expected a namespace after '#:', found index^");
  EXPECT_EQ(json_of("#::here{:m 1}"), "e:1:1: expected a namespace after '#:', found :here");
  EXPECT_EQ(json_of("#:a/b{:m 1}"), "e:1:1: expected a namespace after '#:', found a/b");
  EXPECT_EQ(json_of("#:{:m 1}"), "e:1:1: expected a namespace after '#:', found ");
  EXPECT_EQ(json_of("#:a [:m 1]"), "e:1:5: expected '{' after #:a, found '['");
}

TEST(Edn, WhatStandsTwiceIsAnError) {
  EXPECT_EQ(json_of("{:a 1, :a 2}"), "e:1:2: :a is twice in a map");
  EXPECT_EQ(json_of("#{[1] 2 [1]}"), "e:1:3: [1] is twice in a set");
  EXPECT_EQ(json_of("{1 :a, 1N :b}"), "e:1:2: 1N is twice in a map") << "1 and 1N are equal";
}

TEST(Edn, ANumberTooSmallForADoubleIsZero) { EXPECT_EQ(json_of("[1e-999 -2.5e-400 1e-400M]"), "[0.0,-0.0,1e-400]"); }

TEST(Edn, NumbersThatClojureWouldReadOtherwiseAreRefused) {
  for (const std::string text :
       {"08", "1.5N", "1/0", "1/2/3", "0x", "0xG1", "37r1", "0xFFFFFFFFFFFFFFFF", "1e", "1_000", "1e999"})
    EXPECT_EQ(json_of(text).substr(0, 6), "e:1:1:") << text << " gave " << json_of(text);
}

std::string again(const std::string& edn) {
  auto value = EdnReader(edn).read();
  if (!value) return to_string(value.error(), "e");
  std::string out;
  append_edn(out, *value);
  return out;
}

TEST(Edn, EveryKindOfFormSurvivesTheRoundTrip) {
  for (const std::string text : {"nil",
                                 "true",
                                 "-7",
                                 "2.5",
                                 "1.0e+30",
                                 ":read",
                                 ":jepsen/final?",
                                 "symbol",
                                 "clojure.core/+",
                                 "\"text\"",
                                 "\\a",
                                 "\\newline",
                                 "\\ä",
                                 "\\u0000",
                                 "[1 [2] []]",
                                 "(1 2)",
                                 "#{1 2 :a}",
                                 "#{}",
                                 "{:a 1, :b {:c nil}}",
                                 "{\"not a name\" 1}",
                                 "{\"name\" 1}",
                                 "{1 2, [3] 4, \"1\" 5}",
                                 "#inst \"2026-01-01T00:00:00.000-00:00\"",
                                 "#jepsen.history.Op {:f :read}",
                                 "12345678901234567890123",
                                 "12345678901234567890123N",
                                 "7N",
                                 "1.5M",
                                 "22/7",
                                 "-1/3",
                                 "##Inf",
                                 "##-Inf"}) {
    if (text == "12345678901234567890123") {
      EXPECT_EQ(again(text), text + "N") << "an integer beyond 64 bits is Clojure's BigInt";
    } else if (text == "1.0e+30") {
      EXPECT_EQ(again(text), "1e+30");
    } else {
      EXPECT_EQ(again(text), text);
    }
  }
  EXPECT_EQ(again("##NaN"), "##NaN");
  EXPECT_EQ(again("4/2"), "2");
  EXPECT_EQ(again("6/4"), "3/2");
  EXPECT_EQ(again("\\u00e4"), "\\ä");
  EXPECT_EQ(again("#:jepsen{:a 1, :b/c 2}"), "{:jepsen/a 1, :b/c 2}");
  EXPECT_EQ(again("#{3 1 2}"), "#{1 2 3}") << "a set has no order";
}

TEST(Edn, CheckersSeeThePlainValueBehindANotation) {
  EXPECT_EQ(EdnReader(":read").read()->string(), "read");
  EXPECT_EQ(EdnReader("#{2 1}").read()->list().size(), 2u);
  EXPECT_EQ(EdnReader("7N").read()->integer(), 7);
  EXPECT_EQ(EdnReader("1/4").read()->number(), 0.25);
  EXPECT_EQ((*EdnReader("{1 :a}").read())["1"].string(), "a");
  EXPECT_EQ(EdnReader("#inst \"x\"").read()->string(), "x");
  EXPECT_EQ(json_of("[22/7 12345678901234567890123 1.50M]"), "[\"22/7\",12345678901234567890123,1.5]");
}

bool equal(const std::string& a, const std::string& b) {
  const Value left = *EdnReader(a).read(), right = *EdnReader(b).read();
  EXPECT_EQ(left == right, canonical_text(left) == canonical_text(right)) << a << " and " << b;
  return left == right;
}

TEST(Edn, ValuesAreEqualWhereClojureSaysSo) {
  EXPECT_TRUE(equal("{:a 1, :b 2}", "{:b 2, :a 1}"));
  EXPECT_TRUE(equal("#{1 2}", "#{2 1}"));
  EXPECT_TRUE(equal("(1 2)", "[1 2]"));
  EXPECT_TRUE(equal("5", "5N"));
  EXPECT_TRUE(equal("2/4", "1/2"));
  EXPECT_FALSE(equal(":a", "\"a\""));
  EXPECT_FALSE(equal("a", ":a"));
  EXPECT_FALSE(equal("#{1}", "[1]"));
  EXPECT_FALSE(equal("1.0", "1"));
  EXPECT_TRUE(equal("1.0M", "1.00M"));
  EXPECT_TRUE(equal("-1500M", "-1.5e+3M"));
  EXPECT_TRUE(equal("-0.00M", "0M"));
  EXPECT_FALSE(equal("1.0M", "1.01M"));
  EXPECT_FALSE(equal("1M", "1"));
  EXPECT_TRUE(equal("\\a", "\\u0061"));
  EXPECT_TRUE(equal("\\space", "\\u0020"));
  EXPECT_FALSE(equal("\\a", "\"a\""));
  EXPECT_TRUE(equal("0.0", "-0.0"));
  EXPECT_TRUE(equal("255", "0xFF"));
  EXPECT_TRUE(equal("[-15 10]", "[-017 2r1010]"));
  EXPECT_FALSE(equal("{1 2}", "{\"1\" 2}"));
  EXPECT_FALSE(equal("12345678901234567890123", "12345678901234567890124"));
  EXPECT_FALSE(equal("#a 1", "#b 1"));
  EXPECT_FALSE(equal("nil", "0"));
}

}  // namespace
}  // namespace checkers
