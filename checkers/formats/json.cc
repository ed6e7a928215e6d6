#include "checkers/formats/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "checkers/formats/characters.h"
#include "checkers/utf8.h"

namespace checkers {
namespace {

constexpr int kMaxDepth = 64;  // deeper than any record; keeps a hostile file from exhausting the stack

// Bytes that stand for themselves in a string: ASCII but quote, backslash and controls.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

}  // namespace

std::string_view name_twice(const Map& map) {
  if (map.size() <= 8) {
    for (size_t i = 1; i < map.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (map[i].first == map[j].first) return map[i].first;
      }
    }
    return {};
  }
  std::vector<std::string_view> names;
  for (const auto& entry : map) names.push_back(entry.first);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice != names.end() ? *twice : std::string_view();
}

double nearest_double(std::string_view number) {
  double real = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), real);
  if (parsed.ec == std::errc()) return real;
  return std::strtod(std::string(number).c_str(), nullptr);  // tells too small from too large
}

bool JsonReader::fail(std::string reason) {
  reason_ = std::move(reason);
  return false;
}

std::string JsonReader::found() const {
  if (next_ == end_) return "the end of the line";
  const auto c = static_cast<unsigned char>(*next_);
  return c < 0x20 || c >= 0x7F ? fmt::format("byte 0x{:02x}", c) : fmt::format("'{}'", *next_);
}

bool JsonReader::expected(std::string_view what) { return fail(fmt::format("expected {}, found {}", what, found())); }

bool JsonReader::expect(char c) { return skip(c) || expected(fmt::format("'{}'", c)); }

bool JsonReader::end() {
  peek();
  return next_ == end_ || expected("the end of the line");
}

bool JsonReader::read(Value& out) { return read(out, 0); }

bool JsonReader::read(Value& out, int depth) {
  switch (peek()) {
    case '"': {
      std::string_view text;
      if (!string(text)) return false;
      out = Value(text);
      return true;
    }
    case '{':
      return map(out, depth);
    case '[':
      return list(out, depth);
    case 'n':
      return word("null", Value(), out);
    case 't':
      return word("true", Value(true), out);
    case 'f':
      return word("false", Value(false), out);
    default:
      return number(out);
  }
}

bool JsonReader::word(std::string_view word, Value value, Value& out) {
  for (const char c : word) {
    if (next_ == end_ || *next_ != c) return expected(word);
    ++next_;
  }
  out = std::move(value);
  return true;
}

bool JsonReader::list(Value& out, int depth) {
  if (depth == kMaxDepth) return fail(fmt::format("values are nested deeper than {}", kMaxDepth));
  ++next_;
  List elements;
  if (!skip(']')) {
    do {
      if (!read(elements.emplace_back(), depth + 1)) return false;
    } while (skip(','));
    if (!skip(']')) return expected("',' or ']'");
  }
  out = Value(std::move(elements));
  return true;
}

bool JsonReader::map(Value& out, int depth) {
  if (depth == kMaxDepth) return fail(fmt::format("values are nested deeper than {}", kMaxDepth));
  const char* const start = next_++;
  Map entries;
  if (!skip('}')) {
    do {
      std::string_view name;
      if (!string(name)) return false;
      if (entries.empty()) entries.reserve(4);  // most have not more
      entries.emplace_back(std::string(name), Value());
      if (!expect(':') || !read(entries.back().second, depth + 1)) return false;
    } while (skip(','));
    if (!skip('}')) return expected("',' or '}'");
  }
  if (const std::string_view twice = name_twice(entries); twice.data() != nullptr) {
    next_ = start;
    return fail(fmt::format("field \"{}\" appears twice", twice));
  }
  out = Value(std::move(entries));
  return true;
}

bool JsonReader::integer(int64_t& out) {
  peek();
  const char* p = next_;
  const bool negative = p < end_ && *p == '-';
  if (negative) ++p;
  const char* const digits = p;
  uint64_t value = 0;
  while (p < end_ && is_digit(*p) && p - digits < 18) value = value * 10 + static_cast<uint64_t>(*p++ - '0');
  const bool over = p == end_ || !(is_digit(*p) || *p == '.' || *p == 'e' || *p == 'E');
  if (p != digits && over && (*digits != '0' || p == digits + 1)) {  // up to 18 digits: most
    out = negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
    next_ = p;
    return true;
  }
  const char* const start = next_;
  Value number;
  if (!this->number(number)) return false;
  if (number.is_int()) {
    out = number.integer();
    return true;
  }
  next_ = start;
  return fail("expected an integer");
}

bool JsonReader::number(Value& out) {
  const char* p = next_;
  const auto digits = [&] {
    const char* const start = p;
    while (p < end_ && is_digit(*p)) ++p;
    return p != start;
  };
  if (p < end_ && *p == '-') ++p;
  const char* const first = p;
  if (!digits()) {
    if (p == next_) return expected("a value");
    next_ = p;
    return expected("a digit");
  }
  if (*first == '0' && p > first + 1) {
    next_ = first + 1;
    return fail("a number may not begin with 0");
  }
  bool whole = true;
  if (p < end_ && *p == '.') {
    ++p;
    whole = false;
    if (!digits()) return next_ = p, expected("a digit");
  }
  if (p < end_ && (*p == 'e' || *p == 'E')) {
    ++p;
    whole = false;
    if (p < end_ && (*p == '+' || *p == '-')) ++p;
    if (!digits()) return next_ = p, expected("a digit");
  }
  const std::string_view text(next_, static_cast<size_t>(p - next_));
  int64_t integer = 0;
  if (whole && std::from_chars(next_, p, integer).ec == std::errc()) {
    out = Value(integer);
    next_ = p;
    return true;
  }
  const double real = nearest_double(text);
  if (std::isinf(real)) return fail(fmt::format("number {} is out of range", text));
  out = whole ? Value(Notation{Notation::Kind::kNumber, std::string(text) + "N", Value(real), {}}) : Value(real);
  next_ = p;
  return true;
}

bool JsonReader::string(std::string_view& out) {
  if (peek() != '"' || next_ == end_) return expected("'\"'");
  const char* start = ++next_;
  while (next_ < end_ && kPlain[static_cast<unsigned char>(*next_)]) ++next_;
  if (next_ < end_ && *next_ == '"') {  // most strings have nothing special
    out = std::string_view(start, static_cast<size_t>(next_++ - start));
    return true;
  }
  decoded_.clear();
  for (;;) {
    decoded_.append(start, next_);
    if (next_ == end_) return expected("'\"'");
    const char c = *next_;
    if (c == '"') break;
    if (c == '\\') {
      ++next_;
      if (!escape(decoded_)) return false;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      return fail(fmt::format("a string may not hold {}: write it as \\u{:04x}", found(), static_cast<int>(c)));
    } else {
      const size_t length = utf8_sequence(std::string_view(next_, static_cast<size_t>(end_ - next_)));
      if (length == 0) return no_character();
      decoded_.append(next_, length);
      next_ += length;
    }
    start = next_;
    while (next_ < end_ && kPlain[static_cast<unsigned char>(*next_)]) ++next_;
  }
  ++next_;
  out = decoded_;
  return true;
}

bool JsonReader::no_character() {
  const auto first = static_cast<unsigned char>(*next_);
  const ptrdiff_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first >= 0xC2 && first < 0xF5 && end_ - next_ < length) {  // the text broke off inside it
    next_ = end_;
    return fail("expected the rest of a character, found the end of the line");
  }
  return fail(fmt::format("{} is no UTF-8", found()));
}

bool JsonReader::hex4(uint32_t& out) {
  if (end_ - next_ < 4) {
    next_ = end_;
    return fail("expected four hex digits after \\u");
  }
  const auto parsed = std::from_chars(next_, next_ + 4, out, 16);
  if (parsed.ec != std::errc() || parsed.ptr != next_ + 4) return fail("expected four hex digits after \\u");
  next_ += 4;
  return true;
}

bool JsonReader::escape(std::string& out) {
  static constexpr std::string_view kNames = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (next_ == end_) return expected("'\"'");
  if (const size_t which = kNames.find(*next_); which != std::string_view::npos) {
    out += kMeanings[which];
    ++next_;
    return true;
  }
  if (*next_ != 'u') return fail(fmt::format("unknown escape: backslash and {}", found()));
  ++next_;
  uint32_t code = 0;
  if (!hex4(code)) return false;
  if (code >= 0xD800 && code < 0xDC00) {
    uint32_t low = 0;
    if (next_ + 1 == end_ && *next_ == '\\') next_ = end_;
    if (end_ - next_ < 2 || next_[0] != '\\' || next_[1] != 'u') return fail("half a surrogate pair");
    next_ += 2;
    if (!hex4(low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) return fail("half a surrogate pair");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  } else if (code >= 0xDC00 && code < 0xE000) {
    return fail("half a surrogate pair");
  }
  append_utf8(out, code);
  return true;
}

}  // namespace checkers
