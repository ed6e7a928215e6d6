#include "harness/hosts/channel.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace harness {
namespace {

void append_number(std::string& bytes, uint32_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

bool receive_exactly(int socket, char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t received = recv(socket, bytes, size, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return false;
    bytes += received;
    size -= static_cast<size_t>(received);
  }
  return true;
}

std::optional<uint32_t> receive_number(int socket) {
  uint32_t number = 0;
  if (!receive_exactly(socket, reinterpret_cast<char*>(&number), sizeof number)) return std::nullopt;
  return number;
}

}  // namespace

bool send_message(int socket, const Message& message) {
  std::string bytes;
  append_number(bytes, static_cast<uint32_t>(message.size()));
  for (const std::string& part : message) {
    append_number(bytes, static_cast<uint32_t>(part.size()));
    bytes += part;
  }
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

std::optional<Message> receive_message(int socket) {
  const std::optional<uint32_t> count = receive_number(socket);
  if (!count) return std::nullopt;
  Message message(*count);
  for (std::string& part : message) {
    const std::optional<uint32_t> size = receive_number(socket);
    if (!size) return std::nullopt;
    part.resize(*size);
    if (!receive_exactly(socket, part.data(), part.size())) return std::nullopt;
  }
  return message;
}

}  // namespace harness
