// Where a node listens: a numeric IP address and a port. Names are not looked up: a resolver can hang for seconds, and
// a node must start without one.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace node {

class Address {
 public:
  // "10.0.0.1:7000" or "[::1]:7000". Error: what is wrong with `text`.
  static tl::expected<Address, std::string> parse(std::string_view text);
  // The address that a bound socket has (its port may have been 0 before).
  static tl::expected<Address, std::string> of_socket(int fd);

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t length() const { return length_; }
  int family() const { return storage_.ss_family; }
  int port() const;
  bool is_wildcard() const;  // 0.0.0.0 or [::]
  Address with_port(int port) const;
  std::string text() const;
  std::string ip() const;

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

}  // namespace node
