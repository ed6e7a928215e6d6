// How far a long check has come, and that it is alive: on a terminal one line that is printed over and over, in a pipe
// a plain line every few seconds. A check that takes no longer than a moment says nothing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "harness/report/terminal.h"

namespace harness {

// Prints from a thread of its own, so that the time goes on while what is counted stands still.
class CheckProgress {
 public:
  // The times are parameters for tests only.
  explicit CheckProgress(Terminal& terminal, std::chrono::milliseconds silence = std::chrono::milliseconds(500),
                         std::chrono::milliseconds redraw = std::chrono::milliseconds(100),
                         std::chrono::milliseconds plain = std::chrono::milliseconds(5'000));
  ~CheckProgress() { clear(); }
  CheckProgress(const CheckProgress&) = delete;
  CheckProgress& operator=(const CheckProgress&) = delete;

  // See checkers::Headway. From any thread, as often as it likes.
  void update(std::string_view what, size_t done, size_t of);
  // Takes the overprinted line away, and prints no more.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  void print_now_and_then(Clock::time_point next);
  std::string text() const;

  Terminal& terminal_;
  const std::chrono::milliseconds interval_;
  const Clock::time_point began_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string what_;  // empty: nothing was said yet
  size_t done_ = 0, of_ = 0;
  bool shown_ = false, ended_ = false;
  std::thread printer_;
};

}  // namespace harness
