// JSON, one value from one line of text. Strict (RFC 8259), and fast: a history has millions of lines.
//
// What JSON leaves open: numbers with a fraction or an exponent are doubles, and refused where no double holds them;
// integers beyond 64 bits keep their digits (Notation::kNumber); a name that appears twice in an object is an error.
#pragma once

#include <string>
#include <string_view>

#include "checkers/value.h"

namespace checkers {

// A name that stands in `map` twice; data() is null if there is none.
std::string_view name_twice(const Map& map);

// The double nearest to a number in JSON's or EDN's notation: what is too small for any is 0, what is too large
// infinite.
double nearest_double(std::string_view number);

class JsonReader {
 public:
  explicit JsonReader(std::string_view text)
      : begin_(text.data()), next_(text.data()), end_(text.data() + text.size()) {}

  // Each reads what its name says from here on and returns false where it stands otherwise: then `reason()` says what
  // was expected, and `column()` where.
  bool read(Value& out);                 // any value
  bool string(std::string_view& out);    // valid until the next call, unless it points into the text
  bool integer(int64_t& out);            // of at most 64 bits
  bool expect(char c);                   // after space
  bool end();                            // nothing but space is left
  bool expected(std::string_view what);  // fails: something else was found

  // The next character after space, '\0' at the end.
  char peek() {
    while (next_ < end_ && (*next_ == ' ' || *next_ == '\t' || *next_ == '\r' || *next_ == '\n')) ++next_;
    return next_ < end_ ? *next_ : '\0';
  }
  // Consumes `c` if it is next.
  bool skip(char c) {
    if (next_ < end_ && *next_ == c) {
      ++next_;
      return true;
    }
    if (peek() != c || next_ == end_) return false;
    ++next_;
    return true;
  }
  size_t offset() const { return static_cast<size_t>(next_ - begin_); }
  void back_to(size_t offset) { next_ = begin_ + offset; }

  const std::string& reason() const { return reason_; }
  int64_t column() const { return static_cast<int64_t>(offset()) + 1; }
  // Was the error that the text is over?
  bool at_end() const { return next_ == end_; }

 private:
  bool read(Value& out, int depth);
  bool list(Value& out, int depth);
  bool map(Value& out, int depth);
  bool number(Value& out);
  bool word(std::string_view word, Value value, Value& out);
  bool escape(std::string& out);
  bool hex4(uint32_t& out);
  bool no_character();
  bool fail(std::string reason);
  std::string found() const;

  const char* const begin_;
  const char* next_;
  const char* const end_;
  std::string decoded_;  // a string that had escapes
  std::string reason_;
};

}  // namespace checkers
