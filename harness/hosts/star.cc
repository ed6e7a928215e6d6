#include "harness/hosts/star.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>

#include "harness/hosts/command.h"

namespace harness {
namespace {

constexpr char kGateway[] = "169.254.0.1";  // link-local: on every link, never in anybody's way

// Settings of a fresh namespace, made before it has links. Kernels without one of them work as well, only slower or
// with chatter, so a refusal is no error.
void tune_namespace(bool hub) {
  const auto set = [](const char* name, const char* value) {
    (void)write_proc(fmt::format("/proc/sys/net/{}", name), value);
  };
  // Cuts are IPv4 rules; nothing may pass beside them.
  set("ipv6/conf/all/disable_ipv6", "1");
  set("ipv6/conf/default/disable_ipv6", "1");
  // Retransmissions back off no further than a second: after a cut of 8 s connections resume at 8.8 s, not at 13.5 s.
  set("ipv4/tcp_rto_max_ms", "1000");
  if (!hub) return;
  // The address of every link's end is the same, so a source filter could only be wrong.
  set("ipv4/conf/all/rp_filter", "0");
  set("ipv4/conf/default/rp_filter", "0");
}

tl::expected<Fd, std::string> this_namespace() {
  Fd fd(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd) return errno_error("/proc/self/ns/net");
  return fd;
}

tl::expected<std::vector<Fd>, std::string> make_namespaces(size_t count) {
  const auto hub = this_namespace();
  if (!hub) return tl::make_unexpected(hub.error());
  std::vector<Fd> made;
  for (size_t i = 0; i < count; ++i) {
    if (unshare(CLONE_NEWNET) != 0) return errno_error(fmt::format("making network namespace {} of {}", i + 1, count));
    tune_namespace(false);
    auto fd = this_namespace();
    if (!fd) return tl::make_unexpected(fd.error());
    made.push_back(std::move(*fd));
  }
  if (setns(hub->get(), CLONE_NEWNET) != 0) return errno_error("returning to the hub's network namespace");
  return made;
}

std::string hub_side(const std::vector<std::string>& addresses, const std::vector<Fd>& namespaces) {
  std::string batch = "link set lo up\n";
  for (size_t i = 0; i < addresses.size(); ++i) {
    const std::string link = fmt::format("v{}", i + 1);
    // A netns with a slash in its name is a path.
    batch += fmt::format("link add {} type veth peer name eth0 netns /proc/self/fd/{}\n", link, namespaces[i].get());
    batch += fmt::format("address add {}/32 dev {}\nlink set {} up\n", kGateway, link, link);
    batch += fmt::format("route add {}/32 dev {}\n", addresses[i], link);
  }
  return batch;
}

std::string host_side(const std::string& address) {
  return fmt::format(
      "link set lo up\naddress add {0}/32 dev eth0\nlink set eth0 up\n"
      "route add {1} dev eth0 scope link\nroute add default via {1}\n",
      address, kGateway);
}

}  // namespace

tl::expected<std::vector<Fd>, std::string> build_star(const std::vector<std::string>& addresses) {
  const std::string ip = find_program("ip");
  if (ip.empty()) return tl::make_unexpected("the program ip is not installed (package iproute2)");
  tune_namespace(true);
  if (const Status forwarding = write_proc("/proc/sys/net/ipv4/ip_forward", "1"); !forwarding)
    return tl::make_unexpected(forwarding.error());
  auto namespaces = make_namespaces(addresses.size());
  if (!namespaces) return namespaces;

  Command::Options hub{.argv = {ip, "-batch", "-"}, .input = hub_side(addresses, *namespaces)};
  for (const Fd& fd : *namespaces) hub.inherited_fds.push_back(fd.get());
  if (const auto done = run_command(hub); !done) return tl::make_unexpected(done.error());

  std::vector<Command> running;
  std::string failure;
  for (size_t i = 0; i < addresses.size() && failure.empty(); ++i) {
    auto command = Command::start(
        {.argv = {ip, "-batch", "-"}, .input = host_side(addresses[i]), .network_namespace = (*namespaces)[i].get()});
    if (command) {
      running.push_back(std::move(*command));
    } else {
      failure = command.error();
    }
  }
  for (Command& command : running) {
    if (const auto done = command.finish(); !done && failure.empty()) failure = done.error();
  }
  if (!failure.empty()) return tl::make_unexpected(failure);
  return namespaces;
}

}  // namespace harness
