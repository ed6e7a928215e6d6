// Where people read: a stream, and what it can show. Colours only on a terminal, and not where NO_COLOR is set
// (no-color.org) or TERM is dumb.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace harness {

enum class Colour { kNone, kBold, kDim, kGreen, kRed, kYellow, kCyan };

class Terminal {
 public:
  explicit Terminal(std::FILE* stream);
  // For tests.
  Terminal(std::FILE* stream, bool interactive, bool colours)
      : stream_(stream), interactive_(interactive), colours_(colours) {}

  bool interactive() const { return interactive_; }
  int columns() const;  // of the window now; kTextColumns if it is none
  void print(std::string_view text);
  void print_line(std::string_view text);

  // `text` in a colour, or as it is.
  std::string paint(Colour colour, std::string_view text) const;

  static constexpr int kTextColumns = 100;

 private:
  std::FILE* stream_;
  bool interactive_;
  bool colours_;
};

// Columns that a text takes: UTF-8 characters, colours not counted.
int width_of(std::string_view text);
// Filled with spaces on the right (left) to `width` columns.
std::string pad(std::string_view text, int width);
std::string pad_left(std::string_view text, int width);
// Cut to `width` columns, with "…" at the end if something is missing. Plain text only.
std::string clip(std::string_view text, int width);
// Words in lines of at most `width` columns; every line but the first begins with `indent` spaces. Line breaks in the
// text stay.
std::string wrap(std::string_view text, int indent, int width = Terminal::kTextColumns);

}  // namespace harness
