#include "harness/report/progress.h"

#include <fmt/format.h>

#include <cmath>

#include "harness/run/duration.h"

namespace harness {

namespace {

constexpr std::chrono::milliseconds kRateWindow{1'000};
constexpr int kPhaseColumn = 20;  // "waiting until quiet"

}  // namespace

void Progress::update(const State& state) {
  auto now = Clock::now();
  measure_rate(state, now);
  bool new_phase = state.phase != phase_;
  if (!new_phase && now < next_) return;
  phase_ = state.phase;
  if (terminal_.interactive()) {
    next_ = now + kRedraw;
    terminal_.print("\r\x1b[K" + terminal_.paint(Colour::kCyan, clip(text(state), terminal_.columns() - 1)));
    shown_ = true;
  } else {
    next_ = now + kPlainInterval;
    terminal_.print_line(text(state));
  }
}

void Progress::note(const std::string& text) {
  clear();
  terminal_.print_line("  " + text);
}

void Progress::clear() {
  if (shown_) terminal_.print("\r\x1b[K");
  shown_ = false;
}

void Progress::measure_rate(const State& state, Clock::time_point now) {
  if (measured_ == Clock::time_point{} || state.operations < operations_then_) {
    measured_ = now;
    operations_then_ = state.operations;
    return;
  }
  if (now - measured_ < kRateWindow) return;
  std::chrono::duration<double> elapsed = now - measured_;
  rate_ = static_cast<double>(state.operations - operations_then_) / elapsed.count();
  measured_ = now;
  operations_then_ = state.operations;
}

std::string Progress::text(const State& state) const {
  std::string out = "  " + pad(state.phase, kPhaseColumn);
  if (state.left) out += fmt::format("{:>4.0f} s left  ", std::ceil(static_cast<double>(state.left->count()) / 1000));
  if (state.operations > 0) {
    out += fmt::format("{:>7} ops  ", with_commas(state.operations));
    if (state.left && rate_ > 0) out += fmt::format("{:>6}/s  ", with_commas(std::llround(rate_)));
    out += fmt::format("ok {}  fail {}  info {}  ", with_commas(state.ok), with_commas(state.fail),
                       with_commas(state.info));
  }
  if (!state.fault.empty()) out += "│ " + state.fault;
  out += state.detail;
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace harness
