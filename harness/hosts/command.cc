#include "harness/hosts/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

namespace harness {
namespace {

// A file in memory instead of a pipe: neither side can block on the other, whatever the sizes.
tl::expected<Fd, std::string> memory_file(const std::string& name, const std::string& content) {
  Fd file(memfd_create(name.c_str(), MFD_CLOEXEC));
  if (!file) return errno_error("memfd_create");
  size_t written = 0;
  while (written < content.size()) {
    const ssize_t n = write(file.get(), content.data() + written, content.size() - written);
    if (n < 0) return errno_error("writing the input of " + name);
    written += static_cast<size_t>(n);
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string read_from_start(int file) {
  std::string text(static_cast<size_t>(lseek(file, 0, SEEK_END)), '\0');
  const ssize_t n = pread(file, text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return text;
}

[[noreturn]] void become(const Command::Options& options, int input, int output) {
  reset_signals();
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  for (const int fd : options.inherited_fds) fcntl(fd, F_SETFD, 0);
  std::vector<char*> argv;
  for (const std::string& argument : options.argv) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  if (options.network_namespace >= 0 && setns(options.network_namespace, CLONE_NEWNET) != 0) {
    dprintf(STDERR_FILENO, "entering the host's network namespace: %s\n", std::strerror(errno));
  } else {
    execv(argv[0], argv.data());
    dprintf(STDERR_FILENO, "executing %s: %s\n", argv[0], std::strerror(errno));
  }
  _exit(127);
}

}  // namespace

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(fmt::format("{}:/usr/sbin:/sbin", path != nullptr ? path : "/usr/bin:/bin"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = folder + "/" + name;
    if (!folder.empty() && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

tl::expected<Command, std::string> Command::start(const Options& options) {
  Command command;
  command.name_ = std::filesystem::path(options.argv.front()).filename();
  auto input = memory_file(command.name_, options.input);
  if (!input) return tl::make_unexpected(input.error());
  auto output = memory_file(command.name_, "");
  if (!output) return tl::make_unexpected(output.error());
  command.output_ = std::move(*output);
  command.pid_ = fork();
  if (command.pid_ < 0) return errno_error("fork for " + command.name_);
  if (command.pid_ == 0) become(options, input->get(), command.output_.get());
  return command;
}

tl::expected<std::string, std::string> Command::finish() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) return errno_error("waiting for " + name_);
  }
  std::string text = read_from_start(output_.get());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const bool exited = WIFEXITED(status);
  return tl::make_unexpected(fmt::format("{} ended with {} {}: {}", name_, exited ? "code" : "signal",
                                         exited ? WEXITSTATUS(status) : WTERMSIG(status),
                                         text.empty() ? "no message" : text));
}

tl::expected<std::string, std::string> run_command(const Command::Options& options) {
  auto command = Command::start(options);
  if (!command) return tl::make_unexpected(command.error());
  return command->finish();
}

}  // namespace harness
