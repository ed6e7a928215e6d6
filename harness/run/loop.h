// The loop of the thread that drives a run: its clock, its timers, and what happens in connections. A phase of a run is
// `run_until(what it waits for)`; everything else happens in callbacks on this one thread.
//
// A real run's loop waits for sockets (event_loop.h). A simulated run's goes from event to event on virtual time
// (harness/sim/sim_loop.h), where nothing waits. Both count time as SteadyClock does; who wants to know how late it is
// in a run asks the loop, never the clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace harness {

using SteadyClock = std::chrono::steady_clock;

class Loop {
 public:
  using Call = std::function<void()>;

  virtual ~Loop() = default;

  virtual SteadyClock::time_point now() const = 0;

  // Handles events until `done` says so (true) or the deadline passes (false). `done` is asked after every turn, at
  // least every kTick.
  virtual bool run_until(const std::function<bool()>& done,
                         SteadyClock::time_point deadline = SteadyClock::time_point::max()) = 0;

  // From any thread: `call` runs on the loop's thread, in order of posting.
  virtual void post(Call call) = 0;

  // Called every kTick while the loop runs; at most one.
  virtual void on_tick(Call call) = 0;

  // The largest delay so far between when the tick was due and when it came: how badly this process was starved of CPU.
  virtual std::chrono::nanoseconds lateness() const = 0;

  static constexpr std::chrono::milliseconds kTick{20};

  // What is behind a Timer.
  class Alarm {
   public:
    virtual ~Alarm() = default;
    virtual void arm(std::chrono::nanoseconds delay) = 0;
    virtual void disarm() = 0;
  };
  virtual std::unique_ptr<Alarm> make_alarm(Call call, uint16_t rank) = 0;
};

// A timer of a loop that fires once each time it is armed.
class Timer {
 public:
  // `rank`: in a simulated run, of timers that are due at one moment those of lower rank come first. So a run and its
  // repetition agree also where they have armed their timers in another order.
  static constexpr uint16_t kLastRank = 0xfffe;
  Timer(Loop& loop, Loop::Call call, uint16_t rank = kLastRank) : alarm_(loop.make_alarm(std::move(call), rank)) {}

  void arm(std::chrono::nanoseconds delay) { alarm_->arm(delay); }  // again: replaces; not positive: in the next turn
  void disarm() { alarm_->disarm(); }

 private:
  std::unique_ptr<Loop::Alarm> alarm_;
};

}  // namespace harness
