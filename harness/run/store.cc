#include "harness/run/store.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <system_error>

namespace harness {

namespace fs = std::filesystem;

namespace {

std::string reason(const fs::path& path, const std::error_code& error) {
  return fmt::format("cannot write {}: {}", path.string(), error.message());
}

// Replaces the link in one step, so that readers always find one. `latest` is a convenience: where links are not
// possible the run is none the worse.
void point_latest(const fs::path& store, const fs::path& target) {
  std::error_code ignored;
  fs::path fresh = store / fmt::format(".latest.{}", getpid());
  fs::remove(fresh, ignored);
  fs::create_directory_symlink(target, fresh, ignored);
  if (ignored) return;
  fs::rename(fresh, store / "latest", ignored);
  if (ignored) fs::remove(fresh, ignored);
}

}  // namespace

std::string run_name(const std::string& workload, const std::vector<std::string>& nemeses) {
  std::string name = workload;
  for (const std::string& nemesis : nemeses) name += "-" + nemesis;
  return name;
}

std::string timestamp(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  auto seconds_part = floor<seconds>(when);
  return fmt::format("{:%Y%m%dT%H%M%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(seconds_part)),
                     duration_cast<milliseconds>(when - seconds_part).count());
}

tl::expected<fs::path, std::string> create_run_directory(const fs::path& store, const std::string& name,
                                                         std::chrono::system_clock::time_point when) {
  std::error_code error;
  fs::path root = fs::absolute(store, error).lexically_normal();
  if (error) return tl::unexpected(reason(store, error));
  fs::create_directories(root / name, error);
  if (error) return tl::unexpected(reason(root / name, error));
  // Two runs may start in the same millisecond.
  for (int attempt = 0; attempt < 1000; ++attempt, when += std::chrono::milliseconds(1)) {
    fs::path relative = fs::path(name) / timestamp(when);
    if (fs::create_directory(root / relative, error)) {
      point_latest(root, relative);
      return root / relative;
    }
    if (error) break;
  }
  if (!error) error = std::make_error_code(std::errc::file_exists);
  return tl::unexpected(reason(root / name / timestamp(when), error));
}

tl::expected<void, std::string> write_file(const fs::path& file, std::string_view text) {
  int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return tl::unexpected(fmt::format("cannot write {}: {}", file.string(), strerror(errno)));
  while (!text.empty()) {
    ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      std::string why = strerror(errno);
      close(fd);
      return tl::unexpected(fmt::format("cannot write {}: {}", file.string(), why));
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
  if (close(fd) != 0) return tl::unexpected(fmt::format("cannot write {}: {}", file.string(), strerror(errno)));
  return {};
}

std::string shown(const fs::path& path) {
  std::error_code error;
  fs::path relative = fs::relative(path, error);
  if (error || relative.empty()) return path.string();
  std::string text = relative.string();
  return text.size() < path.string().size() && text.rfind("../..", 0) != 0 ? text : path.string();
}

}  // namespace harness
