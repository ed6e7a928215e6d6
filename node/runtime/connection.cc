#include "node/runtime/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "node/runtime/log.h"
#include "node/wire/command.h"

namespace node {

namespace {

constexpr size_t kReadBytes = 128u << 10;
// A client that has been told why it is closed gets this long, and may still send this much, before it is cut.
constexpr auto kLingerTime = std::chrono::seconds(1);
constexpr size_t kLingerBytes = 4u << 20;

constexpr std::string_view kGreeting = "PEER";

}  // namespace

Connection::Connection(event_base* base, Fd fd, ClientId id, int door, Host& host, std::string refusal)
    : fd_(std::move(fd)), id_(id), door_(door), host_(host), refusal_(std::move(refusal)), reader_(host.limits.client) {
  readable_.reset(event_new(base, fd_.get(), EV_READ | EV_PERSIST, &Connection::on_event, this));
  writable_.reset(event_new(base, fd_.get(), EV_WRITE, &Connection::on_event, this));
  event_add(readable_.get(), nullptr);
}

void Connection::on_event(evutil_socket_t, short what, void* self) {
  auto& connection = *static_cast<Connection*>(self);
  if (connection.gone()) return;
  if (what & EV_WRITE) connection.want_flush();
  if (what & (EV_READ | EV_TIMEOUT)) connection.read_some(what);
}

void Connection::read_some(short what) {
  if (what & EV_TIMEOUT) return drop();
  static thread_local std::array<char, kReadBytes> bytes;
  const ssize_t count = recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) drop();
    return;
  }
  if (state_ == State::kLingering) {
    discarded_bytes_ += static_cast<size_t>(count);
    if (count == 0 || discarded_bytes_ > kLingerBytes) drop();
    return;
  }
  if (count == 0) {
    end_of_file_ = true;
    stop_reading();
    return want_flush();
  }
  if (http_) return;
  read_at_ = std::chrono::steady_clock::now().time_since_epoch();
  reader_.feed({bytes.data(), static_cast<size_t>(count)});
  take_requests();
}

void Connection::take_requests() {
  Words words;
  std::string error;
  while (state_ == State::kOpen && !http_) {
    if (over_limits(1)) {
      paused_ = true;
      event_del(readable_.get());
      return;
    }
    if (refuse_at_the_door()) continue;
    switch (reader_.next(words, error)) {
      case resp::RespReader::Result::kMore:
        return;
      case resp::RespReader::Result::kRequest:
        take_request(words);
        break;
      case resp::RespReader::Result::kTooBig:
        answer_here("TOOBIG " + error, false);
        break;
      case resp::RespReader::Result::kBroken:
        answer_here("ERR Protocol error: " + error, true);
        break;
    }
  }
}

// The next request, if there is no room for it. What costs nothing (PING) is let in all the same.
bool Connection::refuse_at_the_door() {
  Door& door = host_.inbox->door;
  if (door.admits(host_.inbox->clients.size()) || !peer_.empty() || !refusal_.empty()) return false;
  const auto unwanted = [](std::string_view name) { return is_data_command(to_upper(std::string(name))); };
  if (!reader_.pass_over(unwanted)) return false;
  door.count_refused();
  ++next_ticket_;
  open_.emplace_back().refused = true;
  emit_ready_replies();
  return true;
}

void Connection::take_request(Words& words) {
  if (!peer_.empty()) {
    for (Packet& packet : words) host_.inbox->first.emplace_back(PeerMessage{std::move(packet), read_at_});
    return;
  }
  if (next_ticket_ == 0 && words.front() == kGreeting) return become_peer(words);
  if (!refusal_.empty()) return answer_here(refusal_, true);
  // Lines of a browser's request must not be taken for commands: any page on the web could have it send some.
  http_ = next_ticket_ == 0 && words.size() == 3 && words[2].starts_with("HTTP/");
  open_.emplace_back();
  asked_core_ = true;
  host_.inbox->clients.emplace_back(ClientRequest{id_, next_ticket_++, std::move(words), door_, read_at_});
}

void Connection::become_peer(const Words& greeting) {
  if (greeting.size() != 3) return answer_here("ERR PEER takes a name and a life", true);
  if (!host_.admit_peer(*this, greeting[1])) {
    return answer_here(fmt::format("ERR PEER {} is not the name of another node", greeting[1]), true);
  }
  peer_ = greeting[1];
  reader_.set_limits(host_.limits.peer);
}

// An answer that the core has no part in. Between nodes nothing is answered: what is refused there is as good as lost.
void Connection::answer_here(std::string_view error, bool close) {
  if (!peer_.empty()) {
    log_line(host_.name, fmt::format("from {}: {}{}", peer_, error, close ? "; link closed" : "; message dropped"));
    if (close) drop();
    return;
  }
  std::string encoded;
  resp::error(encoded, error);
  open_.push_back({std::move(encoded), close});
  held_bytes_ += open_.back().reply->size();
  ++next_ticket_;
  if (close) stop_reading();
  emit_ready_replies();
}

void Connection::reply(uint64_t ticket, std::string resp, bool close) {
  if (gone() || ticket < first_ticket_ || ticket - first_ticket_ >= open_.size()) return;
  if (ticket == first_ticket_ && !close) {  // nearly always
    out_.append(std::move(resp));
    open_.pop_front();
    ++first_ticket_;
  } else {
    Slot& slot = open_[ticket - first_ticket_];
    if (slot.ready()) return;
    held_bytes_ += resp.size();
    slot = {std::move(resp), close};
  }
  emit_ready_replies();
}

void Connection::emit_ready_replies() {
  while (!open_.empty() && open_.front().ready()) {
    Slot slot = std::move(open_.front());
    open_.pop_front();
    ++first_ticket_;
    if (slot.refused) {
      out_.copy({host_.inbox->door.reply()});
      continue;
    }
    held_bytes_ -= slot.reply->size();
    out_.append(std::move(*slot.reply));
    if (!slot.close) continue;
    stop_reading();
    open_.clear();
    held_bytes_ = 0;
  }
  if (out_.bytes() + held_bytes_ > host_.limits.cut_off_unsent_bytes) {
    log_line(host_.name, fmt::format("a client left {} bytes of replies unread, more than {}: closed",
                                     out_.bytes() + held_bytes_, host_.limits.cut_off_unsent_bytes));
    return drop();
  }
  want_flush();
}

bool Connection::over_limits(size_t share) const {
  return open_.size() > (host_.limits.max_open_requests - 1) / share ||
         out_.bytes() + held_bytes_ > (host_.limits.max_unsent_bytes - 1) / share;
}

void Connection::want_flush() {
  if (std::exchange(flush_wanted_, true)) return;
  host_.wants_flush(*this);
}

void Connection::flush() {
  flush_wanted_ = false;
  if (gone()) return;
  switch (out_.flush(fd_.get())) {
    case OutBuffer::Flush::kFailed:
      return drop();
    case OutBuffer::Flush::kBlocked:
      event_add(writable_.get(), nullptr);
      break;
    case OutBuffer::Flush::kDone:
      break;
  }
  if (paused_ && state_ == State::kOpen && !over_limits(2)) {
    paused_ = false;
    event_add(readable_.get(), nullptr);
    take_requests();
  }
  finish();
}

void Connection::stop_reading() {
  if (state_ != State::kOpen) return;
  state_ = State::kFinishing;
  event_del(readable_.get());
}

// Goes on to the end if there is nothing left to say.
void Connection::finish() {
  if (state_ != State::kFinishing || !open_.empty() || !out_.empty()) return;
  if (end_of_file_) return drop();
  state_ = State::kLingering;
  shutdown(fd_.get(), SHUT_WR);
  const timeval limit = to_timeval(kLingerTime);
  event_add(readable_.get(), &limit);
}

void Connection::drop() {
  if (gone()) return;
  state_ = State::kGone;
  readable_.reset();
  writable_.reset();
  fd_.reset();
  out_.clear();
  open_.clear();
  host_.is_gone(*this);
}

}  // namespace node
