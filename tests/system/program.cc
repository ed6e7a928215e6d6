#include "tests/system/program.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace system_test {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr uid_t kNobody = 65534;

// In the child: becomes the program, or ends.
[[noreturn]] void become(const std::vector<std::string>& command, const fs::path& folder, User user, int out, int err) {
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  bool drop = user == User::kOrdinary && geteuid() == 0;
  if (drop && (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(126);
  if (chdir(folder.c_str()) != 0) _exit(126);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

void read_available(int fd, std::string& text, bool& open) {
  char bytes[65536];
  ssize_t n = read(fd, bytes, sizeof bytes);
  if (n > 0) text.append(bytes, static_cast<size_t>(n));
  if (n == 0) open = false;
}

}  // namespace

bool await(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  Clock::time_point end = Clock::now() + limit;
  while (!condition()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

Ended run_program(const std::vector<std::string>& command, const fs::path& folder, User user,
                  std::chrono::seconds limit) {
  int out[2];
  int err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  pid_t pid = fork();
  if (pid == 0) become(command, folder, user, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  Ended ended;
  bool out_open = true;
  bool err_open = true;
  Clock::time_point end = Clock::now() + limit;
  while ((out_open || err_open) && Clock::now() < end) {
    pollfd fds[2] = {{out_open ? out[0] : -1, POLLIN, 0}, {err_open ? err[0] : -1, POLLIN, 0}};
    poll(fds, 2, 100);
    if (fds[0].revents != 0) read_available(out[0], ended.output, out_open);
    if (fds[1].revents != 0) read_available(err[0], ended.errors, err_open);
  }
  if (out_open || err_open) {
    kill(pid, SIGKILL);
    ended.errors += "\n(the test ended it: the time was up)";
  }
  int status = 0;
  waitpid(pid, &status, 0);
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  close(out[0]);
  close(err[0]);
  return ended;
}

Workshop::Workshop() {
  std::string pattern = (fs::temp_directory_path() / "dynamocs-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the test");
  path_ = pattern;
  fs::create_directory(path_ / "bin");
  fs::create_directory(store());
  fs::copy_file(HARNESS_PROGRAM, harness());
  fs::copy_file(NODE_PROGRAM, node());
  for (const fs::path& folder : {path_, path_ / "bin", store()}) {
    fs::permissions(folder, fs::perms::all);
  }
}

Workshop::~Workshop() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Ended Workshop::run(const std::vector<std::string>& arguments, User user) const {
  std::vector<std::string> command = {harness().string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program(command, path_, user);
}

std::vector<pid_t> Workshop::processes() const {
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0 || pid == getpid()) continue;
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    std::string line((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (line.find(path_.string()) != std::string::npos) found.push_back(pid);
  }
  return found;
}

Background::Background(const std::vector<std::string>& command, const fs::path& folder) {
  int out[2];
  if (pipe2(out, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("no pipe");
  pid_ = fork();
  if (pid_ == 0) become(command, folder, User::kSame, out[1], out[1]);
  close(out[1]);
  pipe_ = out[0];
}

Background::~Background() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(pipe_);
}

void Background::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

std::string Background::await_output(const std::string& text, std::chrono::seconds limit) {
  bool open = true;
  bool found = await(
      [&] {
        if (open) read_available(pipe_, output_, open);
        return output_.find(text) != std::string::npos || !open;
      },
      limit);
  return found && output_.find(text) != std::string::npos ? output_ : std::string();
}

int Background::await_end(std::chrono::seconds limit) {
  int status = 0;
  bool open = true;
  bool ended = await(
      [&] {
        if (open) read_available(pipe_, output_, open);  // or it would wait for us with a full pipe
        return waitpid(pid_, &status, WNOHANG) == pid_;
      },
      limit);
  if (!ended) return -1;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace system_test
