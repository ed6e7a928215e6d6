#include "harness/report/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string>

namespace harness {

namespace {

bool wants_colours(bool interactive) {
  const char* no_color = getenv("NO_COLOR");
  if (!interactive || (no_color != nullptr && *no_color != '\0')) return false;
  const char* term = getenv("TERM");
  return term != nullptr && std::string_view(term) != "dumb";
}

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kBold:
      return "\x1b[1m";
    case Colour::kDim:
      return "\x1b[2m";
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kRed:
      return "\x1b[1;31m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kCyan:
      return "\x1b[36m";
  }
  return "";
}

bool starts_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

// Bytes of the escape sequence at the beginning of `text`, 0 if there is none.
size_t escape_length(std::string_view text) {
  if (text.size() < 2 || text[0] != '\x1b' || text[1] != '[') return 0;
  size_t end = text.find('m');
  return end == std::string_view::npos ? 0 : end + 1;
}

void wrap_line(std::string& out, std::string_view line, int indent, int width, int& column) {
  // A list item's or paragraph's own indentation is kept for its further lines.
  size_t own = line.find_first_not_of(' ');
  if (own == std::string_view::npos) own = line.size();
  out.append(own, ' ');
  column += static_cast<int>(own);
  line.remove_prefix(own);
  bool first_word = true;
  while (!line.empty()) {
    size_t end = line.find(' ');
    std::string_view word = line.substr(0, end);
    int length = width_of(word);
    if (!first_word && column + 1 + length > width) {
      out += '\n';
      out.append(static_cast<size_t>(indent) + own, ' ');
      column = indent + static_cast<int>(own);
    } else if (!first_word) {
      out += ' ';
      ++column;
    }
    out += word;
    column += length;
    first_word = false;
    line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
  }
}

}  // namespace

Terminal::Terminal(std::FILE* stream)
    : stream_(stream), interactive_(isatty(fileno(stream)) == 1), colours_(wants_colours(interactive_)) {}

int Terminal::columns() const {
  winsize size{};
  if (ioctl(fileno(stream_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kTextColumns;
}

void Terminal::print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);
}

void Terminal::print_line(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fputc('\n', stream_);
  std::fflush(stream_);
}

std::string Terminal::paint(Colour colour, std::string_view text) const {
  if (!colours_ || colour == Colour::kNone) return std::string(text);
  return std::string(code_of(colour)) + std::string(text) + "\x1b[0m";
}

int width_of(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    if (size_t escape = escape_length(text); escape > 0) {
      text.remove_prefix(escape);
      continue;
    }
    if (starts_character(text[0])) ++width;
    text.remove_prefix(1);
  }
  return width;
}

std::string pad(std::string_view text, int width) {
  std::string out(text);
  int missing = width - width_of(text);
  if (missing > 0) out.append(static_cast<size_t>(missing), ' ');
  return out;
}

std::string pad_left(std::string_view text, int width) {
  int missing = width - width_of(text);
  return std::string(missing > 0 ? static_cast<size_t>(missing) : 0, ' ') + std::string(text);
}

std::string clip(std::string_view text, int width) {
  if (width_of(text) <= width) return std::string(text);
  std::string out;
  int kept = 0;
  for (char byte : text) {
    if (starts_character(byte) && kept++ >= width - 1) break;
    out += byte;
  }
  return out + "…";
}

std::string wrap(std::string_view text, int indent, int width) {
  std::string out;
  int column = indent;
  while (true) {
    size_t end = text.find('\n');
    wrap_line(out, text.substr(0, end), indent, width, column);
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
    out += '\n';
    if (!text.empty()) out.append(static_cast<size_t>(indent), ' ');
    column = indent;
  }
}

}  // namespace harness
