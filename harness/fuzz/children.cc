#include "harness/fuzz/children.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <system_error>

namespace harness {

void Voice::say(const std::string& line) const {
  const std::string text = line + "\n";
  for (size_t at = 0; at < text.size();) {
    const ssize_t written = write(fd_, text.data() + at, text.size() - at);
    if (written < 0 && errno != EINTR) _exit(1);  // nobody listens any more
    if (written > 0) at += static_cast<size_t>(written);
  }
}

Children::~Children() { kill_all(); }

size_t Children::start(const std::function<void(const Voice&)>& work) {
  int ends[2];
  std::fflush(nullptr);
  if (pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "cannot fork");
  if (pid == 0) {
    close(ends[0]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    work(Voice(ends[1]));
    _exit(0);
  }
  close(ends[1]);
  children_.push_back({pid, ends[0], ""});
  return children_.size() - 1;
}

bool Children::working() const {
  for (const Child& child : children_) {
    if (child.fd >= 0) return true;
  }
  return false;
}

std::vector<Children::News> Children::listen(std::chrono::milliseconds patience) {
  std::vector<pollfd> waited;
  std::vector<size_t> whose;
  for (size_t i = 0; i < children_.size(); ++i) {
    if (children_[i].fd < 0) continue;
    waited.push_back({children_[i].fd, POLLIN, 0});
    whose.push_back(i);
  }
  std::vector<News> news;
  if (poll(waited.data(), waited.size(), static_cast<int>(patience.count())) <= 0) return news;
  for (size_t i = 0; i < waited.size(); ++i) {
    if (waited[i].revents != 0) hear(whose[i], news);
  }
  return news;
}

void Children::hear(size_t worker, std::vector<News>& news) {
  Child& child = children_[worker];
  char bytes[1 << 16];
  const ssize_t got = read(child.fd, bytes, sizeof bytes);
  if (got < 0) return;
  child.rest.append(bytes, static_cast<size_t>(got));
  size_t begin = 0;
  for (size_t end = child.rest.find('\n'); end != std::string::npos; end = child.rest.find('\n', begin)) {
    news.push_back({worker, child.rest.substr(begin, end - begin), false, 0});
    begin = end + 1;
  }
  child.rest.erase(0, begin);
  if (got > 0) return;
  close(child.fd);
  child.fd = -1;
  int status = 0;
  waitpid(child.pid, &status, 0);
  news.push_back({worker, "", true, WIFSIGNALED(status) ? WTERMSIG(status) : 0});
}

void Children::kill_all() {
  for (Child& child : children_) {
    if (child.fd < 0) continue;
    kill(child.pid, SIGKILL);
    close(child.fd);
    child.fd = -1;
    waitpid(child.pid, nullptr, 0);
  }
}

std::string signal_name(int signal) {
  const char* abbreviation = sigabbrev_np(signal);
  return abbreviation == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + abbreviation;
}

}  // namespace harness
