// One `harness run` of a benchmark, by a process of its own, as a user would start it.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "harness/cli/child.h"
#include "harness/cli/commands.h"
#include "harness/cli/scratch.h"

namespace harness {

struct OwnRun {
  nlohmann::json results;  // of --json
  int exit_code = 0;
  std::chrono::steady_clock::time_point began;
};

// Where it is kept, until the next one or forget_own_run().
inline std::filesystem::path own_store(const Scratch& scratch) { return scratch.path() / "store"; }
inline void forget_own_run(const Scratch& scratch) {
  std::error_code ignored;
  std::filesystem::remove_all(own_store(scratch), ignored);
}

inline tl::expected<OwnRun, std::string> own_run(const Scratch& scratch, const std::vector<std::string>& flags) {
  std::vector<std::string> argv = {this_program().string(), "run", "--json", "--store", own_store(scratch).string()};
  argv.insert(argv.end(), flags.begin(), flags.end());
  auto finished = run_program(argv, scratch.path() / "log");
  if (!finished) return tl::unexpected(finished.error());
  OwnRun run{nlohmann::json::parse(finished->output, nullptr, false), finished->exit_code, finished->began};
  if (run.results.is_object() && run.results.contains("run")) return run;
  return tl::unexpected(
      fmt::format("harness run {} ended with {} and no results", fmt::join(flags, " "), run.exit_code));
}

}  // namespace harness
