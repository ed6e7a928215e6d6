// A value in a history: what a client sent or saw. A small JSON-like tree of our own, so that histories in JSON and
// in EDN become the same thing, checkers need no parser, and a million operations fit in memory.
#pragma once

#include <cstdint>
#include <memory>
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
struct Notation;

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
  Value(Notation n);

  bool is_null() const { return is<std::monostate>(); }
  bool is_bool() const { return is<bool>(); }
  bool is_int() const { return is<int64_t>(); }
  bool is_double() const { return is<double>(); }
  bool is_string() const { return is<std::string>(); }
  bool is_list() const { return is<List>(); }
  bool is_map() const { return is<Map>(); }

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

  // How EDN wrote it, where JSON has no word for that; else null.
  const Notation* notation() const;

  // As Clojure's `=`: a keyword is no string and a set no list, whatever they look like to the accessors above; the
  // order of a map's entries does not count.
  friend bool operator==(const Value& a, const Value& b);

 private:
  template <typename T>
  bool is() const {
    return std::holds_alternative<T>(v_) || (notation() != nullptr && plain_is<T>());
  }
  template <typename T>
  bool plain_is() const;
  template <typename T>
  const T& get() const;

  std::variant<std::monostate, bool, int64_t, double, std::string, List, Map, std::shared_ptr<const Notation>> v_;
};

// What is in a file of EDN and not in JSON. Checkers see the plain value; writers of EDN write it as it was.
struct Notation {
  enum class Kind {
    kKeyword,    // :read, plain: its name
    kSymbol,     // read, plain: its name
    kCharacter,  // \a, plain: the character
    kNumber,     // 3N, 1.5M, 1/3, and integers beyond 64 bits: `text`; plain: an integer where it fits, else a double
    kSequence,   // (1 2), plain: the list
    kSet,        // #{1 2}, plain: the list in an order that equal sets share
    kMap,        // a map whose keys are not all names: `keys`; plain: the map with each key as text
    kTag,        // #inst "2026-01-01": `text` is the tag; plain: what it stands before
  };
  Kind kind;
  std::string text;
  Value plain;
  List keys;
};

// Compact JSON, one line, keys in their order. Always well-formed UTF-8: a byte that belongs to no character is written
// as the code point of its number. A double that is not finite becomes null, a ratio a string.
void append_json(std::string& out, const Value& value);
void append_json_string(std::string& out, std::string_view text);
void append_json_integer(std::string& out, int64_t integer);
std::string to_json(const Value& value);

}  // namespace checkers
