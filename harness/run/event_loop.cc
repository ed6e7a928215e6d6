#include "harness/run/event_loop.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <system_error>

namespace harness {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

timeval to_timeval(std::chrono::nanoseconds duration) {
  // Rounded up: a timer that fires a little early would find its moment not there yet, and spin.
  int64_t us = duration_cast<microseconds>(duration + std::chrono::nanoseconds(999)).count();
  us = std::max<int64_t>(us, 0);
  timeval out{};
  out.tv_sec = us / 1'000'000;
  out.tv_usec = us % 1'000'000;
  return out;
}

}  // namespace

EventLoop::EventLoop() {
  event_config* config = event_config_new();
  event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  base_ = event_base_new_with_config(config);
  event_config_free(config);
  wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (base_ == nullptr || wake_fd_ < 0)
    throw std::system_error(errno, std::generic_category(), "cannot make an event loop");
  wake_event_ = event_new(
      base_, wake_fd_, EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* self) { static_cast<EventLoop*>(self)->take_posted(); }, this);
  tick_event_ = event_new(
      base_, -1, 0, [](evutil_socket_t, short, void* self) { static_cast<EventLoop*>(self)->tick(); }, this);
  event_add(wake_event_, nullptr);
}

EventLoop::~EventLoop() {
  event_free(tick_event_);
  event_free(wake_event_);
  close(wake_fd_);
  event_base_free(base_);
}

bool EventLoop::run_until(const std::function<bool()>& done, SteadyClock::time_point deadline) {
  arm_tick();  // time spent outside of the loop is no lateness
  while (!done()) {
    if (SteadyClock::now() >= deadline) return false;
    event_base_loop(base_, EVLOOP_ONCE);
  }
  return true;
}

void EventLoop::arm_tick() {
  tick_due_ = SteadyClock::now() + kTick;
  timeval delay = to_timeval(kTick);
  event_add(tick_event_, &delay);
}

void EventLoop::tick() {
  lateness_ = std::max<std::chrono::nanoseconds>(lateness_, SteadyClock::now() - tick_due_);
  if (tick_call_) tick_call_();
  arm_tick();
}

void EventLoop::post(Call call) {
  {
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(call));
  }
  uint64_t one = 1;
  // Fails only when the counter is full, and then the loop is about to wake up anyway.
  [[maybe_unused]] ssize_t written = write(wake_fd_, &one, sizeof one);
}

void EventLoop::take_posted() {
  uint64_t count = 0;
  [[maybe_unused]] ssize_t got = read(wake_fd_, &count, sizeof count);
  std::vector<Call> calls;
  {
    std::lock_guard lock(mutex_);
    calls.swap(posted_);
  }
  for (Call& call : calls) call();
}

namespace {

class EventAlarm : public Loop::Alarm {
 public:
  EventAlarm(event_base* base, Loop::Call call) : call_(std::move(call)) {
    event_ = event_new(
        base, -1, 0, [](evutil_socket_t, short, void* self) { static_cast<EventAlarm*>(self)->call_(); }, this);
  }
  ~EventAlarm() override { event_free(event_); }
  EventAlarm(const EventAlarm&) = delete;
  EventAlarm& operator=(const EventAlarm&) = delete;

  void arm(std::chrono::nanoseconds delay) override {
    timeval time = to_timeval(delay);
    event_add(event_, &time);
  }
  void disarm() override { event_del(event_); }

 private:
  Loop::Call call_;
  event* event_ = nullptr;
};

}  // namespace

// Real moments are never the same: ranks decide nothing here.
std::unique_ptr<Loop::Alarm> EventLoop::make_alarm(Call call, uint16_t /*rank*/) {
  return std::make_unique<EventAlarm>(base_, std::move(call));
}

}  // namespace harness
