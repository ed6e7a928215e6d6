#include "node/runtime/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace node {

tl::expected<Address, std::string> Address::parse(std::string_view text) {
  const std::string shown = "'" + std::string(text) + "'";
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return tl::unexpected(shown + " is not ip:port");
  const std::string_view digits = text.substr(colon + 1);
  int port = -1;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || port < 0 || port > 65535) {
    return tl::unexpected(shown + " does not end in a port from 0 to 65535");
  }
  std::string ip(text.substr(0, colon));
  const bool bracketed = ip.size() > 2 && ip.front() == '[' && ip.back() == ']';
  if (bracketed) ip = ip.substr(1, ip.size() - 2);

  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage_);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage_);
  if (!bracketed && inet_pton(AF_INET, ip.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    address.length_ = sizeof *v4;
  } else if (bracketed && inet_pton(AF_INET6, ip.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    address.length_ = sizeof *v6;
  } else {
    return tl::unexpected(shown + " does not begin with a numeric IP address (IPv6 in brackets)");
  }
  return address.with_port(port);
}

tl::expected<Address, std::string> Address::of_socket(int fd) {
  Address address;
  address.length_ = sizeof address.storage_;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage_), &address.length_) != 0) {
    return tl::unexpected(std::string(strerror(errno)));
  }
  if (address.family() != AF_INET && address.family() != AF_INET6) {
    return tl::unexpected(std::string("not an internet socket"));
  }
  return address;
}

int Address::port() const {
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
}

bool Address::is_wildcard() const {
  if (family() == AF_INET6) {
    return std::memcmp(&reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr, &in6addr_any,
                       sizeof in6addr_any) == 0;
  }
  return reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr.s_addr == htonl(INADDR_ANY);
}

Address Address::with_port(int port) const {
  Address copy = *this;
  const auto network_order = htons(static_cast<uint16_t>(port));
  if (family() == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(&copy.storage_)->sin6_port = network_order;
  } else {
    reinterpret_cast<sockaddr_in*>(&copy.storage_)->sin_port = network_order;
  }
  return copy;
}

std::string Address::ip() const {
  char ip[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr, ip, sizeof ip);
    return "[" + std::string(ip) + "]";
  }
  inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr, ip, sizeof ip);
  return ip;
}

std::string Address::text() const { return ip() + ":" + std::to_string(port()); }

}  // namespace node
