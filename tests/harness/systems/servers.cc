#include "tests/harness/systems/servers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace harness {
namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

RefusingPort::RefusingPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_in address = loopback(0);
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("bind");
  port_ = port_of(fd_);
}
RefusingPort::~RefusingPort() { ::close(fd_); }

Listener::Listener(event_base* base, std::function<void(int)> on_accept) : on_accept_(std::move(on_accept)) {
  const sockaddr_in address = loopback(0);
  listener_.reset(evconnlistener_new_bind(
      base,
      [](evconnlistener*, evutil_socket_t fd, sockaddr*, int, void* self) {
        static_cast<Listener*>(self)->on_accept_(fd);
      },
      this, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16, reinterpret_cast<const sockaddr*>(&address),
      sizeof address));
  if (listener_ == nullptr) throw std::runtime_error("listen on loopback");
  port_ = port_of(evconnlistener_get_fd(listener_.get()));
}

ScriptedServer::ScriptedServer(event_base* base, std::vector<std::string> answers, bool then_silent)
    : base_(base),
      answers_(std::move(answers)),
      then_silent_(then_silent),
      listener_(base, [this](int fd) { accept(fd); }) {}

ScriptedServer::~ScriptedServer() {
  for (const auto& connection : connections_) close(*connection);
}

void ScriptedServer::accept(int fd) {
  auto connection = std::make_unique<Connection>();
  connection->server = this;
  connection->fd = fd;
  connection->readable = event_new(
      base_, fd, EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) {
        auto* readable = static_cast<Connection*>(self);
        readable->server->on_readable(*readable);
      },
      connection.get());
  event_add(connection->readable, nullptr);
  connections_.push_back(std::move(connection));
}

void ScriptedServer::on_readable(Connection& connection) {
  std::array<char, 4096> buffer;
  const ssize_t n = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
  if (n <= 0) return close(connection);
  received_.append(buffer.data(), static_cast<size_t>(n));
  if (connection.answered < answers_.size()) {
    const std::string& answer = answers_[connection.answered++];
    if (::send(connection.fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return close(connection);
  }
  if (connection.answered == answers_.size() && !then_silent_) close(connection);
}

void ScriptedServer::close(Connection& connection) {
  if (connection.readable != nullptr) event_free(connection.readable);
  connection.readable = nullptr;
  if (connection.fd >= 0) ::close(connection.fd);
  connection.fd = -1;
}

RedisServer::RedisServer() {
  std::string name = (std::filesystem::temp_directory_path() / "client-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = name;
  port_ = RefusingPort().port();
  start();
}

void RedisServer::start() {
  const std::string port = std::to_string(port_);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    const int log = ::open((directory_ / "log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ::dup2(log, 1);
    ::dup2(log, 2);
    ::execlp("redis-server", "redis-server", "--bind", "127.0.0.1", "--port", port.c_str(), "--save", "",
             "--appendonly", "no", "--dir", directory_.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  if (pid_ < 0) throw std::runtime_error("fork");
}

RedisServer::~RedisServer() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool RedisServer::ended() {
  if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

void RedisServer::pause() const { ::kill(pid_, SIGSTOP); }
void RedisServer::resume() const { ::kill(pid_, SIGCONT); }

void RedisServer::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace harness
