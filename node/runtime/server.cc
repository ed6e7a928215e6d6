#include "node/runtime/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "node/options.h"
#include "node/runtime/log.h"

namespace node {

namespace {

constexpr int kBacklog = 1024;
constexpr int kAcceptsATurn = 64;
// Room for links from other nodes when clients have taken all of theirs.
constexpr size_t kReservedPerPeer = 4;
constexpr auto kComplainEvery = std::chrono::seconds(10);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

tl::expected<Fd, std::string> open_listener(const Address& address) {
  Fd fd(socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return tl::unexpected(fmt::format("cannot open a socket: {}", strerror(errno)));
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (bind(fd.get(), address.get(), address.length()) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return tl::unexpected(fmt::format("cannot listen on {}: {}", address.text(), strerror(errno)));
  }
  return fd;
}

tl::expected<Fd, std::string> adopt_listener(int inherited) {
  const auto trouble = [inherited](const std::string& why) {
    return tl::unexpected(fmt::format("inherited file descriptor {}: {}", inherited, why));
  };
  int type = 0;
  socklen_t length = sizeof type;
  if (getsockopt(inherited, SOL_SOCKET, SO_TYPE, &type, &length) != 0) return trouble(strerror(errno));
  if (type != SOCK_STREAM) return trouble("not a TCP socket");
  if (const auto address = Address::of_socket(inherited); !address) return trouble(address.error());
  // Again, if it listens already, which does no harm; else for the first time.
  if (::listen(inherited, kBacklog) != 0) return trouble(fmt::format("cannot listen: {}", strerror(errno)));
  if (fcntl(inherited, F_SETFD, FD_CLOEXEC) != 0 ||
      fcntl(inherited, F_SETFL, fcntl(inherited, F_GETFL) | O_NONBLOCK) != 0) {
    return trouble(strerror(errno));
  }
  return Fd(inherited);
}

}  // namespace

Server::Server(event_base* base, ServerOptions options, Inbox* inbox) : base_(base), options_(std::move(options)) {
  host_.inbox = inbox;
  host_.wants_flush = [this](Connection& connection) { to_flush_.push_back(&connection); };
  host_.is_gone = [this](Connection& connection) { gone_.push_back(connection.id()); };
  host_.admit_peer = [this](Connection& newcomer, const std::string& name) { return admit_peer(newcomer, name); };
  host_.name = options_.name;
  host_.limits = options_.limits;
}

Server::~Server() = default;

tl::expected<void, std::string> Server::listen() {
  tl::expected<Fd, std::string> listener = open_listener(options_.listen);
  if (!listener) return tl::unexpected(listener.error());
  const auto bound = Address::of_socket(listener->get());
  if (!bound) return tl::unexpected(bound.error());
  options_.listen = *bound;
  add_listener(std::move(*listener));
  if (options_.inherited_fd < 0) return {};
  tl::expected<Fd, std::string> inherited = adopt_listener(options_.inherited_fd);
  if (!inherited) return tl::unexpected(inherited.error());
  add_listener(std::move(*inherited));
  return {};
}

std::string Server::inherited_address() const {
  if (listeners_.size() < 2) return "";
  const auto address = Address::of_socket(listeners_[1]->fd.get());
  return address ? address->text() : "";
}

void Server::add_listener(Fd fd) {
  auto listener = std::make_unique<Listener>();
  listener->readable.reset(event_new(base_, fd.get(), EV_READ | EV_PERSIST, &Server::on_accept, this));
  const auto resume = [](evutil_socket_t, short, void* readable) { event_add(static_cast<event*>(readable), nullptr); };
  listener->resume.reset(evtimer_new(base_, resume, listener->readable.get()));
  event_add(listener->readable.get(), nullptr);
  listener->fd = std::move(fd);
  listeners_.push_back(std::move(listener));
}

void Server::on_accept(evutil_socket_t fd, short, void* self) { static_cast<Server*>(self)->accept_some(fd); }

void Server::accept_some(int listening_fd) {
  const int door = listeners_.size() > 1 && listeners_[1]->fd.get() == listening_fd ? 1 : 0;
  const size_t all_seats = options_.max_clients + kReservedPerPeer * expected_peers_;
  for (int i = 0; i < kAcceptsATurn; ++i) {
    Fd fd(accept4(listening_fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) pause_accepting(listening_fd);
      return;
    }
    std::string refusal;
    if (connections_.size() >= options_.max_clients) {
      refusal = fmt::format("ERR max number of clients reached: {} are connected", connections_.size());
    }
    if (connections_.size() >= all_seats) {  // not even a peer could sit down
      refusal = "-" + refusal + "\r\n";
      send(fd.get(), refusal.data(), refusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      continue;
    }
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    // Clients that vanish without a word (a cut wire, a lost power supply) are noticed within about two minutes.
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
    const ClientId id = next_client_++;
    connections_.emplace(id, std::make_unique<Connection>(base_, std::move(fd), id, door, host_, std::move(refusal)));
  }
}

void Server::pause_accepting(int listening_fd) {
  const auto now = std::chrono::steady_clock::now();
  if (now >= complain_again_at_) {
    log_line(options_.name, fmt::format("cannot accept connections: {}", strerror(errno)));
    complain_again_at_ = now + kComplainEvery;
  }
  for (const auto& listener : listeners_) {
    if (listener->fd.get() != listening_fd) continue;
    event_del(listener->readable.get());
    const timeval pause = to_timeval(kAcceptPause);
    event_add(listener->resume.get(), &pause);
  }
}

bool Server::admit_peer(Connection& newcomer, const std::string& name) {
  // Any other node: one that wants to join is known to nobody yet.
  if (name == options_.name || !good_name(name)) return false;
  // A partition leaves the older link half open here for hours; its sender has given it up.
  for (const auto& entry : connections_) {
    if (entry.second.get() != &newcomer && entry.second->peer() == name) entry.second->drop();
  }
  return true;
}

void Server::reply(ClientId client, uint64_t ticket, std::string resp, bool close) {
  const auto found = connections_.find(client);
  if (found != connections_.end()) found->second->reply(ticket, std::move(resp), close);
}

void Server::flush() {
  // By index: a connection that reads on after its pause may answer something itself, and joins at the end.
  for (size_t i = 0; i < to_flush_.size(); ++i) to_flush_[i]->flush();
  to_flush_.clear();
  for (const ClientId id : gone_) {
    if (connections_.at(id)->known_to_core()) host_.inbox->clients.emplace_back(ClientGone{id});
    connections_.erase(id);
  }
  gone_.clear();
}

void Server::stop_accepting() {
  listeners_.clear();
  for (const auto& entry : connections_) entry.second->stop_reading();
}

void Server::flush_finally(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    flush();
    std::vector<pollfd> waiting;
    for (const auto& entry : connections_) {
      if (entry.second->has_unsent()) waiting.push_back({entry.second->fd(), POLLOUT, 0});
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (waiting.empty() || left.count() <= 0) return;
    poll(waiting.data(), waiting.size(), static_cast<int>(left.count()));
    for (const auto& entry : connections_) {
      if (entry.second->has_unsent()) entry.second->flush();
    }
  }
}

}  // namespace node
