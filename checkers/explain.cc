#include "checkers/explain.h"

#include <fmt/format.h>

#include <algorithm>

namespace checkers {

std::string seconds(Nanos time) { return fmt::format("{:.3f} s", std::chrono::duration<double>(time).count()); }

std::string duration(Nanos time) {
  const auto nanos = static_cast<double>(time.count());
  if (nanos < 1e3) return fmt::format("{:.3g} ns", nanos);
  if (nanos < 999.5e3) return fmt::format("{:.3g} us", nanos / 1e3);
  if (nanos < 999.5e6) return fmt::format("{:.3g} ms", nanos / 1e6);
  return fmt::format("{:.4g} s", nanos / 1e9);
}

std::string percent(int64_t part, int64_t whole) {
  return whole == 0 ? "-" : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string count(int64_t n, std::string_view noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

std::string lost_of(int64_t lost, int64_t all, std::string_view noun) {
  const std::string of = fmt::format("of {} that had to be there at the end", count(all, noun));
  return lost == 0 ? fmt::format("none {} is lost", of)
                   : fmt::format("{} {} {} lost", lost, of, lost == 1 ? "is" : "are");
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

std::string excerpt(std::string text) {
  constexpr size_t kLongest = 200;
  if (text.size() <= kLongest) return text;
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return text.substr(0, end) + "…";
}

std::string describe(const Operation& operation) {
  const Event& began = *operation.invocation;
  const std::string what = began.value.is_null() ? "" : fmt::format(" of {}", excerpt(to_json(began.value)));
  // Histories from elsewhere may have no times, and no keys.
  const bool timed = operation.end() != Nanos{0};
  std::string when = fmt::format("event {}", began.index);
  if (timed) when += fmt::format(", from {}", seconds(began.time));
  if (operation.completion != nullptr) {
    when = fmt::format("events {} and {}", began.index, operation.completion->index);
    if (timed) when += fmt::format(", {} to {}", seconds(began.time), seconds(operation.completion->time));
  }
  if (began.key.empty()) {
    return fmt::format("process {}'s {}{}{} ({})", began.process, operation.final() ? "final " : "", began.f, what,
                       when);
  }
  const std::string_view preposition = began.f == "read" ? "of" : began.f == "remove" ? "from" : "to";
  return fmt::format("process {}'s {}{}{} {} \"{}\" ({})", began.process, operation.final() ? "final " : "", began.f,
                     what, preposition, began.key, when);
}

std::string describe_with_end(const Operation& operation) {
  std::string text = describe(operation);
  const bool reads = operation.f() == "read" || operation.f() == "get" || operation.f() == "txn";
  if (reads && operation.ok()) {
    if (const std::string node = operation.node(); !node.empty()) text += fmt::format(" through {}", node);
    return text + fmt::format(", which returned {}", excerpt(to_json(operation.result())));
  }
  if (operation.f() == "remove" && operation.ok()) {
    text += fmt::format(", which named {}", excerpt(to_json(operation.result()["removed"])));
  }
  if (operation.failed()) return text + ", which failed";
  if (!operation.ok()) return text + ", whose outcome is unknown";
  const std::vector<std::string> acks = operation.acks();
  return text + (acks.empty() ? ", acknowledged" : fmt::format(", acknowledged by {}", join(acks)));
}

std::string before(std::string_view a, const Operation& first, std::string_view b, const Operation& second) {
  return fmt::format("{} returned at event {} and {} began at event {}", a, first.returned, b, second.invoked);
}

Witness make_witness(std::string anomaly, const std::vector<const Operation*>& operations, std::string explanation) {
  Witness witness;
  witness.anomaly = std::move(anomaly);
  witness.explanation = std::move(explanation);
  for (const Operation* operation : operations) {
    witness.key = operation->key();
    witness.events.push_back(operation->invoked);
    if (operation->completion != nullptr) witness.events.push_back(operation->completion->index);
  }
  std::sort(witness.events.begin(), witness.events.end());
  witness.events.erase(std::unique(witness.events.begin(), witness.events.end()), witness.events.end());
  return witness;
}

void Findings::move_into(Result& result) {
  if (count_ > 0) result.verdict = Verdict::kInvalid;
  result.violations += count_;
  for (Witness& witness : witnesses_) {
    if (result.witnesses.size() < kKept) result.witnesses.push_back(std::move(witness));
  }
}

int64_t quantile(const std::vector<int64_t>& sorted, size_t of_a_thousand) {
  return sorted[std::max<size_t>(1, (sorted.size() * of_a_thousand + 999) / 1000) - 1];
}

Value quantiles(std::vector<int64_t>& samples) {
  if (samples.empty()) return Value();
  std::sort(samples.begin(), samples.end());
  Value out;
  out.set("p50", quantile(samples, 500));
  out.set("p95", quantile(samples, 950));
  out.set("p99", quantile(samples, 990));
  out.set("max", samples.back());
  return out;
}

}  // namespace checkers
