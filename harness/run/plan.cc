#include "harness/run/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/report/text.h"
#include "harness/run/duration.h"
#include "harness/run/store.h"

namespace harness {

namespace {

std::string cluster_text(const RunSettings& settings) {
  const ClusterSettings& c = settings.cluster;
  std::string text =
      fmt::format("{} {} of {}, N={} R={} W={}, {} quorums", settings.nodes, settings.nodes == 1 ? "node" : "nodes",
                  settings.target, c.replicas, c.read_quorum, c.write_quorum, c.mode);
  if (settings.workload == "register" && c.one_value()) text += ", one value a key";
  if (!c.ring.empty()) text += ", ring " + c.ring;
  if (!c.experiment.empty()) text += ", experiment " + c.experiment;
  if (!c.hints) text += ", no hints";
  if (!c.anti_entropy) text += ", no anti-entropy";
  return text + ", storage " + c.storage;
}

std::string carts_text(const ClusterSettings& c) {
  return "merged by " + c.merge + (cart_layout(c) == workloads::CartLayout::kSegregated ? ", a key for each item" : "");
}

std::string clients_text(const RunSettings& settings) {
  const std::string rate = settings.rate > 0 ? fmt::format("{} operations a second together", settings.rate)
                                             : "as fast as they are answered";
  return fmt::format("{}, {}, for {}{}", settings.concurrency, rate, to_flag(settings.time_limit),
                     client_driven(settings) ? ", each operation to a home of its key" : "");
}

// Where redis-cli reaches the nodes.
std::string doors_text(const Hosts& hosts) {
  std::vector<std::string> doors;
  for (const Host& host : hosts.hosts()) {
    if (host.outside_port != 0) doors.push_back(fmt::format("{} {}", host.name, host.outside_port));
  }
  return doors.empty() ? "" : fmt::format("redis-cli -p PORT   ({})", fmt::join(doors, ", "));
}

}  // namespace

void print_plan(Terminal& terminal, const RunSettings& settings, const Hosts& hosts,
                const std::filesystem::path& directory, const std::vector<checkers::Promise>& promises) {
  const ClusterSettings& c = settings.cluster;
  const std::string what = fmt::format("{} under {}", settings.workload, fmt::join(settings.nemeses, ", "));
  terminal.print_line("");
  terminal.print_line(terminal.paint(Colour::kBold, what) + fmt::format(", seed {}", c.seed));
  print_facts(terminal, {{"cluster", cluster_text(settings)},
                         {"carts", settings.workload == "cart" ? carts_text(c) : ""},
                         {"sets", settings.workload == "set" ? "merged by " + c.merge : ""},
                         {"bug", c.bug.empty() ? "" : c.bug + ", planted on purpose"},
                         {"hosts", hosts.describe()},
                         {"clients", clients_text(settings)},
                         {"look inside", doors_text(hosts)},
                         {"store", shown(directory)}});
  print_promises(terminal, promises);
  terminal.print_line("");
}

}  // namespace harness
