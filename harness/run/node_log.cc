#include "harness/run/node_log.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <sstream>
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

std::vector<checkers::NodeLog> read_logs(const std::filesystem::path& run) {
  std::vector<checkers::NodeLog> logs;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(run / "nodes", ignored)) {
    if (entry.path().extension() != ".log") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    logs.push_back({entry.path().stem().string(), text.str()});
  }
  std::sort(logs.begin(), logs.end(), [](const auto& a, const auto& b) { return a.node < b.node; });
  return logs;
}

}  // namespace harness
