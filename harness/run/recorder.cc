#include "harness/run/recorder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "checkers/history_file.h"

namespace harness {

using checkers::Nanos;

tl::expected<std::unique_ptr<Recorder>, std::string> Recorder::create(const std::filesystem::path& file,
                                                                      checkers::TestInfo test, const Loop& loop) {
  int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return tl::unexpected(fmt::format("cannot write {}: {}", file.string(), strerror(errno)));
  std::unique_ptr<Recorder> recorder(new Recorder(fd, file, std::move(test), loop));
  recorder->write_out(checkers::to_line(recorder->history_.test));
  if (std::string error = recorder->error(); !error.empty()) return tl::unexpected(error);
  recorder->writer_ = std::thread([r = recorder.get()] { r->write_loop(); });
  return recorder;
}

Recorder::Recorder(int fd, std::filesystem::path file, checkers::TestInfo test, const Loop& loop)
    : fd_(fd), file_(std::move(file)), loop_(loop), start_(loop.now()) {
  history_.test = std::move(test);
}

Recorder::Recorder(checkers::TestInfo test, const Loop& loop) : loop_(loop), start_(loop.now()) {
  history_.test = std::move(test);
}

Recorder::~Recorder() {
  if (writer_.joinable()) (void)finish();
  if (fd_ >= 0) close(fd_);
}

void Recorder::judge_live() {
  std::lock_guard lock(mutex_);
  judge_ = std::make_unique<checkers::LiveJudge>(history_.test);
  live_.checkers = judge_->names();
}

Recorder::Live Recorder::live() const {
  std::lock_guard lock(mutex_);
  return live_;
}

int64_t Recorder::add(checkers::Event event) {
  event.index = next_index_++;
  event.time = now();
  int64_t index = event.index;
  push(std::move(event));
  return index;
}

void Recorder::phase(std::string name) { push(checkers::Phase{now(), std::move(name)}); }

void Recorder::add(checkers::Poll poll) {
  poll.time = now();
  push(std::move(poll));
}

void Recorder::add(checkers::Dump dump) {
  dump.time = now();
  push(std::move(dump));
}

void Recorder::add(checkers::NodeExit exit) {
  exit.time = now();
  push(std::move(exit));
}

void Recorder::lateness(Nanos lateness) { push(Lateness{now(), lateness}); }

void Recorder::push(Item item) {
  if (fd_ < 0) {
    take(std::move(item), nullptr);
    std::lock_guard lock(mutex_);
    return note_live();
  }
  std::lock_guard lock(mutex_);
  pending_.push_back(std::move(item));
}

const checkers::History& Recorder::settled() {
  if (fd_ < 0) return history_;
  std::unique_lock lock(mutex_);
  hurry_ = true;
  wake_.notify_one();
  settled_.wait(lock, [this] { return pending_.empty() && !busy_; });
  hurry_ = false;
  return history_;
}

tl::expected<checkers::History, std::string> Recorder::finish() {
  if (fd_ < 0) return std::move(history_);
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    wake_.notify_one();
  }
  writer_.join();
  if (!error_.empty()) return tl::unexpected(error_);
  return std::move(history_);
}

std::string Recorder::error() const {
  std::lock_guard lock(mutex_);
  return error_;
}

void Recorder::write_loop() {
  std::vector<Item> batch;
  std::string lines;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, kFlush, [this] { return stop_ || (hurry_ && !pending_.empty()); });
    if (pending_.empty()) {
      if (stop_) return;
      continue;
    }
    batch.swap(pending_);
    busy_ = true;
    lock.unlock();
    lines.clear();
    for (Item& item : batch) take(std::move(item), &lines);
    batch.clear();
    write_out(lines);
    lock.lock();
    note_live();
    busy_ = false;
    settled_.notify_all();
  }
}

// With the lock held.
void Recorder::note_live() {
  if (judge_ == nullptr) return;
  live_.judged = judge_->judged();
  live_.remembered = std::max(live_.remembered, judge_->remembered());
  if (live_.violation || judge_->guilty() == nullptr) return;
  live_.guilty = judge_->guilty()->name();
  live_.violation = judge_->guilty()->violation();
}

void Recorder::take(Item item, std::string* lines) {
  const auto keep = [lines](auto record, auto& records) {
    if (lines != nullptr) *lines += checkers::to_line(record);
    records.push_back(std::move(record));
  };
  if (auto* event = std::get_if<checkers::Event>(&item)) {
    if (judge_ != nullptr) judge_->add(*event);
    keep(std::move(*event), history_.events);
  } else if (auto* phase = std::get_if<checkers::Phase>(&item)) {
    keep(std::move(*phase), history_.phases);
  } else if (auto* poll = std::get_if<checkers::Poll>(&item)) {
    keep(std::move(*poll), history_.polls);
  } else if (auto* dump = std::get_if<checkers::Dump>(&item)) {
    keep(std::move(*dump), history_.dumps);
  } else if (auto* exit = std::get_if<checkers::NodeExit>(&item)) {
    if (judge_ != nullptr) judge_->add(*exit);
    keep(std::move(*exit), history_.exits);
  } else if (auto* late = std::get_if<Lateness>(&item)) {
    if (lines != nullptr) *lines += checkers::lateness_line(late->time, late->lateness);
    history_.lateness = late->lateness;
  }
}

void Recorder::write_out(const std::string& lines) {
  const char* at = lines.data();
  size_t left = lines.size();
  while (left > 0) {
    ssize_t written = write(fd_, at, left);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      std::string error = fmt::format("cannot write {}: {}", file_.string(), strerror(errno));
      std::lock_guard lock(mutex_);
      if (error_.empty()) error_ = std::move(error);
      return;
    }
    at += written;
    left -= static_cast<size_t>(written);
  }
}

}  // namespace harness
