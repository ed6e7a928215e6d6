// How far a long check has come: on a terminal one line that is printed over and over, in a pipe a plain line every few
// seconds. A check that takes no longer than a moment says nothing.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "harness/report/terminal.h"

namespace harness {

class CheckProgress {
 public:
  // The times are parameters for tests only.
  explicit CheckProgress(Terminal& terminal, std::chrono::milliseconds silence = std::chrono::milliseconds(500),
                         std::chrono::milliseconds redraw = std::chrono::milliseconds(100),
                         std::chrono::milliseconds plain = std::chrono::milliseconds(5'000));
  ~CheckProgress() { clear(); }
  CheckProgress(const CheckProgress&) = delete;
  CheckProgress& operator=(const CheckProgress&) = delete;

  // From any thread, as often as it likes.
  void update(const std::string& checker, size_t done, size_t of);
  // Takes the overprinted line away.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  Terminal& terminal_;
  const std::chrono::milliseconds interval_;
  const Clock::time_point began_;
  std::mutex mutex_;
  Clock::time_point next_;
  bool shown_ = false;
};

}  // namespace harness
