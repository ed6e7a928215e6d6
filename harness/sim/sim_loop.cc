#include "harness/sim/sim_loop.h"

#include <algorithm>
#include <stdexcept>

namespace harness::sim {

namespace {

class SimAlarm : public Loop::Alarm {
 public:
  SimAlarm(World& world, Loop::Call call, uint16_t rank)
      : world_(world), timer_(world.make_timer(rank, std::move(call))) {}
  ~SimAlarm() override { world_.drop_timer(timer_); }
  SimAlarm(const SimAlarm&) = delete;
  SimAlarm& operator=(const SimAlarm&) = delete;

  void arm(std::chrono::nanoseconds delay) override { world_.arm(timer_, world_.now() + delay); }
  void disarm() override { world_.disarm(timer_); }

 private:
  World& world_;
  World::TimerId timer_;
};

}  // namespace

SimLoop::SimLoop(World& world) : world_(world) {
  tick_ = make_alarm(
      [this] {
        if (tick_call_) tick_call_();
        tick_->arm(kTick);
      },
      World::kLastRank);
  post_ = make_alarm(
      [this] {
        std::vector<Call> calls;
        calls.swap(posted_);
        for (Call& call : calls) call();
      },
      World::kLastRank);
}

bool SimLoop::run_until(const std::function<bool()>& done, SteadyClock::time_point deadline) {
  const bool ticks = tick_call_ != nullptr;
  if (ticks) tick_->arm(kTick);
  const Instant limit = world_.now() + kLongestWait;
  const Instant end = std::min(limit, Instant(deadline.time_since_epoch()));
  bool came = done();
  while (!came && world_.advance(end)) came = done();
  if (ticks) tick_->disarm();
  if (!came) came = done();
  if (!came && end == limit) throw std::runtime_error("the simulated run waits for something that never comes");
  return came;
}

void SimLoop::post(Call call) {
  if (posted_.empty()) post_->arm(std::chrono::nanoseconds(0));
  posted_.push_back(std::move(call));
}

std::unique_ptr<Loop::Alarm> SimLoop::make_alarm(Call call, uint16_t rank) {
  return std::make_unique<SimAlarm>(world_, std::move(call), rank);
}

}  // namespace harness::sim
