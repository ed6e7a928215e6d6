#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "harness/systems/dynamo.h"
#include "harness/systems/redis.h"
#include "harness/systems/system.h"

namespace harness {
namespace {

namespace fs = std::filesystem;

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

tl::expected<fs::path, std::string> find_on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    // Absolute: the process may start in another directory than this one.
    std::error_code error;
    const fs::path candidate = fs::absolute(fs::path(folder) / program, error);
    if (!error && is_program(candidate)) return candidate;
  }
  return tl::unexpected(fmt::format("{} not found on PATH ({})", program, path == nullptr ? "not set" : path));
}

}  // namespace

const std::vector<SystemInfo>& all_systems() {
  static const std::vector<SystemInfo> kAll = {
      {"dynamo", "the Dynamo of this project, dynamo-node: all workloads"},
      {"redis", "one redis-server: register, counter and set; it shows no replicas, so convergence stays unknown"},
  };
  return kAll;
}

tl::expected<std::unique_ptr<System>, std::string> make_system(std::string_view name, const fs::path& node_binary) {
  if (name == "dynamo") {
    if (!is_program(node_binary)) return tl::unexpected(fmt::format("dynamo-node not found: {}", node_binary.string()));
    return make_dynamo(node_binary, find_on_path("redis-server").value_or(fs::path()));
  }
  if (name == "redis") {
    tl::expected<fs::path, std::string> program = find_on_path("redis-server");
    if (!program) return tl::unexpected(program.error() + "; Debian's package is redis-server");
    return make_redis(*program);
  }
  std::string known;
  for (const SystemInfo& system : all_systems()) known += (known.empty() ? "" : ", ") + std::string(system.name);
  return tl::unexpected(fmt::format("unknown target \"{}\": it is one of {}", name, known));
}

}  // namespace harness
