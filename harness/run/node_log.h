// Logs of nodes: their last words, and the whole for the checker logs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "checkers/judging.h"

namespace harness {

// The words of a sanitizer, an assertion or an uncaught exception, with some lines that follow them; empty if there are
// none, or there is no log.
std::string crash_report(const std::filesystem::path& log);

// The last `lines` lines, for a node that did not start.
std::string log_tail(const std::filesystem::path& log, size_t lines);

// The logs that a run left in its directory (nodes/n1.log …), by name.
std::vector<checkers::NodeLog> read_logs(const std::filesystem::path& run);

}  // namespace harness
