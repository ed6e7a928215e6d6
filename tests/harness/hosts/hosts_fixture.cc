#include "tests/harness/hosts/hosts_fixture.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "harness/hosts/posix.h"

namespace harness {
namespace {

const char* name_of(LocalHosts::Way way) {
  switch (way) {
    case LocalHosts::Way::kRoot:
      return "Root";
    case LocalHosts::Way::kRootless:
      return "Rootless";
    case LocalHosts::Way::kLoopback:
      return "Loopback";
  }
  return "";
}

}  // namespace

void PrintTo(LocalHosts::Way way, std::ostream* out) { *out << name_of(way); }

}  // namespace harness

namespace harness::hosts_test {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

void in_child_process(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      body();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    std::fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the scenario's process ended with status " << status;
}

bool eventually(const std::function<bool()>& condition) {
  const Clock::time_point deadline = Clock::now() + kPatience;
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    poll(nullptr, 0, 1);
  }
  return true;
}

ScratchDirectory::ScratchDirectory() {
  std::string name = std::filesystem::temp_directory_path() / "hosts-test-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

char process_state(pid_t pid) {
  std::ifstream stat(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(stat, line)) return '-';
  const char state = line.at(line.rfind(')') + 2);
  return state == 'Z' || state == 'X' ? '-' : state;
}

Parrots::Parrots(LocalHosts::Way way, int count, const std::filesystem::path& directory) {
  auto made = LocalHosts::create({.count = count, .directory = directory, .allow_loopback = true, .way = way});
  if (!made) throw std::runtime_error(made.error());
  hosts_ = std::move(*made);
  for (const Host& host : hosts_->hosts()) {
    if (const auto started = hosts_->start(host.name, command_of(host)); !started)
      throw std::runtime_error(started.error());
  }
  for (const Host& host : hosts_->hosts()) {
    if (!eventually([&] { return ask(host.name, "hello", milliseconds(20)) != ""; }))
      throw std::runtime_error(host.name + " is silent");
  }
}

const Host& Parrots::host(const std::string& name) const {
  for (const Host& host : hosts_->hosts()) {
    if (host.name == name) return host;
  }
  throw std::runtime_error("no host " + name);
}

std::vector<std::string> Parrots::command_of(const Host& host) const {
  return {PARROT_PROGRAM, host.name, host.ip, std::to_string(host.port), std::to_string(host.listen_fd)};
}

// On a connection of its own: a late answer to an earlier question is none to this one.
std::string Parrots::ask(const std::string& name, const std::string& request, milliseconds patience) {
  const Host& to = host(name);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(to.port);
  inet_pton(AF_INET, to.ip.c_str(), &address.sin_addr);
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return "";
  (void)!send(socket.get(), request.data(), request.size(), 0);
  pollfd event{socket.get(), POLLIN, 0};
  if (poll(&event, 1, static_cast<int>(patience.count())) != 1) return "";
  char text[512];
  const ssize_t n = recv(socket.get(), text, sizeof text, MSG_DONTWAIT);
  return n > 0 ? std::string(text, static_cast<size_t>(n)) : "";
}

void Parrots::tell(const std::string& from, const std::string& to, const std::string& word) {
  const Host& target = host(to);
  EXPECT_EQ(ask(from, fmt::format("tell {} {} {}", target.ip, target.port, word)), "told " + target.ip);
}

bool Parrots::eventually_heard(const std::string& name, const std::string& words) {
  return eventually([&] { return ask(name, "heard") == words; });
}

std::vector<LocalHosts::Way> ways_with_namespaces() {
  if (geteuid() == 0) return {LocalHosts::Way::kRoot, LocalHosts::Way::kRootless};
  return {LocalHosts::Way::kRootless};
}

std::string name_of_way(const testing::TestParamInfo<LocalHosts::Way>& info) { return name_of(info.param); }

}  // namespace harness::hosts_test
