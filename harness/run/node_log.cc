#include "harness/run/node_log.h"

#include <deque>
#include <fstream>
#include <string_view>

namespace harness {

namespace {

constexpr std::string_view kLastWords[] = {
    "ERROR: AddressSanitizer", "ERROR: LeakSanitizer",      "WARNING: ThreadSanitizer", "runtime error:", "Assertion",
    "terminate called",        "=== REDIS BUG REPORT START"};

// Enough for the stack of a sanitizer's report.
constexpr int kReportLines = 25;

bool has_last_words(const std::string& line) {
  for (std::string_view words : kLastWords) {
    if (line.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::string crash_report(const std::filesystem::path& log) {
  std::ifstream in(log);
  std::string line;
  while (std::getline(in, line) && !has_last_words(line)) {
  }
  if (!in) return "";
  std::string report = line;
  for (int i = 1; i < kReportLines && std::getline(in, line); ++i) report += "\n" + line;
  return report;
}

std::string log_tail(const std::filesystem::path& log, size_t lines) {
  std::ifstream in(log);
  std::deque<std::string> last;
  for (std::string line; std::getline(in, line);) {
    last.push_back(line);
    if (last.size() > lines) last.pop_front();
  }
  std::string tail;
  for (const std::string& each : last) tail += (tail.empty() ? "" : "\n") + each;
  return tail;
}

}  // namespace harness
