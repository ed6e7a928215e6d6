// EDN, the notation of Clojure's data, as far as Jepsen's histories use it: to Value and back. Used by the history
// files only.
//
// Keywords and symbols become strings without their colon; sets and lists become lists; keys of maps become strings;
// a tag (`#jepsen.history.Op{…}`, `#inst "…"`) is dropped and its value kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "checkers/history_file.h"
#include "checkers/value.h"

namespace checkers {

class EdnReader {
 public:
  explicit EdnReader(std::string_view text) : text_(text) {}

  // The next character that is neither space, comma, comment nor discarded (`#_ form`), or '\0' at the end.
  // Malformed text after `#_` is left in place; read() then reports it.
  char peek();
  // Consumes `c` if it is next.
  bool skip(char c);
  tl::expected<Value, ReadError> read();
  // Where the next character stands, counted from 1.
  int64_t line() const { return line_; }
  ReadError error(std::string reason) const;

 private:
  using Read = tl::expected<Value, ReadError>;

  char at(size_t offset = 0) const { return next_ + offset < text_.size() ? text_[next_ + offset] : '\0'; }
  void advance();
  std::string_view token();
  Read read_form(int depth);
  Read read_sequence(char close, int depth);
  Read read_map(int depth);
  Read read_string();
  Read read_character();
  Read read_dispatch(int depth);
  Read read_atom();
  tl::expected<uint32_t, ReadError> read_hex4();

  std::string_view text_;
  size_t next_ = 0;
  int64_t line_ = 1;
  size_t line_start_ = 0;
};

// On one line. Keys of maps are written as keywords where they can be (`:item`), else as strings.
void append_edn(std::string& out, const Value& value);
void append_edn_keyword(std::string& out, std::string_view name);

}  // namespace checkers
