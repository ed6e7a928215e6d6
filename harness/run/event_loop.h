// The loop of the thread that drives a run: clients, timers, and calls posted by other threads. A phase of a run is
// `run_until(what it waits for)`; everything else happens in callbacks on this one thread, so nothing here is locked
// but the list of posted calls.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

struct event;
struct event_base;

namespace harness {

using SteadyClock = std::chrono::steady_clock;

class EventLoop {
 public:
  using Call = std::function<void()>;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  event_base* base() { return base_; }

  // Handles events until `done` says so (true) or the deadline passes (false). `done` is asked after every turn, at
  // least every kTick.
  bool run_until(const std::function<bool()>& done, SteadyClock::time_point deadline = SteadyClock::time_point::max());

  // From any thread: `call` runs on the loop's thread, in order of posting.
  void post(Call call);

  // Called every kTick while the loop runs; at most one.
  void on_tick(Call call) { tick_call_ = std::move(call); }

  // The largest delay so far between when the tick was due and when it came: how badly this process was starved of CPU.
  std::chrono::nanoseconds lateness() const { return lateness_; }

  static constexpr std::chrono::milliseconds kTick{20};

 private:
  void arm_tick();
  void tick();
  void take_posted();

  event_base* base_ = nullptr;
  event* tick_event_ = nullptr;
  event* wake_event_ = nullptr;
  int wake_fd_ = -1;
  SteadyClock::time_point tick_due_;
  std::chrono::nanoseconds lateness_{0};
  Call tick_call_;
  std::mutex mutex_;
  std::vector<Call> posted_;
};

// A timer of the loop that fires once each time it is armed.
class Timer {
 public:
  Timer(EventLoop& loop, EventLoop::Call call);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void arm(std::chrono::nanoseconds delay);  // again: replaces; not positive: in the next turn
  void disarm();

 private:
  EventLoop::Call call_;
  event* event_ = nullptr;
};

}  // namespace harness
