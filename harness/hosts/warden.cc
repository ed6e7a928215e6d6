#include "harness/hosts/warden.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include "harness/hosts/channel.h"
#include "harness/hosts/firewall.h"
#include "harness/hosts/node_processes.h"
#include "harness/hosts/star.h"

namespace harness {
namespace {

using Way = LocalHosts::Way;

uint64_t namespaces_of(Way way) {
  switch (way) {
    case Way::kRootless:
      return CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID;
    case Way::kRoot:
      return CLONE_NEWNET | CLONE_NEWPID;
    case Way::kLoopback:
      return 0;
  }
  return 0;
}

// fork() into new namespaces. The C library does not hear of it, which is harmless in a process of one thread.
pid_t fork_into(uint64_t namespaces) {
  return static_cast<pid_t>(syscall(SYS_clone, namespaces | SIGCHLD, 0, 0, 0, 0));
}

// errno of fork_into(), in words: those of the C library mean something else here.
std::string why_refused() {
  if (errno == ENOSPC)
    return "this machine's limit of namespaces is reached (sysctl user.max_user_namespaces and the like)";
  if (errno == EPERM)
    return "namespaces are not permitted here (by the kernel's settings, AppArmor, or the container we are in)";
  return errno_text("making namespaces");
}

class WardenProcess {
 public:
  WardenProcess(Way way, const std::vector<Host>& hosts, int control, int news)
      : way_(way), hosts_(hosts), control_(control), news_(news) {}

  [[noreturn]] void run(uid_t user, gid_t group) {
    const Status ready = settle_down(user, group);
    const bool told = send_message(
        control_, ready ? Message{"ok", firewall_ ? firewall_->name() : ""} : Message{"error", ready.error()});
    if (ready && told) serve();
    if (processes_) (void)processes_->stop_all(std::chrono::milliseconds(0));
    _exit(0);
  }

 private:
  Status settle_down(uid_t user, gid_t group) {
    leave_the_terminal();
    close_inherited();
    if (way_ == Way::kRootless) {
      // Root inside is the caller outside: what nodes write belongs to whoever started the harness.
      if (Status s = write_proc("/proc/self/setgroups", "deny"); !s) return s;
      if (Status s = write_proc("/proc/self/uid_map", fmt::format("0 {} 1", user)); !s) return s;
      if (Status s = write_proc("/proc/self/gid_map", fmt::format("0 {} 1", group)); !s) return s;
    }
    std::vector<NodeProcesses::Place> places;
    for (const Host& host : hosts_) {
      places.push_back({.name = host.name, .listen_fd = host.listen_fd, .log = host.log.string()});
    }
    for (const Host& host : hosts_) {
      places.push_back({.name = storage_of(host.name), .outlives_nodes = true, .log = host.storage_log.string()});
    }
    if (way_ != Way::kLoopback) {
      if (Status s = build_network(places); !s) return s;
    }
    auto processes = NodeProcesses::create(std::move(places), news_);
    if (!processes) return tl::make_unexpected(processes.error());
    processes_.emplace(std::move(*processes));
    return {};
  }

  // Ctrl-C reaches the whole process group of a terminal; the harness alone decides when nodes end.
  static void leave_the_terminal() {
    setsid();
    reset_signals();
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_NAME, "warden");
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // had the harness died before this, the socket would say so
  }

  void close_inherited() {
    std::vector<int> keep = {STDERR_FILENO, control_, news_};
    for (const Host& host : hosts_) keep.push_back(host.listen_fd);
    std::sort(keep.begin(), keep.end());
    int next = 0;
    for (const int fd : keep) {
      if (fd > next) close_range(static_cast<unsigned>(next), static_cast<unsigned>(fd - 1), 0);
      next = fd + 1;
    }
    close_range(static_cast<unsigned>(next), ~0U, 0);
    (void)open("/dev/null", O_RDONLY);  // 0 and 1, so that no later descriptor takes their numbers
    (void)open("/dev/null", O_WRONLY);
  }

  Status build_network(std::vector<NodeProcesses::Place>& places) {
    std::vector<std::string> addresses;
    for (const Host& host : hosts_) addresses.push_back(host.ip);
    auto namespaces = build_star(addresses);
    if (!namespaces) return tl::make_unexpected(namespaces.error());
    namespaces_ = std::move(*namespaces);
    for (size_t i = 0; i < places.size(); ++i) places[i].network_namespace = namespaces_[i % namespaces_.size()].get();
    auto firewall = Firewall::create();
    if (!firewall) return tl::make_unexpected(firewall.error());
    firewall_.emplace(std::move(*firewall));
    return {};
  }

  void serve() {
    while (true) {
      pollfd events[] = {{.fd = control_, .events = POLLIN, .revents = 0},
                         {.fd = processes_->changes(), .events = POLLIN, .revents = 0}};
      if (poll(events, 2, -1) < 0 && errno != EINTR) return;
      if (events[1].revents != 0) processes_->collect();
      if (events[0].revents == 0) continue;
      const std::optional<Message> request = receive_message(control_);
      if (!request) return;  // the harness is gone, or done
      const auto answer = execute(*request);
      if (!send_message(control_, answer ? Message{"ok", *answer} : Message{"error", answer.error()})) return;
    }
  }

  tl::expected<std::string, std::string> execute(const Message& request) {
    const std::string& verb = request.at(0);
    const auto host = [&request](size_t argument) { return static_cast<size_t>(std::stoul(request.at(argument))); };
    const auto to_text = [](const auto& number) { return std::to_string(number); };
    const auto nothing = [] { return std::string(); };
    if (verb == "start") return processes_->start(host(1), {request.begin() + 2, request.end()}).map(nothing);
    if (verb == "restart") return restart(host(1)).map(nothing);
    if (verb == "pause") return processes_->pause(host(1)).map(nothing);
    if (verb == "resume") return processes_->resume(host(1)).map(nothing);
    if (verb == "stop") return processes_->stop_all(std::chrono::milliseconds(std::stoll(request.at(1)))).map(nothing);
    if (verb == "kill") {
      std::vector<size_t> hosts;
      for (size_t i = 1; i < request.size(); ++i) hosts.push_back(host(i));
      return processes_->kill(hosts).map(nothing);
    }
    if (verb == "cut") {
      std::vector<AddressPair> pairs;
      for (size_t i = 1; i + 1 < request.size(); i += 2) pairs.emplace_back(request[i], request[i + 1]);
      return firewall_->cut(pairs).map(nothing);
    }
    if (verb == "dropped") return firewall_->dropped_packets().map(to_text);
    if (verb == "lose-replies") return firewall_->lose_replies({request.begin() + 1, request.end()}).map(nothing);
    if (verb == "lost-replies") return firewall_->lost_replies().map(to_text);
    return tl::make_unexpected("unknown request: " + verb);
  }

  // What stores for a node comes before it.
  Status restart(size_t host) {
    const size_t storage = host + hosts_.size();
    if (host < hosts_.size() && processes_->was_started(storage)) {
      if (Status restarted = processes_->restart(storage); !restarted) return restarted;
    }
    return processes_->restart(host);
  }

  const Way way_;
  const std::vector<Host>& hosts_;
  const int control_;
  const int news_;
  std::vector<Fd> namespaces_;
  std::optional<Firewall> firewall_;
  std::optional<NodeProcesses> processes_;
};

}  // namespace

tl::expected<Warden, std::string> spawn_warden(Way way, const std::vector<Host>& hosts) {
  int sockets[2];
  int pipe_ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return errno_error("socketpair");
  Warden warden;
  warden.control = Fd(sockets[0]);
  Fd control(sockets[1]);
  if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno_error("pipe");
  warden.news = Fd(pipe_ends[0]);
  Fd news(pipe_ends[1]);

  const uid_t user = geteuid();
  const gid_t group = getegid();
  warden.pid = fork_into(namespaces_of(way));
  if (warden.pid < 0) return tl::make_unexpected(why_refused());
  if (warden.pid == 0) WardenProcess(way, hosts, control.get(), news.get()).run(user, group);
  control.close();
  news.close();

  const std::optional<Message> ready = receive_message(warden.control.get());
  if (ready && ready->at(0) == "ok") {
    warden.firewall = ready->at(1);
    return warden;
  }
  end_warden(warden);
  return tl::make_unexpected(ready ? ready->at(1) : "the process that makes the hosts ended before it was ready");
}

void end_warden(Warden& warden) {
  if (warden.pid < 0) return;
  // Not only close(): a process forked from this one may hold a copy of the socket.
  shutdown(warden.control.get(), SHUT_RDWR);
  // Its end is reported after that of everything in its process namespace.
  while (waitpid(warden.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  warden.pid = -1;
  warden.control.close();
}

Status enter_hub(Way way, const Warden& warden) {
  const auto enter = [&warden](const char* kind, int type) -> Status {
    const std::string path = fmt::format("/proc/{}/ns/{}", warden.pid, kind);
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd || setns(fd.get(), type) != 0) return errno_error("entering " + path);
    return {};
  };
  if (way == Way::kLoopback) return {};
  if (way == Way::kRootless) {
    if (Status s = enter("user", CLONE_NEWUSER); !s) return s;
  }
  return enter("net", CLONE_NEWNET);
}

}  // namespace harness
