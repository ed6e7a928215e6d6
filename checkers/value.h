// A value in a history: what a client sent or saw. A small JSON-like tree of our own, so that histories in JSON and
// in EDN become the same thing, checkers need no parser, and a million operations fit in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace checkers {

class Value;
using List = std::vector<Value>;
// Keeps the order of insertion; keys are unique. Lookup is linear: maps here have a handful of entries.
using Map = std::vector<std::pair<std::string, Value>>;

class Value {
 public:
  Value() = default;  // null
  Value(bool b) : v_(b) {}
  Value(int i) : v_(static_cast<int64_t>(i)) {}
  Value(int64_t i) : v_(i) {}
  Value(double d) : v_(d) {}
  Value(const char* s) : v_(std::string(s)) {}
  Value(std::string s) : v_(std::move(s)) {}
  Value(std::string_view s) : v_(std::string(s)) {}
  Value(List l) : v_(std::move(l)) {}
  Value(Map m) : v_(std::move(m)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(v_); }
  bool is_bool() const { return std::holds_alternative<bool>(v_); }
  bool is_int() const { return std::holds_alternative<int64_t>(v_); }
  bool is_double() const { return std::holds_alternative<double>(v_); }
  bool is_string() const { return std::holds_alternative<std::string>(v_); }
  bool is_list() const { return std::holds_alternative<List>(v_); }
  bool is_map() const { return std::holds_alternative<Map>(v_); }

  // Each accessor returns a neutral value (false, 0, empty) when the kind is another: readers check the kind once,
  // where a file is parsed, and checkers need not.
  bool boolean() const;
  int64_t integer() const;
  double number() const;  // integers too
  const std::string& string() const;
  const List& list() const;
  const Map& map() const;

  // Field of a map, or null. `set` replaces or appends and turns null into a map.
  const Value& operator[](std::string_view field) const;
  Value& set(std::string_view field, Value value);
  // Moves the entries of a map out, which leaves null; empty if this is no map.
  Map take_map();

  friend bool operator==(const Value&, const Value&) = default;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, List, Map> v_;
};

// Compact JSON, one line, keys in their order. Always well-formed UTF-8: a byte that belongs to no character is written
// as the code point of its number. A double that is not finite becomes null.
void append_json(std::string& out, const Value& value);
void append_json_string(std::string& out, std::string_view text);
void append_json_integer(std::string& out, int64_t integer);
std::string to_json(const Value& value);

}  // namespace checkers
