#include "node/runtime/peer_link.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "node/runtime/entropy.h"
#include "node/runtime/log.h"
#include "node/wire/resp.h"

namespace node {

namespace {

using std::chrono::steady_clock;

// A link that breaks sooner after it came up was never of use, and is not told as lost.
constexpr auto kSettled = std::chrono::milliseconds(500);
// A peer that cannot be reached for so long is worth a line; all nodes of a cluster start within less.
constexpr auto kWorthTelling = std::chrono::seconds(3);

std::string seconds_since(steady_clock::time_point start) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(steady_clock::now() - start).count());
}

}  // namespace

PeerLink::PeerLink(event_base* base, Ends ends, PeerLinkOptions options, Tell tell)
    : base_(base),
      ends_(std::move(ends)),
      options_(options),
      tell_(std::move(tell)),
      state_since_(steady_clock::now()) {
  retry_.reset(evtimer_new(base_, &PeerLink::on_retry, this));
  connect();
}

void PeerLink::send(const Packet& packet) {
  if (state_ == State::kDown) {
    ++dropped_;
    return;
  }
  head_.clear();
  resp::array(head_, 1);
  resp::bulk_head(head_, packet.size());
  out_.copy({head_, packet, resp::kLineEnd});
  if (out_.bytes() > options_.queue_bytes) dropped_ += out_.drop_oldest(options_.queue_bytes);
}

void PeerLink::flush() {
  if (state_ != State::kUp || out_.empty()) return;
  switch (out_.flush(fd_.get())) {
    case OutBuffer::Flush::kFailed:
      return fail(strerror(errno));
    case OutBuffer::Flush::kBlocked:
      event_add(writable_.get(), nullptr);
      break;
    case OutBuffer::Flush::kDone:
      break;
  }
}

void PeerLink::connect() {
  attempt_at_ = steady_clock::now();
  remark_.clear();
  fd_ = Fd(socket(ends_.to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd_) return fail(strerror(errno));
  set_option(fd_, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd_, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(options_.user_timeout.count()));
  if (ends_.from) {
    // The port is chosen at connect(): the same one may serve connections to different peers.
    set_option(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    const Address from = ends_.from->with_port(0);
    if (bind(fd_.get(), from.get(), from.length()) != 0) return fail(strerror(errno));
  }
  if (::connect(fd_.get(), ends_.to.get(), ends_.to.length()) != 0 && errno != EINPROGRESS) {
    return fail(strerror(errno));
  }
  state_ = State::kConnecting;
  readable_.reset(event_new(base_, fd_.get(), EV_READ | EV_PERSIST, &PeerLink::on_socket, this));
  writable_.reset(event_new(base_, fd_.get(), EV_WRITE, &PeerLink::on_socket, this));
  const timeval limit = to_timeval(options_.connect_timeout);
  event_add(writable_.get(), &limit);
}

void PeerLink::on_socket(evutil_socket_t, short what, void* self) {
  auto& link = *static_cast<PeerLink*>(self);
  if (link.state_ == State::kDown) return;
  if (link.state_ == State::kConnecting) {
    return what & EV_TIMEOUT ? link.fail("connecting timed out") : link.connected();
  }
  if (what & EV_READ) link.read_and_discard();
  if (what & EV_WRITE) link.flush();
}

void PeerLink::connected() {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return fail(strerror(error));
  // Where nobody listens, TCP may pick the very port that it connects to, and the socket ends up talking to itself.
  const auto own = Address::of_socket(fd_.get());
  if (own && own->text() == ends_.to.text()) return fail("nobody listens");
  if (told_down_) {
    log(fmt::format("{} can be reached again after {}; {} messages to it were dropped", ends_.peer,
                    seconds_since(state_since_), dropped_ - dropped_before_));
  }
  told_down_ = false;
  state_ = State::kUp;
  state_since_ = steady_clock::now();
  event_add(readable_.get(), nullptr);
  tell_(true);
  out_.prepend(ends_.greeting);
  flush();
}

// A peer answers nothing, except why it closes.
void PeerLink::read_and_discard() {
  char bytes[512];
  const ssize_t count = recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (count > 0) {
    remark_.assign(bytes, std::find(bytes, bytes + count, '\r'));
    return;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count < 0) return fail(strerror(errno));
  fail(remark_.empty() ? "closed by it" : "closed by it: " + remark_);
}

void PeerLink::fail(const std::string& reason) {
  const auto now = steady_clock::now();
  if (state_ == State::kUp) {
    tell_(false);
    const bool settled = now - state_since_ >= kSettled;
    dropped_before_ = dropped_;
    state_since_ = now;
    if (settled) {
      log(fmt::format("lost the link to {}: {}", ends_.peer, reason));
      told_down_ = true;
    }
  } else if (!told_down_ && now - state_since_ >= kWorthTelling) {
    log(fmt::format("{} at {} cannot be reached: {}", ends_.peer, ends_.to.text(), reason));
    told_down_ = true;
  }
  state_ = State::kDown;
  readable_.reset();
  writable_.reset();
  fd_.reset();
  dropped_ += out_.clear();

  const auto spread = static_cast<uint64_t>((options_.retry_max - options_.retry_min).count() + 1);
  const auto interval = options_.retry_min + std::chrono::milliseconds(random_bits() % spread);
  const auto wait = std::max<steady_clock::duration>(attempt_at_ + interval - now, std::chrono::milliseconds(1));
  const timeval delay = to_timeval(wait);
  event_add(retry_.get(), &delay);
}

void PeerLink::on_retry(evutil_socket_t, short, void* self) { static_cast<PeerLink*>(self)->connect(); }

void PeerLink::log(const std::string& text) const { log_line(ends_.self, text); }

}  // namespace node
