#include "harness/cli/child.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "harness/run/signals.h"

namespace harness {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& argv) {
  std::vector<char*> out;
  for (const std::string& word : argv) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

// In the child: standard output and error as given; dies with its parent.
[[noreturn]] void become(const std::vector<char*>& argv, int output, int errors) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  execvp(argv[0], argv.data());
  _exit(127);
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

}  // namespace

tl::expected<Finished, std::string> run_program(const std::vector<std::string>& argv,
                                                const std::filesystem::path& errors) {
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) return tl::unexpected(fmt::format("pipe: {}", strerror(errno)));
  int log = open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (log < 0) {
    std::string why = strerror(errno);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    return tl::unexpected(fmt::format("cannot write {}: {}", errors.string(), why));
  }
  Finished finished;
  std::vector<char*> words = pointers(argv);
  finished.began = std::chrono::steady_clock::now();
  pid_t pid = fork();
  if (pid == 0) become(words, pipe_fds[1], log);
  close(pipe_fds[1]);
  close(log);
  if (pid < 0) {
    close(pipe_fds[0]);
    return tl::unexpected(fmt::format("cannot start {}: {}", argv[0], strerror(errno)));
  }
  char buffer[64 * 1024];
  while (true) {
    ssize_t got = read(pipe_fds[0], buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) {
      if (Signals::interrupted()) kill(pid, SIGTERM);  // it cleans up, and closes the pipe when it has
      continue;
    }
    if (got <= 0) break;
    finished.output.append(buffer, static_cast<size_t>(got));
  }
  close(pipe_fds[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (Signals::interrupted()) return tl::unexpected("interrupted by " + Signals::name());
  finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

tl::expected<Server, std::string> Server::start(const std::vector<std::string>& argv,
                                                const std::filesystem::path& log_path) {
  int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (log < 0) return tl::unexpected(fmt::format("cannot write {}: {}", log_path.string(), strerror(errno)));
  std::vector<char*> words = pointers(argv);
  pid_t pid = fork();
  if (pid == 0) become(words, log, log);
  close(log);
  if (pid < 0) return tl::unexpected(fmt::format("cannot start {}: {}", argv[0], strerror(errno)));
  return Server(pid);
}

Server::~Server() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

tl::expected<int, std::string> free_port() {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  bool found = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
               getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  std::string why = found ? "" : strerror(errno);
  if (fd >= 0) close(fd);
  if (!found) return tl::unexpected("no free port on 127.0.0.1: " + why);
  return ntohs(address.sin_port);
}

bool wait_for_port(int port, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  const sockaddr_in address = loopback(port);
  while (std::chrono::steady_clock::now() < deadline) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (connected) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // nothing announces that a stranger listens
  }
  return false;
}

}  // namespace harness
