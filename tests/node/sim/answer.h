// A node's reply to a client, taken apart, or the lack of one.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace node::sim {

struct Answer {
  // kNone: the connection broke or the time was up before a reply came.
  enum class Kind { kNone, kStatus, kError, kInteger, kBulk, kNull, kArray };
  Kind kind = Kind::kNone;
  std::string text;  // status, error, bulk
  int64_t number = 0;
  std::vector<Answer> elements;

  bool none() const { return kind == Kind::kNone; }
  bool error() const { return kind == Kind::kError; }
  bool ok() const { return !none() && !error(); }
  bool null() const { return kind == Kind::kNull; }
  // An error with this prefix: "UNAVAIL".
  bool is(std::string_view prefix) const;
  // Nobody can say whether it happened.
  bool unknown() const { return none() || is("TIMEOUT"); }
  // Of an array: the texts of its elements from `first` on.
  std::vector<std::string> texts(size_t first = 0) const;

  friend bool operator==(const Answer&, const Answer&) = default;
  friend bool operator==(const Answer& answer, std::string_view expected) {
    return (answer.kind == Kind::kBulk || answer.kind == Kind::kStatus) && answer.text == expected;
  }
  friend bool operator==(const Answer& answer, int64_t expected) {
    return answer.kind == Kind::kInteger && answer.number == expected;
  }
};

// The text must be exactly one RESP reply; anything else is an Answer of kind kNone.
Answer parse_answer(std::string_view resp);
// As redis-cli prints it.
std::ostream& operator<<(std::ostream& out, const Answer& answer);

}  // namespace node::sim
