#include "checkers/value.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace checkers {
namespace {

TEST(Value, AccessorsOfAnotherKindAreNeutral) {
  const Value text("x");
  EXPECT_EQ(text.integer(), 0);
  EXPECT_FALSE(text.boolean());
  EXPECT_TRUE(text.list().empty());
  EXPECT_TRUE(text["field"].is_null());
  EXPECT_EQ(Value(3).string(), "");
  EXPECT_EQ(Value(3).number(), 3.0);
}

TEST(Value, SetReplacesInPlaceAndKeepsTheOrder) {
  Value map;
  map.set("b", 1);
  map.set("a", 2);
  map.set("b", 3);
  EXPECT_EQ(to_json(map), R"({"b":3,"a":2})");
}

TEST(Value, JsonOfEveryKind) {
  Value map;
  map.set("list", List{Value(), Value(true), Value(int64_t{-7}), Value(0.5), Value(3.0), Value("x")});
  map.set("empty", Map{});
  EXPECT_EQ(to_json(map), R"({"list":[null,true,-7,0.5,3.0,"x"],"empty":{}})");
  EXPECT_EQ(to_json(Value(std::numeric_limits<int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(to_json(Value(std::numeric_limits<double>::infinity())), "null");
}

TEST(Value, JsonEscapesWhatMustBeAndKeepsTextReadable) {
  EXPECT_EQ(to_json(Value(std::string("a\"b\\c\n\t\x01"))), R"("a\"b\\c\n\t\u0001")");
  EXPECT_EQ(to_json(Value("Käse 🧀")), "\"Käse 🧀\"");
}

// Keys and values are bytes to a store; a history must stay readable by every JSON parser.
TEST(Value, JsonOfArbitraryBytesIsAlwaysWellFormed) {
  const char* broken[] = {"\xff",   "\xc0\x80",     "\xe2\x82",    "\xed\xa0\x80", "\xf5\x80\x80\x80",
                          "ok\x80", "\xf0\x9f\xa7", "\xe0\x80\x80"};
  for (const char* bytes : broken) {
    const std::string json = to_json(Value(std::string(bytes)));
    EXPECT_TRUE(nlohmann::json::accept(json)) << json;
  }
  EXPECT_EQ(to_json(Value(std::string("\xff"))), "\"\\u00ff\"");
}

}  // namespace
}  // namespace checkers
