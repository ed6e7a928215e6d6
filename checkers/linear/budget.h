// What all searches of one judgement may spend together: time, memory, and the patience of the caller.
#pragma once

#include <atomic>
#include <cstddef>

#include "checkers/judging.h"

namespace checkers::linear {

class Budget {
 public:
  explicit Budget(const Judging& how) : how_(how), deadline_(how.now() + how.time_budget) {}

  // Is it over? Asks the clock: not for every step.
  bool spent() {
    if (!over_.load(std::memory_order_relaxed) && (how_.stopped() || how_.now() > deadline_)) over_.store(true);
    return over_.load(std::memory_order_relaxed);
  }
  // False if there is not so much left; then nothing is taken.
  bool take(size_t bytes) {
    if (bytes_.fetch_add(bytes) + bytes <= how_.memory_budget_bytes) return true;
    bytes_.fetch_sub(bytes);
    return false;
  }
  void give_back(size_t bytes) { bytes_.fetch_sub(bytes); }

 private:
  const Judging& how_;
  const std::chrono::nanoseconds deadline_;
  std::atomic<bool> over_ = false;
  std::atomic<size_t> bytes_ = 0;
};

}  // namespace checkers::linear
