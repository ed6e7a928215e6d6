#include "checkers/edn.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace checkers {
namespace {

// Deeper than any history; keeps a hostile file from exhausting the stack.
constexpr int kMaxDepth = 128;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',' || c == '\f'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool ends_token(char c) {
  return c == '\0' || is_space(c) || std::string_view("()[]{}\";").find(c) != std::string_view::npos;
}

std::string shown(char c) {
  if (c == '\0') return "the end of the file";
  if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F) {
    return fmt::format("byte 0x{:02x}", static_cast<unsigned char>(c));
  }
  return fmt::format("'{}'", c);
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// A map's key as text: strings and keywords as they are, everything else as it would be written in JSON.
std::string key_text(const Value& key) { return key.is_string() ? key.string() : to_json(key); }

}  // namespace

void EdnReader::advance() {
  if (at() == '\n') {
    ++line_;
    line_start_ = next_ + 1;
  }
  ++next_;
}

ReadError EdnReader::error(std::string reason) const {
  return {line_, static_cast<int64_t>(next_ - line_start_) + 1, std::move(reason)};
}

char EdnReader::peek() {
  for (;;) {
    while (next_ < text_.size() && is_space(at())) advance();
    if (at() == ';') {
      while (next_ < text_.size() && at() != '\n') advance();
    } else if (at() == '#' && at(1) == '_') {
      const EdnReader before = *this;
      next_ += 2;
      if (!read_form(0)) {
        *this = before;
        return '#';
      }
    } else {
      return at();
    }
  }
}

bool EdnReader::skip(char c) {
  if (peek() != c || next_ >= text_.size()) return false;
  advance();
  return true;
}

tl::expected<Value, ReadError> EdnReader::read() { return read_form(0); }

std::string_view EdnReader::token() {
  const size_t start = next_;
  while (next_ < text_.size() && !ends_token(at())) ++next_;
  return text_.substr(start, next_ - start);
}

EdnReader::Read EdnReader::read_form(int depth) {
  if (depth > kMaxDepth) return tl::unexpected(error(fmt::format("forms are nested deeper than {}", kMaxDepth)));
  const char c = peek();
  switch (c) {
    case '(':
      advance();
      return read_sequence(')', depth);
    case '[':
      advance();
      return read_sequence(']', depth);
    case '{':
      advance();
      return read_map(depth);
    case '"':
      advance();
      return read_string();
    case '\\':
      advance();
      return read_character();
    case '#':
      return read_dispatch(depth);
    case '^': {  // metadata says nothing about the value
      advance();
      if (auto metadata = read_form(depth + 1); !metadata) return metadata;
      return read_form(depth + 1);
    }
    case '\0':
    case ')':
    case ']':
    case '}':
      return tl::unexpected(error(fmt::format("expected a value, found {}", shown(c))));
    default:
      return read_atom();
  }
}

EdnReader::Read EdnReader::read_sequence(char close, int depth) {
  List elements;
  while (!skip(close)) {
    if (peek() == '\0') return tl::unexpected(error(fmt::format("expected '{}', found the end of the file", close)));
    auto element = read_form(depth + 1);
    if (!element) return element;
    elements.push_back(std::move(*element));
  }
  return Value(std::move(elements));
}

EdnReader::Read EdnReader::read_map(int depth) {
  Value map{Map{}};
  while (!skip('}')) {
    if (peek() == '\0') return tl::unexpected(error("expected '}', found the end of the file"));
    auto key = read_form(depth + 1);
    if (!key) return key;
    if (peek() == '}')
      return tl::unexpected(error(fmt::format("expected the value of {}, found '}}'", key_text(*key))));
    auto value = read_form(depth + 1);
    if (!value) return value;
    map.set(key_text(*key), std::move(*value));
  }
  return map;
}

tl::expected<uint32_t, ReadError> EdnReader::read_hex4() {
  uint32_t code = 0;
  const std::string_view digits = text_.substr(std::min(next_, text_.size()), 4);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  if (digits.size() != 4 || parsed.ptr != digits.data() + 4)
    return tl::unexpected(error("expected four hex digits after \\u"));
  next_ += 4;
  return code;
}

EdnReader::Read EdnReader::read_string() {
  std::string out;
  for (;;) {
    if (next_ >= text_.size()) return tl::unexpected(error("expected '\"', found the end of the file"));
    const char c = at();
    if (c == '"') {
      advance();
      return Value(std::move(out));
    }
    if (c != '\\') {
      out += c;
      advance();
      continue;
    }
    advance();
    const char escaped = at();
    switch (escaped) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case '"':
      case '\\':
      case '/':
        out += escaped;
        break;
      case 'u': {
        advance();
        auto code = read_hex4();
        if (!code) return tl::unexpected(code.error());
        if (*code >= 0xD800 && *code < 0xDC00 && at() == '\\' && at(1) == 'u') {  // a surrogate pair, as Java writes it
          next_ += 2;
          auto low = read_hex4();
          if (!low) return tl::unexpected(low.error());
          *code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
        }
        append_utf8(out, *code);
        continue;
      }
      default:
        return tl::unexpected(error(fmt::format("unknown escape: backslash and {}", shown(escaped))));
    }
    advance();
  }
}

EdnReader::Read EdnReader::read_character() {
  std::string name;
  if (at() != '\0') {  // the first character belongs to it whatever it is: `\(`
    name += at();
    advance();
  }
  name += token();
  if (name == "newline") return Value("\n");
  if (name == "space") return Value(" ");
  if (name == "tab") return Value("\t");
  if (name == "return") return Value("\r");
  if (name.empty()) return tl::unexpected(error("expected a character after the backslash"));
  return Value(std::move(name));
}

EdnReader::Read EdnReader::read_dispatch(int depth) {
  advance();  // '#'
  if (at() == '{') {
    advance();
    return read_sequence('}', depth);
  }
  if (at() == '#') {
    advance();
    const std::string_view name = token();
    if (name == "Inf") return Value(std::numeric_limits<double>::infinity());
    if (name == "-Inf") return Value(-std::numeric_limits<double>::infinity());
    if (name == "NaN") return Value(std::numeric_limits<double>::quiet_NaN());
    return tl::unexpected(error(fmt::format("expected ##Inf, ##-Inf or ##NaN, found ##{}", name)));
  }
  if (at() == '_') {  // peek() met a discard whose form is malformed
    advance();
    auto discarded = read_form(depth + 1);
    return discarded ? read_form(depth + 1) : discarded;
  }
  if (!is_letter(at())) return tl::unexpected(error(fmt::format("expected a tag after '#', found {}", shown(at()))));
  const std::string_view tag = token();
  if (peek() == '\0') return tl::unexpected(error(fmt::format("expected the value of tag #{}", tag)));
  return read_form(depth + 1);
}

EdnReader::Read EdnReader::read_atom() {
  const EdnReader start = *this;
  std::string_view text = token();
  if (text.empty()) return tl::unexpected(start.error(fmt::format("expected a value, found {}", shown(at()))));
  if (text == "nil") return Value();
  if (text == "true") return Value(true);
  if (text == "false") return Value(false);
  if (text[0] == ':') {
    if (text.size() == 1) return tl::unexpected(start.error("expected a name after ':'"));
    return Value(text.substr(1));
  }
  const bool number = is_digit(text[0]) || (text.size() > 1 && (text[0] == '-' || text[0] == '+') && is_digit(text[1]));
  if (!number) return Value(text);
  std::string_view digits = text[0] == '+' ? text.substr(1) : text;
  if (digits.back() == 'N' || digits.back() == 'M') digits.remove_suffix(1);
  const char* const end = digits.data() + digits.size();
  int64_t integer = 0;
  const auto as_integer = std::from_chars(digits.data(), end, integer);
  if (as_integer.ec == std::errc() && as_integer.ptr == end) return Value(integer);
  double real = 0;
  const auto as_real = std::from_chars(digits.data(), end, real);
  if (as_real.ec == std::errc() && as_real.ptr == end) return Value(real);
  return tl::unexpected(start.error(fmt::format("expected a number, found {}", text)));
}

void append_edn_keyword(std::string& out, std::string_view name) {
  bool simple = !name.empty() && is_letter(name[0]);
  for (const char c : name) {
    simple = simple && (is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '?' || c == '!');
  }
  if (simple) {
    out += ':';
    out += name;
  } else {
    append_json_string(out, name);
  }
}

void append_edn(std::string& out, const Value& value) {
  if (value.is_null()) {
    out += "nil";
  } else if (value.is_list()) {
    out += '[';
    bool first = true;
    for (const Value& element : value.list()) {
      if (!first) out += ' ';
      first = false;
      append_edn(out, element);
    }
    out += ']';
  } else if (value.is_map()) {
    out += '{';
    bool first = true;
    for (const auto& entry : value.map()) {
      if (!first) out += ", ";
      first = false;
      append_edn_keyword(out, entry.first);
      out += ' ';
      append_edn(out, entry.second);
    }
    out += '}';
  } else {
    append_json(out, value);  // scalars look the same in both
  }
}

}  // namespace checkers
