// The binary form of everything that nodes store or send: unsigned varints, zig-zag signed ones, length-prefixed
// strings. Equal states have equal bytes (digests compare them), so every container is encoded in sorted order.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace node {

// From the machine's order of bytes, or back to it.
inline uint64_t big_endian(uint64_t value) {
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap64(value);
}

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
  void i64(int64_t value) { u64((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63)); }  // zig-zag
  void fixed64(uint64_t value) {  // 8 bytes, big-endian: sorts as a number
    const uint64_t bytes = big_endian(value);
    out_.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
  }
  void string(std::string_view s);  // varint length, bytes

 private:
  void long_u64(uint64_t value);

  std::string& out_;
};

// Reads the same; after anything malformed ok() is false and every value is zero or empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  uint64_t u64() {
    if (next_ == end_ || static_cast<signed char>(*next_) < 0) return long_u64();
    return static_cast<unsigned char>(*next_++);
  }
  int64_t i64() {
    const uint64_t value = u64();
    return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  uint64_t fixed64() {
    if (left() < sizeof(uint64_t)) {
      fail();
      return 0;
    }
    uint64_t value = 0;
    std::memcpy(&value, next_, sizeof value);
    next_ += sizeof value;
    return big_endian(value);
  }
  std::string_view string() {
    const uint64_t size = u64();
    if (!ok_ || size > left()) {
      fail();
      return {};
    }
    const std::string_view s(next_, size);
    next_ += size;
    return s;
  }
  // A count of elements that take at least one byte each: never larger than what is left, so it is safe to reserve.
  uint64_t count();
  bool ok() const { return ok_; }
  bool done() const { return ok_ && next_ == end_; }
  void fail();  // what was read makes no sense
  size_t left() const { return static_cast<size_t>(end_ - next_); }

 private:
  uint64_t long_u64();

  const char* next_;
  const char* end_;
  bool ok_ = true;
};

std::string to_hex(std::string_view bytes);
// Empty for anything that is no hex.
std::string from_hex(std::string_view hex);

}  // namespace node
