#include "harness/systems/client.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "harness/systems/resp.h"

namespace harness {
namespace {

struct FreeEvent {
  void operator()(event* e) const { event_free(e); }
};
using EventPtr = std::unique_ptr<event, FreeEvent>;

timeval to_timeval(std::chrono::milliseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  timeval tv{};
  tv.tv_sec = static_cast<decltype(tv.tv_sec)>(seconds.count());
  tv.tv_usec = static_cast<decltype(tv.tv_usec)>((duration - seconds).count() * 1000);
  return tv;
}

}  // namespace

// A connection passes through the stages in order; every loss leads back to kClosed. The request is written only in
// kReady, after the greeting was answered: so whether it was sent never depends on what became of the greeting.
struct Client::Impl {
  enum class Stage { kClosed, kConnecting, kGreeting, kReady };

  Impl(event_base* event_base_of_loop, std::string ip, uint16_t port, const std::vector<Request>& greeting_requests)
      : base(event_base_of_loop), where(fmt::format("{}:{}", ip, port)), greetings(greeting_requests.size()) {
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address_is_valid = ::inet_pton(AF_INET, ip.c_str(), &address.sin_addr) == 1;
    for (const Request& request : greeting_requests) append_request(greeting, request);
    deadline.reset(evtimer_new(
        base, [](evutil_socket_t, short, void* self) { static_cast<Impl*>(self)->on_deadline(); }, this));
    deferred.reset(evtimer_new(
        base, [](evutil_socket_t, short, void* self) { static_cast<Impl*>(self)->deliver(); }, this));
  }
  ~Impl() { disconnect(); }

  // --- the request ---

  void send(const Request& request, std::chrono::milliseconds timeout, Done when_done) {
    done = std::move(when_done);
    open = true;
    written = false;
    timeout_of_request = timeout;
    request_bytes.clear();
    append_request(request_bytes, request);
    const timeval tv = to_timeval(timeout);
    event_add(deadline.get(), &tv);

    inside_send = true;
    if (stage == Stage::kClosed) {
      connect();
    } else {
      write_request();
    }
    inside_send = false;
  }

  void cancel() {
    event_del(deadline.get());
    event_del(deferred.get());
    disconnect();
    open = false;
    done = nullptr;
  }

  void on_deadline() {
    const char* missing = stage == Stage::kReady      ? "no answer"
                          : stage == Stage::kGreeting ? "no answer to the greeting"
                                                      : "no connection";
    lose(fmt::format("{} within {} ms", missing, timeout_of_request.count()));
  }

  // Ends the connection, and the open request with it.
  void lose(std::string_view why) {
    disconnect();
    if (!open) return;
    Outcome outcome;
    outcome.loss = written ? Script::Loss::kNoAnswer : Script::Loss::kNotSent;
    outcome.why = fmt::format("{}: {}", where, why);
    finish(std::move(outcome));
  }
  void lose(int error_number) { lose(std::strerror(error_number)); }

  void finish(Outcome outcome) {
    event_del(deadline.get());
    result = std::move(outcome);
    if (inside_send) {
      event_active(deferred.get(), EV_TIMEOUT, 1);  // the caller of send() is not called back from inside it
    } else {
      deliver();
    }
  }

  // `done` may send the next request or destroy this client: nothing is touched after it.
  void deliver() {
    open = false;
    const Done call = std::exchange(done, nullptr);
    call(std::move(result));
  }

  // --- the connection ---

  void connect() {
    if (!address_is_valid) return lose("not an IPv4 address");
    fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return lose(errno);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // requests are small and wait for nothing
    stage = Stage::kConnecting;
    readable.reset(event_new(
        base, fd, EV_READ | EV_PERSIST,
        [](evutil_socket_t, short, void* self) { static_cast<Impl*>(self)->on_readable(); }, this));
    writable.reset(event_new(
        base, fd, EV_WRITE, [](evutil_socket_t, short, void* self) { static_cast<Impl*>(self)->on_writable(); }, this));
    reader = std::make_unique<ReplyReader>();
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return connected();
    if (errno != EINPROGRESS) return lose(errno);
    event_add(writable.get(), nullptr);
  }

  void connected() {
    event_add(readable.get(), nullptr);
    if (greetings == 0) {
      stage = Stage::kReady;
      return write_request();
    }
    stage = Stage::kGreeting;
    greetings_left = greetings;
    out = greeting;
    out_sent = 0;
    flush();
  }

  void disconnect() {
    stage = Stage::kClosed;
    readable.reset();
    writable.reset();
    reader.reset();
    if (fd >= 0) ::close(fd);
    fd = -1;
  }

  void write_request() {
    out.swap(request_bytes);
    out_sent = 0;
    flush();
  }

  void flush() {
    while (out_sent < out.size()) {
      const ssize_t n = ::send(fd, out.data() + out_sent, out.size() - out_sent, MSG_NOSIGNAL);
      if (n > 0) {
        out_sent += static_cast<size_t>(n);
        if (stage == Stage::kReady) written = true;
      } else if (errno == EAGAIN) {
        event_add(writable.get(), nullptr);
        return;
      } else if (errno != EINTR) {
        return lose(errno);
      }
    }
  }

  void on_writable() {
    if (stage != Stage::kConnecting) return flush();
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return lose(error);
    connected();
  }

  void on_readable() {
    static thread_local std::array<char, 64 * 1024> buffer;
    const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n < 0) return lose(errno);
    if (n == 0) return lose("connection closed by the node");
    reader->feed({buffer.data(), static_cast<size_t>(n)});
    read_replies();
  }

  void read_replies() {
    while (stage != Stage::kClosed) {
      tl::expected<std::optional<Reply>, std::string> next = reader->next();
      if (!next) return lose(next.error());
      if (!*next) return;
      Reply& reply = **next;
      if (stage == Stage::kGreeting) {
        if (reply.kind == Reply::Kind::kError) return lose("greeting refused: " + reply.text);
        if (--greetings_left > 0) continue;
        stage = Stage::kReady;
        if (open) write_request();
      } else if (open && written) {
        return answered(std::move(reply));
      } else {
        return lose("a reply that nobody asked for");
      }
    }
  }

  void answered(Reply reply) {
    // What follows the reply, or was not sent before it, would be taken for the next request's: start afresh then.
    if (reader->has_rest() || out_sent < out.size()) disconnect();
    Outcome outcome;
    outcome.answered = true;
    outcome.reply = std::move(reply);
    finish(std::move(outcome));
  }

  event_base* base;
  std::string where;
  sockaddr_in address{};
  bool address_is_valid = false;
  std::string greeting;
  size_t greetings = 0;

  Stage stage = Stage::kClosed;
  int fd = -1;
  EventPtr readable;
  EventPtr writable;
  std::unique_ptr<ReplyReader> reader;
  size_t greetings_left = 0;
  std::string out;  // what is being written: the greeting, or the request
  size_t out_sent = 0;

  bool open = false;     // a request waits for its outcome
  bool written = false;  // at least one byte of it went to the kernel
  bool inside_send = false;
  std::string request_bytes;
  std::chrono::milliseconds timeout_of_request{0};
  Done done;
  Outcome result;
  EventPtr deadline;
  EventPtr deferred;
};

Client::Client(event_base* base, std::string ip, uint16_t port, const std::vector<Request>& greeting)
    : impl_(std::make_unique<Impl>(base, std::move(ip), port, greeting)) {}
Client::~Client() = default;

void Client::send(const Request& request, std::chrono::milliseconds timeout, Done done) {
  impl_->send(request, timeout, std::move(done));
}

void Client::cancel() { impl_->cancel(); }

bool Client::busy() const { return impl_->open; }

}  // namespace harness
