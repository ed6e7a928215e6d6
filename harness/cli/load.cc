#include "harness/cli/load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include "harness/systems/resp.h"

namespace harness {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(2);
constexpr auto kLate = std::chrono::milliseconds(10);

tl::unexpected<std::string> failure(const char* what) {
  return tl::unexpected(fmt::format("{}: {}", what, strerror(errno)));
}

tl::expected<int, std::string> connect_to(int port, bool blocking) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const auto failed = failure("cannot connect");
    if (fd >= 0) close(fd);
    return failed;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!blocking) fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

// The end of the reply that begins at `at`: SET and GET have flat ones. npos: it has not arrived whole.
size_t end_of_reply(std::string_view bytes, size_t at) {
  const size_t line = bytes.find("\r\n", at);
  if (line == std::string_view::npos) return line;
  if (bytes[at] != '$' || bytes[at + 1] == '-') return line + 2;
  const size_t length = std::strtoul(bytes.data() + at + 1, nullptr, 10);
  const size_t end = line + 2 + length + 2;
  return end <= bytes.size() ? end : std::string_view::npos;
}

class Load {
 public:
  explicit Load(const LoadPlan& plan) : plan_(plan) {
    append_request(set_, {"SET", kKey, std::string(plan.value_bytes, 'x')});
    append_request(get_, {"GET", kKey});
  }
  ~Load() {
    for (const Connection& c : connections_) close(c.fd);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  tl::expected<LoadResult, std::string> run() {
    for (int i = 0; i < plan_.connections; ++i) {
      auto fd = connect_to(plan_.ports[static_cast<size_t>(i) % plan_.ports.size()], false);
      if (!fd) return tl::unexpected(fd.error());
      connections_.emplace_back();
      connections_.back().fd = *fd;
    }
    const auto began = Clock::now();
    while (true) {
      const auto now = Clock::now();
      const bool over = plan_.requests > 0 ? sent_ >= plan_.requests : now - began >= plan_.length;
      if (!over) {
        submit(began, now);
        result_.seconds = std::chrono::duration<double>(now - began).count();
        last_ = now;
      }
      if (over && (open_ == 0 || now - last_ > kPatience)) break;
      if (auto moved = move(); !moved) return tl::unexpected(moved.error());
    }
    std::sort(result_.ok_us.begin(), result_.ok_us.end());
    std::sort(result_.busy_us.begin(), result_.busy_us.end());
    return std::move(result_);
  }

 private:
  struct Connection {
    int fd = -1;
    std::string out;
    size_t written = 0;
    std::string in;
    std::deque<Clock::time_point> due;  // of requests without an answer
  };

  void submit(Clock::time_point began, Clock::time_point now) {
    if (plan_.rate > 0) {
      const std::chrono::duration<double> gap(1 / plan_.rate);
      const auto due = [&](uint64_t number) {
        return began + std::chrono::duration_cast<Clock::duration>(gap * static_cast<double>(number));
      };
      const auto together = static_cast<uint64_t>(plan_.pipeline);
      while (due(sent_ + together - 1) <= now) {
        const size_t turn = sent_ / together % connections_.size();
        for (uint64_t i = 0; i < together; ++i) {
          result_.sent_late += now - due(sent_) > kLate ? 1 : 0;
          send(turn, due(sent_));
        }
      }
      return;
    }
    for (size_t i = 0; i < connections_.size(); ++i) {
      const auto& due = connections_[i].due;
      while (due.size() < static_cast<size_t>(plan_.pipeline) && (plan_.requests == 0 || sent_ < plan_.requests)) {
        send(i, now);
      }
    }
  }

  void send(size_t i, Clock::time_point due) {
    uint64_t number = 0;
    do {
      random_ = random_ * 6364136223846793005u + 1442695040888963407u;
      number = plan_.each_once ? sent_ % plan_.keys : (random_ >> 20) % plan_.keys;
    } while (!plan_.route.empty() && plan_.route[number] != i % plan_.ports.size());
    const bool writes = static_cast<int>((random_ >> 33) % 100) < plan_.write_percent;
    Connection& c = connections_[i];
    const std::string& request = writes ? set_ : get_;
    const size_t digits = c.out.size() + request.find(kKey) + strlen(kKey);
    c.out += request;
    for (size_t at = digits; number > 0; number /= 10) c.out[--at] = static_cast<char>('0' + number % 10);
    c.due.push_back(due);
    ++sent_;
    ++open_;
  }

  tl::expected<void, std::string> move() {
    polls_.clear();
    for (const Connection& c : connections_) {
      const bool unsent = c.written < c.out.size();
      polls_.push_back({c.fd, static_cast<short>(POLLIN | (unsent ? POLLOUT : 0)), 0});
    }
    // In an open loop until the next request is due, or nearly so: to spin would take the nodes' processor away.
    const timespec pause{0, plan_.rate > 0 ? 100'000 : 100'000'000};
    ppoll(polls_.data(), polls_.size(), &pause, nullptr);
    for (size_t i = 0; i < connections_.size(); ++i) {
      Connection& c = connections_[i];
      if (c.written < c.out.size()) {
        const ssize_t count = ::send(c.fd, c.out.data() + c.written, c.out.size() - c.written, MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN) return failure("cannot send");
        if (count > 0) c.written += static_cast<size_t>(count);
        if (c.written == c.out.size()) {
          c.out.clear();
          c.written = 0;
        }
      }
      if ((polls_[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
      const ssize_t count = recv(c.fd, buffer_, sizeof buffer_, 0);
      if (count == 0) return tl::unexpected<std::string>("the node closed a connection");
      if (count < 0 && errno != EAGAIN) return failure("cannot receive");
      if (count > 0) take(c, {buffer_, static_cast<size_t>(count)});
    }
    return {};
  }

  void take(Connection& c, std::string_view bytes) {
    c.in += bytes;
    const auto now = Clock::now();
    size_t at = 0;
    for (size_t end = 0; at < c.in.size() && !c.due.empty(); at = end) {
      end = end_of_reply(c.in, at);
      if (end == std::string::npos) break;
      const auto us = std::chrono::duration<float, std::micro>(now - c.due.front()).count();
      c.due.pop_front();
      --open_;
      if (c.in[at] != '-') {
        ++result_.ok;
        result_.ok_us.push_back(us);
      } else if (c.in.compare(at, 5, "-BUSY") == 0) {
        ++result_.busy;
        result_.busy_us.push_back(us);
      } else {
        if (result_.errors++ == 0) result_.first_error = c.in.substr(at, end - at - 2);
      }
    }
    c.in.erase(0, at);
  }

  // Requests are copies of these with other digits: what the load itself takes of the processor, nodes do not have.
  static constexpr const char* kKey = "key:000000000000";

  const LoadPlan& plan_;
  std::string set_;
  std::string get_;
  std::vector<Connection> connections_;
  std::vector<pollfd> polls_;
  char buffer_[64 * 1024];
  uint64_t random_ = 88172645463325252u;
  uint64_t sent_ = 0;
  uint64_t open_ = 0;
  Clock::time_point last_;
  LoadResult result_;
};

}  // namespace

double quantile(const std::vector<float>& sorted, double share) {
  if (sorted.empty()) return 0;
  return static_cast<double>(sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))]);
}

tl::expected<LoadResult, std::string> run_load(const LoadPlan& plan) { return std::make_unique<Load>(plan)->run(); }

tl::expected<std::string, std::string> ask_once(int port, const std::vector<std::string>& words) {
  auto fd = connect_to(port, true);
  if (!fd) return tl::unexpected(fd.error());
  std::string request;
  append_request(request, words);
  std::string reply;
  ReplyReader reader;
  bool whole = ::send(*fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size());
  while (!whole) {
    char buffer[16 * 1024];
    const ssize_t count = recv(*fd, buffer, sizeof buffer, 0);
    if (count <= 0) break;
    reply.append(buffer, static_cast<size_t>(count));
    reader.feed({buffer, static_cast<size_t>(count)});
    const auto next = reader.next();
    whole = !next || next->has_value();
  }
  close(*fd);
  if (reply.empty()) return tl::unexpected<std::string>("no reply");
  return reply;
}

}  // namespace harness
