#include "harness/hosts/node_processes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace harness {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// A signal bites in microseconds; only a process stuck in the kernel (a disk that does not answer) takes this long.
constexpr milliseconds kSignalLimit{10'000};

}  // namespace

tl::expected<NodeProcesses, std::string> NodeProcesses::create(std::vector<Place> places, int news) {
  NodeProcesses made;
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, nullptr);
  made.changes_ = Fd(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!made.changes_) return errno_error("signalfd");
  made.news_ = news;
  for (Place& place : places) {
    made.processes_.emplace_back();
    made.processes_.back().place = std::move(place);
  }
  return made;
}

Status NodeProcesses::start(size_t host, const std::vector<std::string>& argv) {
  collect();
  Process& process = processes_[host];
  if (process.state != State::kNone) {
    return tl::make_unexpected(fmt::format("{} already runs process {}", process.place.name, process.outside_pid));
  }
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return errno_error("pipe");
  const Fd reader(report[0]);
  Fd writer(report[1]);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return errno_error("fork for " + process.place.name);
  if (pid == 0) become(process, argv, writer.get(), parent);
  writer.close();

  // The child writes its id; then either exec closes the pipe, or the reason why not follows.
  int32_t outside_pid = 0;
  std::string failure(512, '\0');
  const bool known = read(reader.get(), &outside_pid, sizeof outside_pid) == sizeof outside_pid;
  const ssize_t size = read(reader.get(), failure.data(), failure.size());
  if (!known || size != 0) {
    waitpid(pid, nullptr, 0);
    failure.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return tl::make_unexpected(
        fmt::format("{}: {}", process.place.name, failure.empty() ? "ended before it started" : failure));
  }
  process.argv = argv;
  process.state = State::kRunning;
  process.pid = pid;
  process.outside_pid = outside_pid;
  process.told_to_die = process.told_to_stop = false;
  tell({.kind = NodeNews::kStarted, .host = index_of(process), .pid = outside_pid, .status = 0, .expected = 0});
  return {};
}

void NodeProcesses::become(const Process& process, const std::vector<std::string>& argv, int report, pid_t parent) {
  const auto give_up = [report](const std::string& why) {
    (void)!write(report, why.data(), why.size());
    _exit(127);
  };
  char link[32] = {};  // /proc is that of the outermost namespace, so it tells the id by which others know us
  (void)!readlink("/proc/self", link, sizeof link - 1);
  const int32_t outside_pid = std::atoi(link);
  (void)!write(report, &outside_pid, sizeof outside_pid);

  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before we asked to hear of it
  if (process.place.network_namespace >= 0 && setns(process.place.network_namespace, CLONE_NEWNET) != 0) {
    give_up(errno_text("entering its network namespace"));
  }
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int log = open(process.place.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) give_up(errno_text(process.place.log));
  dup2(null, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  if (process.place.listen_fd >= 0) fcntl(process.place.listen_fd, F_SETFD, 0);
  reset_signals();
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  give_up(errno_text("executing " + argv[0]));
  std::abort();
}

Status NodeProcesses::restart(size_t host) {
  collect();
  const Process& process = processes_[host];
  if (process.state != State::kNone) return {};
  if (process.argv.empty()) return tl::make_unexpected(process.place.name + " was never started");
  return start(host, std::vector<std::string>(process.argv));
}

Status NodeProcesses::kill(const std::vector<size_t>& hosts) {
  collect();
  for (const size_t host : hosts) {
    Process& process = processes_[host];
    if (process.state == State::kNone) continue;
    process.told_to_die = true;
    signal_group(process, SIGKILL);
  }
  for (const size_t host : hosts) {
    const Process& process = processes_[host];
    if (!wait_until([&] { return process.state == State::kNone; }, kSignalLimit)) {
      return tl::make_unexpected(fmt::format("{}: process {} still exists {} ms after SIGKILL", process.place.name,
                                             process.outside_pid, kSignalLimit.count()));
    }
  }
  return {};
}

Status NodeProcesses::pause(size_t host) {
  collect();
  const Process& process = processes_[host];
  if (process.state != State::kRunning) return {};
  signal_group(process, SIGSTOP);
  if (wait_until([&] { return process.state != State::kRunning; }, kSignalLimit)) return {};
  return tl::make_unexpected(fmt::format("{}: process {} still runs {} ms after SIGSTOP", process.place.name,
                                         process.outside_pid, kSignalLimit.count()));
}

Status NodeProcesses::resume(size_t host) {
  collect();
  const Process& process = processes_[host];
  if (process.state != State::kStopped) return {};
  signal_group(process, SIGCONT);
  if (wait_until([&] { return process.state != State::kStopped; }, kSignalLimit)) return {};
  return tl::make_unexpected(fmt::format("{}: process {} is still stopped {} ms after SIGCONT", process.place.name,
                                         process.outside_pid, kSignalLimit.count()));
}

Status NodeProcesses::stop_all(milliseconds grace) {
  collect();
  std::vector<size_t> nodes, storages;
  for (size_t host = 0; host < processes_.size(); ++host) {
    (processes_[host].place.outlives_nodes ? storages : nodes).push_back(host);
  }
  const Status nodes_ended = stop(nodes, grace);
  const Status storages_ended = stop(storages, grace);
  return nodes_ended ? storages_ended : nodes_ended;
}

Status NodeProcesses::stop(const std::vector<size_t>& hosts, milliseconds grace) {
  for (const size_t host : hosts) {
    Process& process = processes_[host];
    if (process.state == State::kNone) continue;
    process.told_to_stop = true;
    signal_group(process, SIGTERM);
    signal_group(process, SIGCONT);  // a stopped process gets its SIGTERM only now
  }
  const auto all_ended = [&] {
    return std::all_of(hosts.begin(), hosts.end(), [&](size_t host) { return processes_[host].state == State::kNone; });
  };
  if (grace > milliseconds(0) && wait_until(all_ended, grace)) return {};
  return kill(hosts);
}

void NodeProcesses::collect() {
  signalfd_siginfo drained;
  while (read(changes_.get(), &drained, sizeof drained) > 0) {
  }
  int status = 0;
  // Every child, not only those that we know: orphans of a node become ours.
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0;) {
    const auto process = std::find_if(processes_.begin(), processes_.end(),
                                      [pid](const Process& p) { return p.state != State::kNone && p.pid == pid; });
    if (process == processes_.end()) continue;
    if (WIFSTOPPED(status)) {
      process->state = State::kStopped;
    } else if (WIFCONTINUED(status)) {
      process->state = State::kRunning;
    } else {
      ended(*process, status);
    }
  }
}

void NodeProcesses::ended(Process& process, int status) {
  process.state = State::kNone;
  // Told to die, it may still have crashed by itself before the signal came: only the end that we asked for is
  // expected.
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && process.told_to_die;
  const bool stopped = process.told_to_stop && ((WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
                                                (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM));
  tell({.kind = NodeNews::kEnded,
        .host = index_of(process),
        .pid = process.outside_pid,
        .status = status,
        .expected = killed || stopped ? 1 : 0});
}

void NodeProcesses::tell(const NodeNews& news) { (void)!write(news_, &news, sizeof news); }

void NodeProcesses::signal_group(const Process& process, int number) { ::kill(-process.pid, number); }

bool NodeProcesses::wait_until(const std::function<bool()>& condition, milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  while (true) {
    collect();
    if (condition()) return true;
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left <= milliseconds(0)) return false;
    pollfd change{.fd = changes_.get(), .events = POLLIN, .revents = 0};
    poll(&change, 1, static_cast<int>(left.count()));
  }
}

}  // namespace harness
