// The loop of a real run, on libevent. Nothing here is locked but the list of posted calls.
#pragma once

#include <mutex>
#include <vector>

#include "harness/run/loop.h"

struct event;
struct event_base;

namespace harness {

class EventLoop : public Loop {
 public:
  EventLoop();
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  event_base* base() { return base_; }

  SteadyClock::time_point now() const override { return SteadyClock::now(); }
  bool run_until(const std::function<bool()>& done,
                 SteadyClock::time_point deadline = SteadyClock::time_point::max()) override;
  void post(Call call) override;
  void on_tick(Call call) override { tick_call_ = std::move(call); }
  std::chrono::nanoseconds lateness() const override { return lateness_; }
  std::unique_ptr<Alarm> make_alarm(Call call, uint16_t rank) override;

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

}  // namespace harness
