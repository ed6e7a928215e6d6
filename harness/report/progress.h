// What a run is doing, while it does it: on a terminal one line that is printed over and over, in a pipe a plain line
// every few seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/report/terminal.h"

namespace harness {

class Progress {
 public:
  struct State {
    std::string phase;                              // "main", "waiting until quiet", …
    std::optional<std::chrono::milliseconds> left;  // of the phase, if that is known
    int64_t operations = 0;                         // completed so far
    int64_t ok = 0;
    int64_t fail = 0;
    int64_t info = 0;
    std::string fault;   // in force; empty: none
    std::string detail;  // "3 keys differ", …
  };

  explicit Progress(Terminal& terminal) : terminal_(terminal) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Call often: it prints when it is time, and at once when the phase changes.
  void update(const State& state);
  // A line of its own, that stays.
  void note(const std::string& text);
  // Takes the overprinted line away.
  void clear();

  static constexpr std::chrono::milliseconds kRedraw{100};
  static constexpr std::chrono::milliseconds kPlainInterval{5'000};

 private:
  using Clock = std::chrono::steady_clock;
  std::string text(const State& state) const;
  void measure_rate(const State& state, Clock::time_point now);

  Terminal& terminal_;
  std::string phase_;
  bool shown_ = false;
  Clock::time_point next_{};
  Clock::time_point measured_{};
  int64_t operations_then_ = 0;
  double rate_ = 0;  // operations a second of late
};

}  // namespace harness
