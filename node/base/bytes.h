// The binary form of everything that nodes store or send: unsigned varints, zig-zag signed ones, length-prefixed
// strings. Equal states have equal bytes (digests compare them), so every container is encoded in sorted order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace node {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  void u64(uint64_t value) {  // varint, 1–10 bytes
    if (value < 0x80) {
      out_.push_back(static_cast<char>(value));
    } else {
      long_u64(value);
    }
  }
  void i64(int64_t value);          // zig-zag varint
  void fixed64(uint64_t value);     // 8 bytes, big-endian: sorts as a number
  void string(std::string_view s);  // varint length, bytes

 private:
  void long_u64(uint64_t value);

  std::string& out_;
};

// Reads the same; after anything malformed ok() is false and every value is zero or empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  uint64_t u64() {
    if (bytes_.empty() || static_cast<signed char>(bytes_.front()) < 0) return long_u64();
    const auto value = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  int64_t i64();
  uint64_t fixed64();
  std::string_view string();
  // A count of elements that take at least one byte each: never larger than what is left, so it is safe to reserve.
  uint64_t count();
  bool ok() const { return ok_; }
  bool done() const { return ok_ && bytes_.empty(); }
  void fail();  // what was read makes no sense
  size_t left() const { return bytes_.size(); }

 private:
  uint64_t long_u64();

  std::string_view bytes_;
  bool ok_ = true;
};

std::string to_hex(std::string_view bytes);
// Empty for anything that is no hex.
std::string from_hex(std::string_view hex);

}  // namespace node
