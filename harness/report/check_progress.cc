#include "harness/report/check_progress.h"

#include <fmt/format.h>

#include "harness/run/duration.h"

namespace harness {

CheckProgress::CheckProgress(Terminal& terminal, std::chrono::milliseconds silence, std::chrono::milliseconds redraw,
                             std::chrono::milliseconds plain)
    : terminal_(terminal), interval_(terminal.interactive() ? redraw : plain), began_(Clock::now()) {
  printer_ =
      std::thread([this, next = began_ + (terminal.interactive() ? silence : plain)] { print_now_and_then(next); });
}

void CheckProgress::update(std::string_view what, size_t done, size_t of) {
  const std::lock_guard lock(mutex_);
  if (what_.empty()) changed_.notify_all();
  what_ = what;
  done_ = done;
  of_ = of;
}

// "  sessions  37 %, after 3 s"; where nobody knows how much there is, what is done.
std::string CheckProgress::text() const {
  const std::string far = of_ > 0
                              ? fmt::format("{:.0f} %", 100.0 * static_cast<double>(done_) / static_cast<double>(of_))
                              : with_commas(static_cast<int64_t>(done_));
  const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began_);
  return fmt::format("  {}  {}, after {} s", what_, far, elapsed.count());
}

void CheckProgress::print_now_and_then(Clock::time_point next) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || !what_.empty(); });
  for (; !changed_.wait_until(lock, next, [this] { return ended_; }); next = Clock::now() + interval_) {
    if (terminal_.interactive()) {
      terminal_.print("\r\x1b[K" + terminal_.paint(Colour::kCyan, clip(text(), terminal_.columns() - 1)));
      shown_ = true;
    } else {
      terminal_.print_line(text());
    }
  }
}

void CheckProgress::clear() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  if (printer_.joinable()) printer_.join();
  if (shown_) terminal_.print("\r\x1b[K");
  shown_ = false;
}

}  // namespace harness
