// EDN, the notation of Clojure's data, as far as Jepsen's histories use it: to Value and back. Used by the readers and
// writers of histories.
//
// Nothing is lost on the way: what is neither JSON nor a map of names is a Value with a Notation (value.h). Read as
// well: comments, `#_ discarded`, ^{:meta "data"} (dropped), ##Inf, #:ns{:maps "of a namespace"}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "checkers/history_file.h"
#include "checkers/value.h"

namespace checkers {

class EdnReader {
 public:
  // UTF-8. `first_line`: number of the text's first line, where it is a part of a file. Reading begins at `offset` in
  // that line.
  explicit EdnReader(std::string_view text, int64_t first_line = 1, size_t offset = 0)
      : text_(text), next_(offset), line_(first_line) {}

  // The next character that is neither space, comma, comment nor discarded (`#_ form`), or '\0' at the end.
  // Malformed text after `#_` is left in place; read() then reports it.
  char peek() {
    const char c = at();
    return c > ' ' && c != ',' && c != ';' && c != '#' ? c : peek_beyond();
  }
  // Consumes `c` if it is next.
  bool skip(char c);
  tl::expected<Value, ReadError> read();
  // The way of nearly all values: integers, nil, true, false, and vectors of these. False if the next one is anything
  // else; then nothing is consumed.
  bool read_plain(Value& out);
  bool at_end() const { return next_ >= text_.size(); }
  // If a well-formed keyword is next: its name, a part of the text. Else null, and it stays where it is.
  std::optional<std::string_view> keyword();
  // Consumes a tag (`#jepsen.history.Op`) if it is next.
  void skip_tag();
  // Where the next character stands, counted from 1.
  int64_t line() const { return line_; }
  // In the text: where the line begins, and the next character.
  size_t line_start() const { return line_start_; }
  size_t offset() const { return next_; }
  ReadError error(std::string reason) const;

 private:
  using Read = tl::expected<Value, ReadError>;

  char at(size_t offset = 0) const { return next_ + offset < text_.size() ? text_[next_ + offset] : '\0'; }
  void advance();
  char peek_beyond();
  std::string_view token();
  bool read_plain_atom(Value& out);
  bool read_plain_vector(Value& out, int levels);
  Read read_form();
  Read read_form_here();
  Read read_sequence(char close);
  Read read_set();
  Read read_map(std::string_view keywords_in = {});
  Read read_string();
  Read read_character();
  Read read_dispatch();
  Read read_atom();
  tl::expected<uint32_t, ReadError> read_hex4();

  std::string_view text_;
  size_t next_ = 0;
  int64_t line_ = 1;
  size_t line_start_ = 0;
  int depth_ = 0;  // of the forms being read, those that are discarded among them
  // The last `#_` whose form is malformed, and why: every peek() comes to it again, and it must not be read each time.
  size_t broken_discard_ = std::string_view::npos;
  ReadError why_broken_;
};

// A number as EDN writes it ("-1", "2.5e3", "1/3", "7N"), or null if `text` is none. Ratios are reduced.
Value edn_number(std::string_view text);

// On one line. Keys of maps are written as keywords where they can be (`:item`), else as strings.
void append_edn(std::string& out, const Value& value);
void append_edn_keyword(std::string& out, std::string_view name);

// The same text for values that are equal, and for no others.
std::string canonical_text(const Value& value);

// Can `name` be a keyword that reads back as itself?
bool is_edn_name(std::string_view name);

}  // namespace checkers
