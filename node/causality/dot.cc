#include "node/causality/dot.h"

#include <charconv>
#include <iterator>

namespace node {

Actor Actor::session(std::string_view name) {
  if (name.empty() || name.size() > kMaxSessionBytes) return {};
  uint64_t parts[2] = {0, 0};
  for (size_t i = 0; i < kMaxSessionBytes; ++i) {
    unsigned char c = 0;
    if (i < name.size()) {
      c = static_cast<unsigned char>(name[i]);
      bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                     c == '_' || c == '-';
      if (!allowed) return {};
    }
    parts[i / 8] = parts[i / 8] << 8 | c;
  }
  return Actor(parts[0], parts[1]);
}

std::string Actor::to_string() const {
  const uint64_t parts[] = {big_endian(high_), big_endian(low_)};
  const std::string_view bytes(reinterpret_cast<const char*>(parts), sizeof parts);
  return is_life() ? to_hex(bytes) : std::string(bytes.substr(0, bytes.find('\0')));
}

Actor Actor::parse(std::string_view text) {
  if (text.size() != 32) return session(text);
  std::string bytes = from_hex(text);
  if (bytes.size() != 16) return {};
  Reader r(bytes);
  uint64_t high = r.fixed64();
  uint64_t low = r.fixed64();
  return high >> 63 ? Actor(high, low) : Actor();
}

std::string Dot::to_string() const {
  char digits[24];
  std::string text = actor.to_string();
  text.push_back(':');
  return text.append(digits, std::to_chars(std::begin(digits), std::end(digits), n).ptr);
}

Dot Dot::parse(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  Dot dot{Actor::parse(text.substr(0, colon)), 0};
  std::string_view digits = text.substr(colon + 1);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), dot.n);
  if (error != std::errc() || end != digits.data() + digits.size() || dot.actor.is_null()) return {};
  if (dot.n > kMaxNamed) return {};
  return dot;
}

}  // namespace node
