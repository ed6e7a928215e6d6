#include "harness/fuzz/repeat.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/run/signals.h"

namespace harness {

std::string to_text(const Rate& rate) { return fmt::format("{}/{}", rate.shown, rate.plays); }

bool Repeated::play(const RunSettings& settings, Rate& rate) {
  ++plays_;
  ++rate.plays;
  const std::vector<FailureClass> failures = play_once_(settings);
  const bool shown = std::find(failures.begin(), failures.end(), failure_) != failures.end();
  rate.shown += shown;
  return shown;
}

bool Repeated::fails(const RunSettings& settings) {
  Rate rate;
  while (rate.plays < most_plays_ && !Signals::interrupted()) {
    if (!play(settings, rate)) continue;
    last_ = rate;
    return true;
  }
  return false;
}

Rate Repeated::rate(const RunSettings& settings) {
  Rate rate;
  while (rate.plays < most_plays_ && !Signals::interrupted()) play(settings, rate);
  return rate;
}

}  // namespace harness
