// A run against real processes is not twice the same: a schedule that shows a failure may show it one time in three.
// Such a schedule is played several times, fails if one of them does, and has a rate.
#pragma once

#include <functional>
#include <vector>

#include "harness/fuzz/play.h"

namespace harness {

struct Rate {
  int shown = 0;  // plays that failed in the class
  int plays = 0;
};
std::string to_text(const Rate& rate);  // "2/3"

class Repeated {
 public:
  // Plays once, and says in which classes the run failed.
  using PlayOnce = std::function<std::vector<FailureClass>(const RunSettings&)>;
  Repeated(FailureClass failure, int most_plays, PlayOnce play_once)
      : failure_(std::move(failure)), most_plays_(most_plays), play_once_(std::move(play_once)) {}

  // Ends with the first play that fails in the class; what that took is in last().
  bool fails(const RunSettings& settings);
  // All the plays, whatever they show.
  Rate rate(const RunSettings& settings);

  Rate last() const { return last_; }  // of the settings that failed last
  int plays() const { return plays_; }

 private:
  bool play(const RunSettings& settings, Rate& rate);

  const FailureClass failure_;
  const int most_plays_;
  const PlayOnce play_once_;
  Rate last_;
  int plays_ = 0;
};

}  // namespace harness
