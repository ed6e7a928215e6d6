// Strict: what Clojure's reader refuses is refused, or no such value was ever written down.
#include "checkers/formats/edn.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>

#include "checkers/formats/characters.h"
#include "checkers/formats/json.h"
#include "checkers/utf8.h"

namespace checkers {
namespace {

// Deeper than any history; keeps a hostile file from exhausting the stack.
constexpr int kMaxFormDepth = 128;
constexpr int kPlainLevels = 3;  // of vectors in vectors that are read the short way: [key [old new]]

// What each byte may be. Bytes of other scripts' letters may stand in symbols.
enum Role : uint8_t { kBlank = 1, kEnd = 2, kSymbol = 4 };
constexpr std::array<uint8_t, 256> kRoles = [] {
  std::array<uint8_t, 256> roles{};
  for (const char c : std::string_view(" \n\r\t,\f")) roles[static_cast<unsigned char>(c)] = kBlank | kEnd;
  for (const char c : std::string_view("()[]{}\";")) roles[static_cast<unsigned char>(c)] = kEnd;
  roles[0] = kEnd;
  for (size_t c = 1; c < 256; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
    if (letter || std::string_view(".*+!-_?$%&=<>/:#'|").find(static_cast<char>(c)) != std::string_view::npos)
      roles[c] |= kSymbol;
  }
  return roles;
}();
bool has_role(char c, Role role) { return (kRoles[static_cast<unsigned char>(c)] & role) != 0; }
bool is_space(char c) { return has_role(c, kBlank); }
bool ends_token(char c) { return has_role(c, kEnd); }
bool is_symbol_char(char c) { return has_role(c, kSymbol); }

std::string shown(char c) {
  if (c == '\0') return "the end of the file";
  if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F) {
    return fmt::format("byte 0x{:02x}", static_cast<unsigned char>(c));
  }
  return fmt::format("'{}'", c);
}

// A map's key as text: strings and names as they are, everything else as it is written.
std::string key_text(const Value& key) {
  if (key.is_string()) return key.string();
  std::string text;
  append_edn(text, key);
  return text;
}

bool is_keyword(const Value& value) {
  return value.notation() != nullptr && value.notation()->kind == Notation::Kind::kKeyword;
}

// Would the writer write the key of this text as this key?
bool is_plain_key(const Value& key) {
  if (is_keyword(key)) return is_edn_name(key.string());
  return key.notation() == nullptr && key.is_string() && !is_edn_name(key.string());
}

// The first of `values` that stands there twice, or null.
const Value* find_twice(const List& values) {
  if (values.size() <= 8) {  // most maps
    for (size_t i = 1; i < values.size(); ++i) {
      const auto end = values.begin() + static_cast<ptrdiff_t>(i);
      if (std::find(values.begin(), end, values[i]) != end) return &values[i];
    }
    return nullptr;
  }
  std::vector<std::pair<std::string, const Value*>> texts;
  texts.reserve(values.size());
  for (const Value& value : values) texts.emplace_back(canonical_text(value), &value);
  std::sort(texts.begin(), texts.end());
  const auto twice =
      std::adjacent_find(texts.begin(), texts.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  return twice != texts.end() ? twice->second : nullptr;
}

std::string shown(const Value& value) {
  std::string text;
  append_edn(text, value);
  return text;
}

// Of `#:space{…}`: a name that can stand before each key.
bool is_namespace(std::string_view space) {
  return !space.empty() && space[0] != ':' && space.find('/') == std::string_view::npos &&
         std::all_of(space.begin(), space.end(), is_symbol_char);
}

Value name(Notation::Kind kind, std::string_view text) { return Value(Notation{kind, {}, Value(text), {}}); }

std::string_view take_digits(std::string_view& text) {
  size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  const std::string_view digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

bool to_integer(std::string_view digits, int64_t& out) {
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
}

Value number(std::string text, Value plain) {
  return Value(Notation{Notation::Kind::kNumber, std::move(text), std::move(plain), {}});
}

// A decimal number of any length, in the one way that equal ones share: 1.50 and 15e-1 are 1.5.
std::string shortest_decimal(const std::string& written) {
  std::string_view text = written;
  constexpr int64_t kMostZeros = 18;  // that are written out
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::string digits(take_digits(text));
  int64_t exponent = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::string_view fraction = take_digits(text);
    digits += fraction;
    exponent = -static_cast<int64_t>(fraction.size());
  }
  if (!text.empty()) {
    int64_t power = 0;
    text.remove_prefix(text.starts_with("e+") ? 2 : 1);
    if (!to_integer(text, power) || std::abs(power) > std::numeric_limits<int32_t>::max()) return written;
    exponent += power;
  }
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return "0";
  const size_t zeros = digits.size() - digits.find_last_not_of('0') - 1;
  digits.resize(digits.size() - zeros);
  exponent += static_cast<int64_t>(zeros);
  if (exponent >= 0 && exponent <= kMostZeros) {
    digits.append(static_cast<size_t>(exponent), '0');
  } else if (exponent < 0 && exponent >= -kMostZeros) {
    const auto places = static_cast<size_t>(-exponent);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
  } else {
    digits += fmt::format("e{}", exponent);
  }
  return negative ? '-' + digits : digits;
}

// 0xFF, 017 and 2r1010, as Clojure reads them; null if it is none of these, or beyond 64 bits.
Value integer_of_a_base(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  int base = 8;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (const size_t r = text.find_first_of("rR"); r != std::string_view::npos) {
    if (r == 0 || r > 2 || !is_digit(text[r - 1])) return {};
    base = text[r - 1] - '0' + (r == 2 ? 10 * (text[0] - '0') : 0);
    if (text[0] == '0' || !is_digit(text[0]) || base < 2 || base > 36) return {};
    text.remove_prefix(r + 1);
  }
  uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
  const bool whole = !text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (!whole || number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return {};
  return negative ? -static_cast<int64_t>(number) : static_cast<int64_t>(number);
}

Value ratio(std::string_view above, std::string_view below) {
  int64_t n = 0, d = 0;
  if (!to_integer(above, n) || !to_integer(below, d) || n == std::numeric_limits<int64_t>::min())
    return number(fmt::format("{}/{}", above, below), Value(nearest_double(above) / nearest_double(below)));
  const int64_t common = std::gcd(n, d);
  n /= common;
  d /= common;
  if (d == 1) return Value(n);
  return number(fmt::format("{}/{}", n, d), Value(static_cast<double>(n) / static_cast<double>(d)));
}

}  // namespace

Value edn_number(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  const std::string_view whole = text;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  const std::string_view integer = take_digits(text);
  const char after = text.empty() ? '\0' : text[0];
  if ((integer.size() > 1 && integer[0] == '0') || after == 'x' || after == 'X' || after == 'r' || after == 'R')
    return integer_of_a_base(whole);
  if (integer.empty()) return {};
  const std::string_view above = whole.substr(0, integer.size() + (negative ? 1 : 0));
  int64_t small = 0;
  const bool fits = to_integer(above, small);
  const Value plain = fits ? Value(small) : Value(nearest_double(above));
  if (text.empty()) return fits ? plain : number(std::string(above) + "N", plain);
  if (text == "N") return number(std::string(whole), plain);
  if (text[0] == '/') {
    text.remove_prefix(1);
    const std::string_view below = take_digits(text);
    if (below.empty() || below[0] == '0' || !text.empty()) return Value();
    return ratio(above, below);
  }
  std::string digits(above);
  if (text[0] == '.') {
    text.remove_prefix(1);
    const std::string_view fraction = take_digits(text);
    (digits += '.') += fraction.empty() ? "0" : fraction;
  }
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    digits += 'e';
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
      digits += text[0];
      text.remove_prefix(1);
    }
    const std::string_view exponent = take_digits(text);
    if (exponent.empty()) return Value();
    digits += exponent;
  }
  if (text == "M") return number(shortest_decimal(digits) + "M", Value(nearest_double(digits)));
  const double real = nearest_double(digits);
  if (!text.empty() || std::isinf(real)) return Value();
  return Value(real);
}

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

char EdnReader::peek_beyond() {
  for (;;) {
    while (next_ < text_.size() && is_space(at())) advance();
    if (at() == ';') {
      while (next_ < text_.size() && at() != '\n') advance();
    } else if (at() == '#' && at(1) == '_') {
      if (next_ == broken_discard_) return '#';
      const std::tuple before(next_, line_, line_start_);
      next_ += 2;
      if (auto discarded = read_form(); !discarded) {
        std::tie(next_, line_, line_start_) = before;
        broken_discard_ = next_;
        why_broken_ = std::move(discarded.error());
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

std::optional<std::string_view> EdnReader::keyword() {
  if (peek() != ':') return std::nullopt;
  size_t end = next_ + 1;
  while (end < text_.size() && is_symbol_char(text_[end])) ++end;
  const std::string_view name = text_.substr(next_ + 1, end - next_ - 1);
  if (name.empty() || name[0] == ':' || (end < text_.size() && !ends_token(text_[end]))) return std::nullopt;
  next_ = end;
  return name;
}

void EdnReader::skip_tag() {
  if (peek() != '#' || !is_letter(at(1))) return;
  const size_t start = next_++;
  const std::string_view name = token();
  if (!std::all_of(name.begin(), name.end(), is_symbol_char)) next_ = start;
}

tl::expected<Value, ReadError> EdnReader::read() { return read_form(); }

bool EdnReader::read_plain(Value& out) {
  return peek() == '[' ? read_plain_vector(out, kPlainLevels) : read_plain_atom(out);
}

bool EdnReader::read_plain_atom(Value& out) {
  const std::string_view rest = text_.substr(next_);
  const auto ends_at = [&](size_t length) { return length == rest.size() || ends_token(rest[length]); };
  const char first = at();
  if (first == 'n' || first == 't' || first == 'f') {
    const std::string_view word = first == 'n' ? "nil" : first == 't' ? "true" : "false";
    if (!rest.starts_with(word) || !ends_at(word.size())) return false;
    out = first == 'n' ? Value() : Value(first == 't');
    next_ += word.size();
    return true;
  }
  constexpr size_t kMostDigits = 18;  // so many always fit
  const size_t start = first == '-' ? 1 : 0;
  size_t end = start;
  int64_t number = 0;
  for (; end < rest.size() && is_digit(rest[end]) && end < start + kMostDigits; ++end) {
    number = 10 * number + (rest[end] - '0');
  }
  if (end == start || !ends_at(end) || (rest[start] == '0' && end > start + 1)) return false;
  out = Value(first == '-' ? -number : number);
  next_ += end;
  return true;
}

bool EdnReader::read_plain_vector(Value& out, int levels) {
  if (levels == 0) return false;
  const size_t start = next_++;
  List list;
  list.reserve(2);
  for (;;) {
    while (at() == ' ' || at() == ',') ++next_;
    if (at() == ']') break;
    if (!(at() == '[' ? read_plain_vector(list.emplace_back(), levels - 1) : read_plain_atom(list.emplace_back()))) {
      next_ = start;
      return false;
    }
  }
  ++next_;
  out = Value(std::move(list));
  return true;
}

std::string_view EdnReader::token() {
  const size_t start = next_;
  while (next_ < text_.size() && !ends_token(at())) ++next_;
  return text_.substr(start, next_ - start);
}

EdnReader::Read EdnReader::read_form() {
  if (depth_ > kMaxFormDepth)
    return tl::unexpected(error(fmt::format("forms are nested deeper than {}", kMaxFormDepth)));
  ++depth_;
  auto value = read_form_here();
  --depth_;
  return value;
}

EdnReader::Read EdnReader::read_form_here() {
  const char c = peek();
  if (Value value; depth_ + kPlainLevels <= kMaxFormDepth && read_plain(value)) return value;
  switch (c) {
    case '(':
      advance();
      return read_sequence(')');
    case '[':
      advance();
      return read_sequence(']');
    case '{':
      advance();
      return read_map();
    case '"':
      advance();
      return read_string();
    case '\\':
      advance();
      return read_character();
    case '#':
      return read_dispatch();
    case '^': {  // metadata says nothing about the value
      advance();
      if (auto metadata = read_form(); !metadata) return metadata;
      return read_form();
    }
    case '\0':
    case ')':
    case ']':
    case '}':
      return tl::unexpected(
          error(fmt::format("expected a value, found {}", c == '\0' && !at_end() ? "byte 0x00" : shown(c))));
    default:
      return read_atom();
  }
}

EdnReader::Read EdnReader::read_sequence(char close) {
  List list;
  while (!skip(close)) {
    if (peek() == '\0' && next_ >= text_.size())
      return tl::unexpected(error(fmt::format("expected '{}', found the end of the file", close)));
    auto element = read_form();
    if (!element) return element;
    list.push_back(std::move(*element));
  }
  if (close == ')') return Value(Notation{Notation::Kind::kSequence, {}, Value(std::move(list)), {}});
  return Value(std::move(list));
}

EdnReader::Read EdnReader::read_set() {
  const ReadError start = error("");
  auto elements = read_sequence('}');
  if (!elements) return elements;
  std::vector<std::pair<std::string, Value>> sorted;
  for (const Value& element : elements->list()) sorted.emplace_back(canonical_text(element), element);
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  List list;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && sorted[i].first == sorted[i - 1].first) {
      return tl::unexpected(
          ReadError{start.line, start.column, fmt::format("{} is twice in a set", shown(sorted[i].second))});
    }
    list.push_back(std::move(sorted[i].second));
  }
  return Value(Notation{Notation::Kind::kSet, {}, Value(std::move(list)), {}});
}

EdnReader::Read EdnReader::read_map(std::string_view keywords_in) {
  const ReadError start = error("");
  List keys, values;
  bool plain_keys = true;
  while (!skip('}')) {
    if (peek() == '\0' && next_ >= text_.size())
      return tl::unexpected(error("expected '}', found the end of the file"));
    auto key = read_form();
    if (!key) return key;
    if (is_keyword(*key) && !keywords_in.empty() && key->string().find('/') == std::string::npos)
      key = name(Notation::Kind::kKeyword, fmt::format("{}/{}", keywords_in, key->string()));
    if (peek() == '}') return tl::unexpected(error(fmt::format("expected the value of {}, found '}}'", shown(*key))));
    auto value = read_form();
    if (!value) return value;
    plain_keys = plain_keys && is_plain_key(*key);
    keys.push_back(std::move(*key));
    values.push_back(std::move(*value));
  }
  if (const Value* twice = find_twice(keys))
    return tl::unexpected(ReadError{start.line, start.column, fmt::format("{} is twice in a map", shown(*twice))});
  Map map;
  map.reserve(keys.size());
  std::set<std::string> texts;
  for (size_t i = 0; i < keys.size(); ++i) {
    std::string text = key_text(keys[i]);
    while (!plain_keys && !texts.insert(text).second) text += '\'';  // 1 and "1" are two keys
    map.emplace_back(std::move(text), std::move(values[i]));
  }
  if (plain_keys) return Value(std::move(map));
  return Value(Notation{Notation::Kind::kMap, {}, Value(std::move(map)), std::move(keys)});
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
          if (*low < 0xDC00 || *low > 0xDFFF) return tl::unexpected(error("half a surrogate pair"));
          *code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
        } else if (*code >= 0xD800 && *code < 0xE000) {
          return tl::unexpected(error("half a surrogate pair"));
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
  const ReadError start = error("");
  std::string written;
  if (next_ < text_.size()) {  // the first character belongs to it whatever it is: `\(`
    written += at();
    advance();
  }
  written += token();
  static const std::pair<std::string_view, char> kNamed[] = {
      {"newline", '\n'}, {"space", ' '}, {"tab", '\t'}, {"return", '\r'}, {"formfeed", '\f'}, {"backspace", '\b'}};
  std::string character = written;
  for (const auto& [word, c] : kNamed) {
    if (written == word) character = std::string(1, c);
  }
  uint32_t code = 0;
  if (written.size() == 5 && written[0] == 'u') {
    const auto parsed = std::from_chars(written.data() + 1, written.data() + 5, code, 16);
    if (parsed.ptr == written.data() + 5 && (code < 0xD800 || code > 0xDFFF)) append_utf8(character = "", code);
  }
  const auto first = static_cast<unsigned char>(written.empty() ? 0 : written[0]);
  const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (written.empty() || (character == written && written.size() > length)) {
    return tl::unexpected(ReadError{start.line, start.column,
                                    fmt::format("expected a character after the backslash, found {}", written)});
  }
  // Equal ones are written alike: a code instead of a letter says nothing.
  std::string shortest = character;
  const auto named = std::find_if(std::begin(kNamed), std::end(kNamed),
                                  [&](const auto& one) { return character == std::string_view(&one.second, 1); });
  const auto byte = static_cast<unsigned char>(character[0]);
  if (named != std::end(kNamed)) {
    shortest = named->first;
  } else if (byte <= 0x20 || byte == 0x7F) {
    shortest = fmt::format("u{:04x}", byte);
  }
  return Value(Notation{Notation::Kind::kCharacter, std::move(shortest), Value(std::move(character)), {}});
}

EdnReader::Read EdnReader::read_dispatch() {
  const ReadError start = error("");
  advance();  // '#'
  if (at() == '{') {
    advance();
    return read_set();
  }
  if (at() == '#') {
    advance();
    const std::string_view word = token();
    if (word == "Inf") return Value(std::numeric_limits<double>::infinity());
    if (word == "-Inf") return Value(-std::numeric_limits<double>::infinity());
    if (word == "NaN") return Value(std::numeric_limits<double>::quiet_NaN());
    return tl::unexpected(error(fmt::format("expected ##Inf, ##-Inf or ##NaN, found ##{}", word)));
  }
  if (at() == '_') return tl::unexpected(why_broken_);  // else peek() had passed it
  if (at() == ':') {                                    // #:ns{:a 1} is {:ns/a 1}
    advance();
    const std::string_view space = token();
    if (!is_namespace(space))
      return tl::unexpected(
          ReadError{start.line, start.column, fmt::format("expected a namespace after '#:', found {}", space)});
    if (!skip('{')) return tl::unexpected(error(fmt::format("expected '{{' after #:{}, found {}", space, shown(at()))));
    return read_map(space);
  }
  if (!is_letter(at())) return tl::unexpected(error(fmt::format("expected a tag after '#', found {}", shown(at()))));
  const std::string_view tag = token();
  if (!std::all_of(tag.begin(), tag.end(), is_symbol_char))
    return tl::unexpected(ReadError{start.line, start.column, fmt::format("expected a tag, found #{}", tag)});
  if (peek() == '\0') return tl::unexpected(error(fmt::format("expected the value of tag #{}", tag)));
  auto value = read_form();
  if (!value) return value;
  return Value(Notation{Notation::Kind::kTag, std::string(tag), std::move(*value), {}});
}

EdnReader::Read EdnReader::read_atom() {
  const ReadError start = error("");
  const auto wrong = [&](std::string reason) {
    return tl::unexpected(ReadError{start.line, start.column, std::move(reason)});
  };
  std::string_view text = token();
  if (text.empty()) return wrong(fmt::format("expected a value, found {}", shown(at())));
  if (text == "nil") return Value();
  if (text == "true") return Value(true);
  if (text == "false") return Value(false);
  const bool is_number =
      is_digit(text[0]) || (text.size() > 1 && (text[0] == '-' || text[0] == '+') && is_digit(text[1]));
  if (is_number) {
    Value number = edn_number(text);
    if (number.is_null()) return wrong(fmt::format("expected a number, found {}", text));
    return number;
  }
  const bool keyword = text[0] == ':';
  if (keyword) text.remove_prefix(1);
  if (text.empty() || text[0] == ':') return wrong("expected a name after ':'");
  const auto bad = std::find_if_not(text.begin(), text.end(), is_symbol_char);
  if (bad != text.end() || (!keyword && std::string_view("#'|").find(text[0]) != std::string_view::npos))
    return wrong(fmt::format("expected a value, found {}", text));
  return name(keyword ? Notation::Kind::kKeyword : Notation::Kind::kSymbol, text);
}

}  // namespace checkers
