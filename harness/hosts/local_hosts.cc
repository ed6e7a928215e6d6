#include "harness/hosts/local_hosts.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iterator>

#include "harness/hosts/hosts_client.h"
#include "harness/hosts/warden.h"

namespace harness {
namespace {

using Way = LocalHosts::Way;

constexpr int kMaxHosts = 250;        // of 10.0.0.1 …
constexpr uint16_t kNodePort = 7000;  // in a namespace of its own every port is free
constexpr uint16_t kStoragePort = 6379;
constexpr int kBacklog = 128;

const char* name_of(Way way) {
  switch (way) {
    case Way::kRootless:
      return "rootless";
    case Way::kRoot:
      return "root";
    case Way::kLoopback:
      return "loopback";
  }
  return "";
}

std::vector<Way> ways_to_try(const LocalHosts::Options& options) {
  if (options.way) return {*options.way};
  std::vector<Way> ways;
  if (geteuid() == 0) ways.push_back(Way::kRoot);
  ways.push_back(
      Way::kRootless);  // for root too: a container's root may lack the right to make network namespaces outright
  if (options.allow_loopback) ways.push_back(Way::kLoopback);
  return ways;
}

// A TCP socket bound to a free port of `ip`, and that port.
tl::expected<std::pair<Fd, uint16_t>, std::string> bind_to_free_port(const std::string& ip) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return errno_error("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  socklen_t size = sizeof address;
  if (bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return errno_error(fmt::format("binding a free port of {}", ip));
  }
  return std::pair(std::move(socket), ntohs(address.sin_port));
}

// Names, directories and the sockets to the outside, which belong to the network that this process still is in.
tl::expected<std::vector<Host>, std::string> prepare_hosts(const LocalHosts::Options& options,
                                                           std::vector<Fd>& listeners) {
  std::error_code error;
  const auto root = std::filesystem::absolute(options.directory, error);
  std::vector<Host> hosts;
  for (int i = 1; i <= options.count; ++i) {
    Host host;
    host.name = fmt::format("n{}", i);
    host.directory = root / host.name;
    host.log = root / (host.name + ".log");
    host.storage_log = root / (storage_of(host.name) + ".log");
    std::filesystem::create_directories(host.directory, error);
    if (error) return tl::make_unexpected(fmt::format("creating {}: {}", host.directory.string(), error.message()));
    auto listener = bind_to_free_port("127.0.0.1");
    if (!listener) return tl::make_unexpected(listener.error());
    if (listen(listener->first.get(), kBacklog) != 0) return errno_error("listen");
    host.listen_fd = listener->first.get();
    host.outside_port = listener->second;
    listeners.push_back(std::move(listener->first));
    hosts.push_back(std::move(host));
  }
  return hosts;
}

Status give_addresses(Way way, std::vector<Host>& hosts) {
  std::vector<Fd> held;  // until all have one, so that no two get the same
  for (size_t i = 0; i < hosts.size(); ++i) {
    Host& host = hosts[i];
    if (way != Way::kLoopback) {
      host.ip = fmt::format("10.0.0.{}", i + 1);
      host.port = kNodePort;
      host.storage_ip = "127.0.0.1";
      host.storage_port = kStoragePort;
      continue;
    }
    host.ip = host.storage_ip = fmt::format("127.0.0.{}", i + 1);
    for (uint16_t* port : {&host.port, &host.storage_port}) {
      auto free = bind_to_free_port(host.ip);
      if (!free) return tl::make_unexpected(free.error());
      *port = free->second;
      held.push_back(std::move(free->first));
    }
  }
  return {};
}

tl::expected<Warden, std::string> make_this_way(Way way, std::vector<Host>& hosts) {
  if (const Status given = give_addresses(way, hosts); !given) return tl::make_unexpected(given.error());
  auto warden = spawn_warden(way, hosts);
  if (!warden) return warden;
  if (const Status entered = enter_hub(way, *warden); !entered) {
    end_warden(*warden);
    return tl::make_unexpected(entered.error());
  }
  return warden;
}

}  // namespace

std::string storage_of(const std::string& host) { return host + "-storage"; }

tl::expected<std::unique_ptr<LocalHosts>, std::string> LocalHosts::create(const Options& options) {
  if (options.count < 1 || options.count > kMaxHosts) {
    return tl::make_unexpected(fmt::format("{} hosts: 1 to {} are possible", options.count, kMaxHosts));
  }
  const std::filesystem::directory_iterator threads("/proc/self/task");
  if (const auto count = std::distance(begin(threads), end(threads)); count != 1) {
    return tl::make_unexpected(fmt::format("hosts must be made while the process has one thread; it has {}", count));
  }
  std::vector<Fd> listeners;  // the warden keeps them; ours close at the end
  auto hosts = prepare_hosts(options, listeners);
  if (!hosts) return tl::make_unexpected(hosts.error());
  std::string refused;
  for (const Way way : ways_to_try(options)) {
    auto warden = make_this_way(way, *hosts);
    if (warden) return std::make_unique<HostsClient>(way, std::move(*hosts), std::move(*warden), refused);
    refused += fmt::format("{}{} is impossible: {}", refused.empty() ? "" : "; ", name_of(way), warden.error());
  }
  return tl::make_unexpected(refused);
}

}  // namespace harness
