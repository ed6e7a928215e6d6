#include "harness/cli/bench_cluster.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "harness/cli/commands.h"
#include "harness/cli/load.h"
#include "harness/report/text.h"
#include "harness/run/run.h"

namespace harness::bench {

namespace {

using namespace std::chrono_literals;

// Processor time of a process so far, in seconds; its resident memory in bytes.
double cpu_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string skipped;
  double user = 0, system = 0;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double memory_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/statm", pid));
  double pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

Result<void> start_redis(Servers& servers, std::vector<Server>& into, const Scratch& scratch, bool synced) {
  auto port = free_port();
  if (!port) return tl::unexpected(port.error());
  const auto directory = scratch.path() / fmt::format("redis-{}", *port);
  std::filesystem::create_directories(directory);
  auto server = Server::start(
      {"redis-server", "--port", std::to_string(*port), "--bind", "127.0.0.1", "--dir", directory.string(), "--save",
       "", "--appendonly", synced ? "yes" : "no", "--appendfsync", "always"},
      scratch.path() / "redis.log");
  if (!server) return tl::unexpected(server.error());
  into.push_back(std::move(*server));
  servers.ports.push_back(*port);
  if (!wait_for_port(*port, 5s)) return tl::unexpected<std::string>("redis-server does not listen; is it installed?");
  return {};
}

bool all_up(int port) {
  const auto ring = ask_once(port, {"RING"});
  return ring && ring->find("up") != std::string::npos && ring->find("down") == std::string::npos;
}

}  // namespace

double Servers::cpu() const {
  double sum = 0;
  for (const auto* list : {&processes, &beneath}) {
    for (const Server& server : *list) sum += cpu_of(server.pid());
  }
  return sum;
}

double Servers::memory() const {
  double sum = 0;
  for (const Server& server : processes) sum += memory_of(server.pid());
  return sum;
}

Result<Servers> redis(const Scratch& scratch, bool synced) {
  Servers servers;
  if (auto started = start_redis(servers, servers.processes, scratch, synced); !started) {
    return tl::unexpected(started.error());
  }
  return servers;
}

Result<Servers> nodes(const Scratch& scratch, Storage storage, int count, const std::string& data, bool sheds) {
  Servers servers;
  Servers stores;
  std::vector<std::string> peers;
  for (int i = 0; i < count; ++i) {
    auto port = free_port();
    if (!port) return tl::unexpected(port.error());
    servers.ports.push_back(*port);
    peers.push_back(fmt::format("n{}=127.0.0.1:{}", i + 1, *port));
  }
  const int n = std::min(count, 3);
  for (int i = 0; i < count; ++i) {
    std::string name = fmt::format("n{}", i + 1);
    std::vector<std::string> argv = {node_program().string(),
                                     "--name",
                                     name,
                                     "--listen",
                                     fmt::format("127.0.0.1:{}", servers.ports[static_cast<size_t>(i)]),
                                     "--peers",
                                     fmt::format("{}", fmt::join(peers, ",")),
                                     "--replicas",
                                     std::to_string(n),
                                     "--read-quorum",
                                     std::to_string(std::min(n, 2)),
                                     "--write-quorum",
                                     std::to_string(std::min(n, 2)),
                                     "--debug-commands",
                                     "--max-queue-delay",
                                     sheds ? "50" : "60000"};
    if (storage == Storage::kRedis) {
      if (auto started = start_redis(stores, servers.beneath, scratch, false); !started) {
        return tl::unexpected(started.error());
      }
      argv.insert(argv.end(), {"--storage", fmt::format("redis://127.0.0.1:{}", stores.ports.back())});
    } else if (storage == Storage::kLmdb) {
      const std::string directory =
          data.empty() ? (scratch.path() / fmt::format("{}-{}", name, servers.ports[0])).string() : data;
      argv.insert(argv.end(), {"--storage", "lmdb", "--data", directory});
    } else {
      argv.insert(argv.end(), {"--storage", "memory"});
    }
    auto server = Server::start(argv, scratch.path() / "nodes.log");
    if (!server) return tl::unexpected(server.error());
    servers.processes.push_back(std::move(*server));
  }
  const auto deadline = Clock::now() + 30s;
  for (int port : servers.ports) {
    if (!wait_for_port(port, 30s)) return tl::unexpected<std::string>("a node does not listen");
    while (!all_up(port)) {
      if (Clock::now() > deadline) return tl::unexpected<std::string>("the nodes do not find each other");
      std::this_thread::sleep_for(5ms);
    }
  }
  return servers;
}

std::map<std::string, double> stats_of(int port) {
  std::map<std::string, double> stats;
  const auto reply = ask_once(port, {"DEBUG", "STATS"});
  if (!reply) return stats;
  std::istringstream lines(*reply);
  std::vector<std::string> words;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty() && line[0] != '*' && line[0] != '$') words.push_back(line);
  }
  for (size_t i = 0; i + 1 < words.size(); i += 2) stats[words[i]] = std::strtod(words[i + 1].c_str(), nullptr);
  return stats;
}

double sum_of(const Servers& nodes, const std::string& counter) {
  double sum = 0;
  for (int port : nodes.ports) sum += stats_of(port)[counter];
  return sum;
}

namespace {
void go(const cpu_set_t& half) {
  if (CPU_COUNT(&half) > 0) sched_setaffinity(0, sizeof half, &half);
}
}  // namespace

Apart::Apart() {
  sched_getaffinity(0, sizeof all_, &all_);
  CPU_ZERO(&halves_[0]);
  CPU_ZERO(&halves_[1]);
  const int count = CPU_COUNT(&all_);
  for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &all_)) CPU_SET(cpu, &halves_[seen++ < count / 2 ? 0 : 1]);
  }
}

Apart::~Apart() { sched_setaffinity(0, sizeof all_, &all_); }

void Apart::on_nodes_side() const { go(halves_[0]); }

void Apart::on_clients_side() const { go(halves_[1]); }

std::string Apart::describe() const {
  if (CPU_COUNT(&halves_[0]) == 0) return "nodes and clients share the only processor";
  return fmt::format("nodes on {} of {} processors, clients on the others", CPU_COUNT(&halves_[0]), CPU_COUNT(&all_));
}

Result<void> fill(LoadPlan plan) {
  plan.write_percent = 100;
  plan.each_once = true;
  plan.pipeline = 16;
  plan.requests = plan.keys;
  plan.rate = 0;
  plan.route.clear();
  auto filled = run_load(plan);
  if (!filled) return tl::unexpected(filled.error());
  if (filled->ok != plan.keys) return tl::unexpected(fmt::format("{} of {} keys were stored", filled->ok, plan.keys));
  return {};
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Table::line(const std::string& what, const std::string& figure, const std::string& remark) {
  terminal_.print_line("  " + pad(what, 52) + pad_left(figure, 14) + (remark.empty() ? "" : "  " + remark));
}

void Table::goal(const std::string& what, double ratio, double least) {
  const bool reached = ratio >= least;
  terminal_.print_line(
      "  " + pad(what, 52) +
      terminal_.paint(reached ? Colour::kGreen : Colour::kRed, pad_left(fmt::format("{:.2f}", ratio), 14)) +
      fmt::format("  goal ≥ {:.2f}  {}", least, reached ? "reached" : "missed"));
}

void Table::text(const std::string& line) { terminal_.print_line(line); }

}  // namespace harness::bench
