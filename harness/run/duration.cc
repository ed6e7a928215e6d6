#include "harness/run/duration.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>

namespace harness {

using std::chrono::milliseconds;

namespace {

// The longest duration that a flag may ask for; far above any run, far below overflow.
constexpr double kLongestMs = 7.0 * 24 * 3600 * 1000;

double unit_ms(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit.empty() || unit == "s") return 1000;
  if (unit == "m" || unit == "min") return 60'000;
  if (unit == "h") return 3'600'000;
  return 0;
}

std::string three_digits(double value) {
  if (value >= 99.95) return fmt::format("{:.0f}", value);
  if (value >= 9.995) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

}  // namespace

tl::expected<milliseconds, std::string> parse_duration(std::string_view text) {
  double number = 0;
  auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number) || number < 0) {
    return tl::unexpected(fmt::format("\"{}\" is no duration: write 20s, 500ms or 2m", text));
  }
  std::string_view unit(rest, static_cast<size_t>(text.data() + text.size() - rest));
  double factor = unit_ms(unit);
  if (factor == 0) {
    return tl::unexpected(fmt::format("\"{}\": unknown unit \"{}\": write 20s, 500ms or 2m", text, unit));
  }
  double ms = number * factor;
  if (ms > kLongestMs) return tl::unexpected(fmt::format("\"{}\" exceeds seven days", text));
  return milliseconds(std::llround(ms));
}

std::string to_flag(milliseconds duration) {
  int64_t ms = duration.count();
  if (ms != 0 && ms % 60'000 == 0) return fmt::format("{}m", ms / 60'000);
  if (ms % 1000 == 0) return fmt::format("{}s", ms / 1000);
  return fmt::format("{}ms", ms);
}

std::string to_text(std::chrono::nanoseconds duration) {
  double ns = static_cast<double>(duration.count());
  if (ns < 999.5e3) return three_digits(ns / 1e3) + " µs";
  if (ns < 999.5e6) return three_digits(ns / 1e6) + " ms";
  if (ns < 119.95e9) return fmt::format("{:.1f} s", ns / 1e9);
  int64_t seconds = std::llround(ns / 1e9);
  return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
}

std::string with_commas(int64_t number) {
  std::string digits = std::to_string(number);
  size_t first = number < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string rounded_with_commas(double number) { return with_commas(std::llround(number)); }

}  // namespace harness
