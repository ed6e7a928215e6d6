#include "harness/report/check_progress.h"

#include <fmt/format.h>

#include "harness/run/duration.h"

namespace harness {

CheckProgress::CheckProgress(Terminal& terminal, std::chrono::milliseconds silence, std::chrono::milliseconds redraw,
                             std::chrono::milliseconds plain)
    : terminal_(terminal),
      interval_(terminal.interactive() ? redraw : plain),
      began_(Clock::now()),
      next_(began_ + (terminal.interactive() ? silence : plain)) {}

void CheckProgress::update(const std::string& checker, size_t done, size_t of) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + interval_;
  const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(now - began_);
  const std::string text = fmt::format("  {}  {} of {}, after {} s", checker, with_commas(static_cast<int64_t>(done)),
                                       with_commas(static_cast<int64_t>(of)), elapsed.count());
  if (terminal_.interactive()) {
    terminal_.print("\r\x1b[K" + terminal_.paint(Colour::kCyan, clip(text, terminal_.columns() - 1)));
    shown_ = true;
  } else {
    terminal_.print_line(text);
  }
}

void CheckProgress::clear() {
  const std::lock_guard lock(mutex_);
  if (shown_) terminal_.print("\r\x1b[K");
  shown_ = false;
}

}  // namespace harness
