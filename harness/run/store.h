// Where runs are kept: store/<workload>-<nemesis>/<UTC time>/ with history.jsonl, history.edn, test.edn, schedule.txt,
// results.json and the nodes' logs; store/latest points to the newest.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace harness {

// "counter-partition-kill"
std::string run_name(const std::string& workload, const std::vector<std::string>& nemeses);
// "20261122T151033.042Z": sorts as time passes, and needs no quotes.
std::string timestamp(std::chrono::system_clock::time_point when);

// Makes the directory of a run, and points `latest` to it. Never one that was there before. Absolute path; the error
// names the directory and the reason.
tl::expected<std::filesystem::path, std::string> create_run_directory(const std::filesystem::path& store,
                                                                      const std::string& name,
                                                                      std::chrono::system_clock::time_point when);

// Writes a whole file. The error names it and the reason.
tl::expected<void, std::string> write_file(const std::filesystem::path& file, std::string_view text);

// A path as people want to read it: relative to the working directory where that is shorter.
std::string shown(const std::filesystem::path& path);

}  // namespace harness
