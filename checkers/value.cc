#include "checkers/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "checkers/utf8.h"

namespace checkers {
namespace {

constexpr char kHex[] = "0123456789abcdef";

void append_escaped_byte(std::string& out, unsigned char c) {
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
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

// A number in a notation of its own keeps its digits.
void append_real(std::string& out, const Value& value) {
  if (value.notation() == nullptr) return append_double(out, value.number());
  std::string_view digits = value.notation()->text;
  if (digits.find('/') != std::string_view::npos || !std::isfinite(value.number()))
    return append_json_string(out, digits);
  if (digits.back() == 'N' || digits.back() == 'M') digits.remove_suffix(1);
  out += digits;
}

}  // namespace

Value::Value(Notation n) : v_(std::make_shared<const Notation>(std::move(n))) {}

const Notation* Value::notation() const {
  const auto* held = std::get_if<std::shared_ptr<const Notation>>(&v_);
  return held != nullptr ? held->get() : nullptr;
}

template <typename T>
bool Value::plain_is() const {
  return notation()->plain.is<T>();
}
template bool Value::plain_is<std::monostate>() const;
template bool Value::plain_is<bool>() const;
template bool Value::plain_is<int64_t>() const;
template bool Value::plain_is<double>() const;
template bool Value::plain_is<std::string>() const;
template bool Value::plain_is<List>() const;
template bool Value::plain_is<Map>() const;

template <typename T>
const T& Value::get() const {
  static const T neutral{};
  if (const T* held = std::get_if<T>(&v_)) return *held;
  const Notation* notated = notation();
  return notated != nullptr ? notated->plain.get<T>() : neutral;
}

bool Value::boolean() const { return get<bool>(); }
int64_t Value::integer() const { return get<int64_t>(); }
double Value::number() const { return is_int() ? static_cast<double>(integer()) : get<double>(); }
const std::string& Value::string() const { return get<std::string>(); }
const List& Value::list() const { return get<List>(); }
const Map& Value::map() const { return get<Map>(); }

namespace {

bool same_entries(const Map& a, const Map& b) {
  if (a.size() != b.size()) return false;
  const auto same = [](const auto& x, const auto& y) { return x.first == y.first && x.second == y.second; };
  if (std::equal(a.begin(), a.end(), b.begin(), same)) return true;
  const auto sorted = [](const Map& map) {
    std::vector<const Map::value_type*> entries;
    for (const auto& entry : map) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(), [](const auto* x, const auto* y) { return x->first < y->first; });
    return entries;
  };
  const auto in_a = sorted(a), in_b = sorted(b);
  return std::equal(in_a.begin(), in_a.end(), in_b.begin(), [&](const auto* x, const auto* y) { return same(*x, *y); });
}

// Keys that look the same as text, an integer and its digits, are told apart.
bool same_keys(const Notation& a, const Notation& b) {
  return std::all_of(a.keys.begin(), a.keys.end(),
                     [&b](const Value& key) { return std::find(b.keys.begin(), b.keys.end(), key) != b.keys.end(); });
}

// Of one that says more than how a list or an integer was written; else null.
const Notation* telling(const Value& value) {
  const Notation* notation = value.notation();
  if (notation == nullptr || notation->kind == Notation::Kind::kSequence) return nullptr;
  if (notation->kind == Notation::Kind::kNumber && value.is_int()) return nullptr;
  return notation;
}

}  // namespace

bool operator==(const Value& a, const Value& b) {
  const Notation* left = telling(a);
  const Notation* right = telling(b);
  if ((left == nullptr) != (right == nullptr)) return false;
  if (left != nullptr) {
    if (left == right) return true;
    return left->kind == right->kind && left->text == right->text && left->plain == right->plain &&
           same_keys(*left, *right);
  }
  if (a.is_null()) return b.is_null();
  if (a.is_int()) return b.is_int() && a.integer() == b.integer();
  if (a.is_string()) return b.is_string() && a.string() == b.string();
  if (a.is_list()) return b.is_list() && a.list() == b.list();
  if (a.is_map()) return b.is_map() && same_entries(a.map(), b.map());
  if (a.is_bool()) return b.is_bool() && a.boolean() == b.boolean();
  return b.is_double() && a.number() == b.number();
}

const Value& Value::operator[](std::string_view field) const {
  static const Value null;
  for (const auto& entry : map()) {
    if (entry.first == field) return entry.second;
  }
  return null;
}

Value& Value::set(std::string_view field, Value value) {
  if (!std::holds_alternative<Map>(v_)) v_ = Map(map());
  Map& entries = std::get<Map>(v_);
  for (auto& entry : entries) {
    if (entry.first == field) return entry.second = std::move(value);
  }
  return entries.emplace_back(std::string(field), std::move(value)).second;
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
    append_real(out, value);
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
