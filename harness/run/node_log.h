// Looks for the last words of a node in its log.
#pragma once

#include <filesystem>
#include <string>

namespace harness {

// The words of a sanitizer, an assertion or an uncaught exception, with some lines that follow them; empty if there are
// none, or there is no log.
std::string crash_report(const std::filesystem::path& log);

// The last `lines` lines, for a node that did not start.
std::string log_tail(const std::filesystem::path& log, size_t lines);

}  // namespace harness
