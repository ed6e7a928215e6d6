// The loop of a simulated run: from event to event of the world, on its virtual time.
#pragma once

#include <vector>

#include "harness/run/loop.h"
#include "harness/sim/world.h"

namespace harness::sim {

class SimLoop : public Loop {
 public:
  explicit SimLoop(World& world);

  SteadyClock::time_point now() const override { return SteadyClock::time_point(world_.now()); }
  bool run_until(const std::function<bool()>& done,
                 SteadyClock::time_point deadline = SteadyClock::time_point::max()) override;
  void post(Call call) override;
  void on_tick(Call call) override { tick_call_ = std::move(call); }
  // Virtual time waits for whoever needs it.
  std::chrono::nanoseconds lateness() const override { return std::chrono::nanoseconds(0); }
  std::unique_ptr<Alarm> make_alarm(Call call, uint16_t rank) override;

  // A phase that waits for something longer than this waits for ever: an error of the harness.
  static constexpr std::chrono::hours kLongestWait{24};

 private:
  World& world_;
  Call tick_call_;
  std::unique_ptr<Alarm> tick_;
  std::vector<Call> posted_;
  std::unique_ptr<Alarm> post_;
};

}  // namespace harness::sim
