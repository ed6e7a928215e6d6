#include "tests/node/runtime/client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <utility>

#include "node/runtime/address.h"
#include "node/runtime/entropy.h"
#include "node/wire/resp.h"

namespace node {

namespace {

constexpr int kPatienceMs = 5000;

Address loopback(int port) { return Address::parse("127.0.0.1:" + std::to_string(port)).value(); }

void wait_for(int fd, short events, const char* what) {
  pollfd entry{fd, events, 0};
  if (poll(&entry, 1, kPatienceMs) != 1) throw std::runtime_error(std::string("waited too long for ") + what);
}

}  // namespace

Client::Client(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const Address address = loopback(port);
  if (connect(fd_.get(), address.get(), address.length()) != 0) throw std::runtime_error("cannot connect");
}

Client::Client(Fd socket) : fd_(std::move(socket)) {}

void Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    wait_for(fd_.get(), POLLOUT, "room to send");
    const size_t sent = send_some(bytes);
    bytes.remove_prefix(sent);
  }
}

size_t Client::send_some(std::string_view bytes) {
  const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) throw std::runtime_error("cannot send");
  return sent < 0 ? 0 : static_cast<size_t>(sent);
}

void Client::send_words(const std::vector<std::string>& words) {
  std::string bytes;
  resp::words(bytes, words);
  send(bytes);
}

void Client::end_sending() { shutdown(fd_.get(), SHUT_WR); }

bool Client::more() {
  wait_for(fd_.get(), POLLIN, "a reply");
  char bytes[65536];
  const ssize_t count = recv(fd_.get(), bytes, sizeof bytes, 0);
  if (count > 0) buffer_.append(bytes, static_cast<size_t>(count));
  return count > 0;
}

bool Client::has_input() {
  pollfd entry{fd_.get(), POLLIN, 0};
  return !buffer_.empty() || poll(&entry, 1, 0) == 1;
}

std::string Client::take(size_t bytes) {
  while (buffer_.size() < bytes) {
    if (!more()) throw std::runtime_error("closed inside a reply");
  }
  std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return taken;
}

std::string Client::take_line() {
  size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!more()) return "";
  }
  std::string line = take(end + 2);
  line.resize(end);
  return line;
}

std::string Client::read_reply() {
  const std::string line = take_line();
  if (line.empty()) return "(closed)";
  const std::string rest = line.substr(1);
  switch (line.front()) {
    case '-':
      return line;
    case '$': {
      if (rest == "-1") return "(nil)";
      std::string bytes = take(std::stoul(rest) + 2);
      bytes.resize(bytes.size() - 2);
      return bytes;
    }
    case '*': {
      std::string text = "[";
      for (int i = 0; i < std::stoi(rest); ++i) text += (i > 0 ? " " : "") + read_reply();
      return text + "]";
    }
    default:
      return rest;
  }
}

std::string Client::ask(const std::vector<std::string>& words) {
  send_words(words);
  return read_reply();
}

std::string Client::read_to_end() {
  while (more()) {
  }
  return std::exchange(buffer_, {});
}

Fd listen_on_loopback(int backlog, int* port) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const Address address = loopback(*port);
  if (bind(fd.get(), address.get(), address.length()) != 0) throw std::runtime_error("cannot bind");
  if (listen(fd.get(), backlog) != 0) throw std::runtime_error("cannot listen");
  *port = Address::of_socket(fd.get()).value().port();
  return fd;
}

int free_port() {
  constexpr int kLowest = 10'000, kCount = 20'000;
  while (true) {
    int port = kLowest + static_cast<int>(random_bits() % kCount);
    try {
      listen_on_loopback(1, &port);
      return port;
    } catch (const std::runtime_error&) {  // taken
    }
  }
}

Fd accept_one(const Fd& listener) {
  wait_for(listener.get(), POLLIN, "a connection");
  return Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

}  // namespace node
