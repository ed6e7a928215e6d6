#include "checkers/value.h"

#include <charconv>
#include <cmath>

namespace checkers {
namespace {

template <typename T>
const T& get_or_neutral(const T* held) {
  static const T neutral{};
  return held != nullptr ? *held : neutral;
}

constexpr char kHex[] = "0123456789abcdef";

void append_escaped_byte(std::string& out, unsigned char c) {
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

// Length of the well-formed UTF-8 sequence at the start of `s`, or 0. Rejects overlong forms, surrogates and
// everything above U+10FFFF, as JSON parsers do.
size_t utf8_sequence(std::string_view s) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char first = byte(0);
  size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;  // bounds of the second byte
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (length == 0 || s.size() < length || byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

void append_double(std::string& out, double d) {
  if (!std::isfinite(d)) {  // JSON has no word for these
    out += "null";
    return;
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, d).ptr;
  const std::string_view digits(buffer, static_cast<size_t>(end - buffer));
  out += digits;
  if (digits.find_first_of(".e") == std::string_view::npos) out += ".0";  // stays a double when read back
}

}  // namespace

bool Value::boolean() const { return get_or_neutral(std::get_if<bool>(&v_)); }
int64_t Value::integer() const { return get_or_neutral(std::get_if<int64_t>(&v_)); }
double Value::number() const {
  return is_int() ? static_cast<double>(integer()) : get_or_neutral(std::get_if<double>(&v_));
}
const std::string& Value::string() const { return get_or_neutral(std::get_if<std::string>(&v_)); }
const List& Value::list() const { return get_or_neutral(std::get_if<List>(&v_)); }
const Map& Value::map() const { return get_or_neutral(std::get_if<Map>(&v_)); }

const Value& Value::operator[](std::string_view field) const {
  static const Value null;
  for (const auto& entry : map()) {
    if (entry.first == field) return entry.second;
  }
  return null;
}

Value& Value::set(std::string_view field, Value value) {
  if (!is_map()) v_ = Map{};
  Map& entries = std::get<Map>(v_);
  for (auto& entry : entries) {
    if (entry.first == field) return entry.second = std::move(value);
  }
  return entries.emplace_back(std::string(field), std::move(value)).second;
}

Map Value::take_map() {
  Map* held = std::get_if<Map>(&v_);
  Map taken = held != nullptr ? std::move(*held) : Map{};
  v_ = std::monostate{};
  return taken;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  size_t i = 0;
  while (i < text.size()) {
    size_t end = i;
    while (end < text.size() && is_plain(static_cast<unsigned char>(text[end]))) ++end;
    out.append(text, i, end - i);
    i = end;
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) {
      const size_t length = utf8_sequence(text.substr(i));
      if (length > 0) {
        out.append(text, i, length);
      } else {
        append_escaped_byte(out, c);  // a byte that is no text is written as the code point of its number
      }
      i += length > 0 ? length : 1;
      continue;
    }
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        append_escaped_byte(out, c);
    }
    ++i;
  }
  out += '"';
}

void append_json_integer(std::string& out, int64_t integer) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, integer).ptr);
}

void append_json(std::string& out, const Value& value) {
  if (value.is_null()) {
    out += "null";
  } else if (value.is_string()) {
    append_json_string(out, value.string());
  } else if (value.is_int()) {
    append_json_integer(out, value.integer());
  } else if (value.is_bool()) {
    out += value.boolean() ? "true" : "false";
  } else if (value.is_double()) {
    append_double(out, value.number());
  } else if (value.is_list()) {
    out += '[';
    bool first = true;
    for (const Value& element : value.list()) {
      if (!first) out += ',';
      first = false;
      append_json(out, element);
    }
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const auto& entry : value.map()) {
      if (!first) out += ',';
      first = false;
      append_json_string(out, entry.first);
      out += ':';
      append_json(out, entry.second);
    }
    out += '}';
  }
}

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

}  // namespace checkers
