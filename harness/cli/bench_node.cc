// What a node costs: three of them beside one redis-server, measured in the same minutes. Ratios are what counts, for
// machines and their neighbours differ; docs/performance.md keeps what this prints.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <thread>

#include "harness/cli/child.h"
#include "harness/cli/commands.h"
#include "harness/cli/load.h"
#include "harness/cli/scratch.h"
#include "harness/report/terminal.h"
#include "harness/report/text.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"

namespace harness {

namespace {

template <typename T>
using Result = tl::expected<T, std::string>;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int kNodes = 3;
constexpr int kConnections = 50;
constexpr int kRounds = 3;

struct Rates {
  double set = 0;
  double get = 0;
};

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

// One server, or several that belong together, on ports of 127.0.0.1.
struct Servers {
  std::vector<int> ports;
  std::vector<Server> processes;  // of the nodes, or the one redis-server
  std::vector<Server> beneath;    // what nodes store in

  double cpu() const {
    double sum = 0;
    for (const auto* list : {&processes, &beneath}) {
      for (const Server& server : *list) sum += cpu_of(server.pid());
    }
    return sum;
  }
  double memory() const {
    double sum = 0;
    for (const Server& server : processes) sum += memory_of(server.pid());
    return sum;
  }
};

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

Result<Servers> redis(const Scratch& scratch, bool synced) {
  Servers servers;
  if (auto started = start_redis(servers, servers.processes, scratch, synced); !started) {
    return tl::unexpected(started.error());
  }
  return servers;
}

// Counters of a node by name: DEBUG STATS.
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

bool all_up(int port) {
  const auto ring = ask_once(port, {"RING"});
  return ring && ring->find("up") != std::string::npos && ring->find("down") == std::string::npos;
}

enum class Storage { kMemory, kLmdb, kRedis };

// redis-benchmark ends at the first -BUSY, and asks for no more than is answered anyway: `sheds` is for open loops.
Result<Servers> nodes(const Scratch& scratch, Storage storage, int count = kNodes, const std::string& data = "",
                      bool sheds = false) {
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

// Rates by redis-benchmark, of all ports together: a process for each, which share the clients.
Result<Rates> redis_benchmark(const Scratch& scratch, const Servers& servers, int pipeline, int requests) {
  const size_t parts = servers.ports.size();
  const int clients = (kConnections + static_cast<int>(parts) - 1) / static_cast<int>(parts);
  std::vector<Result<Finished>> finished(parts, tl::unexpected(std::string()));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < parts; ++i) {
    threads.emplace_back([&, i] {
      finished[i] = run_program({"redis-benchmark", "-p", std::to_string(servers.ports[i]), "-t", "set,get", "-n",
                                 std::to_string(requests / static_cast<int>(parts)), "-c", std::to_string(clients),
                                 "-P", std::to_string(pipeline), "-r", "100000", "-d", "100", "--csv"},
                                scratch.path() / "log");
    });
  }
  for (std::thread& thread : threads) thread.join();
  Rates rates;
  for (const auto& one : finished) {
    if (!one) return tl::unexpected(one.error());
    std::istringstream lines(one->output);
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind("\"SET\",\"", 0) == 0) rates.set += std::stod(line.substr(7));
      if (line.rfind("\"GET\",\"", 0) == 0) rates.get += std::stod(line.substr(7));
    }
  }
  if (rates.set <= 0 || rates.get <= 0) {
    return tl::unexpected<std::string>(
        "redis-benchmark gave no rates for SET and GET; is Debian's redis-tools installed?");
  }
  return rates;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Table {
 public:
  explicit Table(Terminal& terminal) : terminal_(terminal) {}
  void line(const std::string& what, const std::string& figure, const std::string& remark = "") {
    terminal_.print_line("  " + pad(what, 52) + pad_left(figure, 14) + (remark.empty() ? "" : "  " + remark));
  }
  void goal(const std::string& what, double ratio, double least) {
    const bool reached = ratio >= least;
    terminal_.print_line(
        "  " + pad(what, 52) +
        terminal_.paint(reached ? Colour::kGreen : Colour::kRed, pad_left(fmt::format("{:.2f}", ratio), 14)) +
        fmt::format("  goal ≥ {:.2f}  {}", least, reached ? "reached" : "missed"));
  }

 private:
  Terminal& terminal_;
};

struct Series {
  std::string name;
  std::vector<double> set, get;
  double mean() const { return (median(set) + median(get)) / 2; }
  void add(const Rates& rates) {
    set.push_back(rates.set);
    get.push_back(rates.get);
  }
};

void print(Table& table, const Series& series) {
  table.line(series.name, rounded_with_commas(median(series.set)) + " SET",
             rounded_with_commas(median(series.get)) + " GET a second");
}

// ---- Throughput beside redis-server

Result<double> throughput(const Scratch& scratch, Table& table, Terminal& progress, int rounds) {
  Series redis1{"one redis-server", {}, {}}, redis16{"one redis-server, pipelined by 16", {}, {}},
      synced{"one redis-server, appendfsync always", {}, {}}, memory1{"three nodes in memory", {}, {}},
      memory16{"three nodes in memory, pipelined by 16", {}, {}}, lmdb{"three nodes, LMDB", {}, {}},
      stored{"three nodes, a Redis under each", {}, {}};
  const auto run = [&](Series& series, const Result<Servers>& servers, int pipeline, int requests) -> Result<void> {
    if (!servers) return tl::unexpected(servers.error());
    auto rates = redis_benchmark(scratch, *servers, pipeline, requests);
    if (!rates) return tl::unexpected(rates.error());
    series.add(*rates);
    return {};
  };
  double cpu_us = 0, messages = 0, bytes = 0;
  for (int round = 1; round <= rounds; ++round) {
    progress.print_line(fmt::format("round {} of {}", round, rounds));
    constexpr int kPlain = 150'000;
    constexpr int kPipelined = 600'000;
    {
      const auto server = redis(scratch, false);
      if (auto done = run(redis1, server, 1, kPlain); !done) return tl::unexpected(done.error());
      if (auto done = run(redis16, server, 16, kPipelined); !done) return tl::unexpected(done.error());
    }
    {
      const auto server = redis(scratch, true);
      if (auto done = run(synced, server, 1, kPlain / 2); !done) return tl::unexpected(done.error());
    }
    {
      const auto cluster = nodes(scratch, Storage::kMemory);
      if (!cluster) return tl::unexpected(cluster.error());
      const auto sent = [&](const char* what) {
        double sum = 0;
        for (int port : cluster->ports) sum += stats_of(port)[what];
        return sum;
      };
      const double cpu = cluster->cpu(), sent_messages = sent("messages_sent"), sent_bytes = sent("message_bytes_sent");
      if (auto done = run(memory1, cluster, 1, kPlain); !done) return tl::unexpected(done.error());
      cpu_us = (cluster->cpu() - cpu) * 1e6 / (2 * kPlain);
      messages = (sent("messages_sent") - sent_messages) / (2 * kPlain);
      bytes = (sent("message_bytes_sent") - sent_bytes) / (2 * kPlain);
      if (auto done = run(memory16, cluster, 16, kPipelined); !done) return tl::unexpected(done.error());
    }
    if (auto done = run(lmdb, nodes(scratch, Storage::kLmdb), 1, kPlain / 2); !done)
      return tl::unexpected(done.error());
    if (auto done = run(stored, nodes(scratch, Storage::kRedis), 1, kPlain / 2); !done) {
      return tl::unexpected(done.error());
    }
  }
  for (const Series& series : {redis1, redis16, synced, memory1, memory16, lmdb, stored}) print(table, series);
  table.goal("in memory, to redis-server", memory1.mean() / redis1.mean(), 0.5);
  table.goal("in memory pipelined, to redis-server", memory16.mean() / redis16.mean(), 0.35);
  table.goal("LMDB SET, to appendfsync always", median(lmdb.set) / median(synced.set), 0.35);
  table.goal("Redis storage, to redis-server", stored.mean() / redis1.mean(), 0.8 * 54 / 140);
  table.line("processor time an operation, all nodes", fmt::format("{:.1f} µs", cpu_us), "not pipelined");
  table.line("messages an operation", fmt::format("{:.2f}", messages), "at most 2N = 6; with heartbeats and repair");
  table.line("bytes of messages an operation", rounded_with_commas(bytes), "values of 100 bytes");
  return memory1.mean();
}

// ---- At half of saturation, and what memory takes

Result<void> at_half(const Scratch& scratch, Table& table, double saturation) {
  auto cluster = nodes(scratch, Storage::kMemory);
  if (!cluster) return tl::unexpected(cluster.error());
  const double before = cluster->memory();
  LoadPlan fill;
  fill.ports = cluster->ports;
  fill.pipeline = 16;
  fill.write_percent = 100;
  fill.each_once = true;
  fill.requests = fill.keys;
  if (auto filled = run_load(fill); !filled) return tl::unexpected(filled.error());
  const double a_key = (cluster->memory() - before) / static_cast<double>(fill.keys * kNodes);
  table.line("memory a key and copy, values of 100 bytes", fmt::format("{:.0f} bytes", a_key));

  LoadPlan plan;
  plan.ports = cluster->ports;
  plan.rate = saturation / 2;
  auto measured = run_load(plan);
  if (!measured) return tl::unexpected(measured.error());
  table.line("at half of saturation, operations a second", rounded_with_commas(measured->per_second()),
             fmt::format("asked for {}", rounded_with_commas(plan.rate)));
  const double p99 = quantile(measured->ok_us, 0.99) / 1000;
  table.line("  p50", fmt::format("{:.2f} ms", quantile(measured->ok_us, 0.5) / 1000));
  table.line("  p99", fmt::format("{:.2f} ms", p99), p99 < 10 ? "goal < 10 ms  reached" : "goal < 10 ms  missed");
  table.line("  p99.9", fmt::format("{:.2f} ms", quantile(measured->ok_us, 0.999) / 1000));
  return {};
}

// ---- More nodes

// Operations a second of processor time, of all nodes. Clients route by themselves, as those of Redis Cluster do, and
// there are more of them for more nodes.
Result<double> per_cpu_second(const Scratch& scratch, const Servers& cluster) {
  constexpr int kRequests = 150'000;
  const auto clients = kConnections * cluster.ports.size() / kNodes;
  const double before = cluster.cpu();
  auto finished =
      run_program({"redis-benchmark", "--cluster", "-p", std::to_string(cluster.ports[0]), "-t", "set,get", "-n",
                   std::to_string(kRequests), "-c", std::to_string(clients), "-r", "100000", "-d", "100", "--csv"},
                  scratch.path() / "log");
  if (!finished) return tl::unexpected(finished.error());
  if (finished->output.find("\"GET\",") == std::string::npos) {
    return tl::unexpected<std::string>("redis-benchmark --cluster gave no rates: " + finished->output);
  }
  return 2 * kRequests / (cluster.cpu() - before);
}

Result<void> scaling(const Scratch& scratch, Table& table, Terminal& progress, int rounds) {
  constexpr int kMany = 10;
  constexpr auto kIdle = 10s;
  std::vector<double> few, many, idle;
  for (int round = 1; round <= rounds; ++round) {
    progress.print_line(fmt::format("{} and {} nodes, round {} of {}", kNodes, kMany, round, rounds));
    {
      const auto cluster = nodes(scratch, Storage::kMemory);
      if (!cluster) return tl::unexpected(cluster.error());
      const auto measured = per_cpu_second(scratch, *cluster);
      if (!measured) return tl::unexpected(measured.error());
      few.push_back(*measured);
    }
    const auto cluster = nodes(scratch, Storage::kMemory, kMany);
    if (!cluster) return tl::unexpected(cluster.error());
    std::this_thread::sleep_for(1s);
    const double before = cluster->cpu();
    std::this_thread::sleep_for(kIdle);
    idle.push_back((cluster->cpu() - before) / std::chrono::duration<double>(kIdle).count() / kMany);
    const auto measured = per_cpu_second(scratch, *cluster);
    if (!measured) return tl::unexpected(measured.error());
    many.push_back(*measured);
  }
  table.line("operations a second of processor time, 3 nodes", rounded_with_commas(median(few)), "not pipelined");
  table.line("operations a second of processor time, 10 nodes", rounded_with_commas(median(many)), "not pipelined");
  table.goal("10 nodes, to 3", median(many) / median(few), 0.85);
  table.line("processor time of an idle node, one of 10", fmt::format("{:.2f} %", 100 * median(idle)),
             median(idle) < 0.01 ? "goal < 1 %  reached" : "goal < 1 %  missed");
  return {};
}

// ---- Starting with much on disk

Result<void> start_with_keys(const Scratch& scratch, Table& table, uint64_t keys) {
  const std::string data = (scratch.path() / "million").string();
  {
    auto alone = nodes(scratch, Storage::kLmdb, 1, data);
    if (!alone) return tl::unexpected(alone.error());
    LoadPlan fill;
    fill.ports = alone->ports;
    fill.pipeline = 64;
    fill.write_percent = 100;
    fill.each_once = true;
    fill.keys = fill.requests = keys;
    auto filled = run_load(fill);
    if (!filled) return tl::unexpected(filled.error());
    if (filled->ok != keys) return tl::unexpected(fmt::format("{} of {} keys were stored", filled->ok, keys));
  }
  const auto began = Clock::now();
  auto alone = nodes(scratch, Storage::kLmdb, 1, data);
  if (!alone) return tl::unexpected(alone.error());
  const double took = std::chrono::duration<double>(Clock::now() - began).count();
  const double records = stats_of(alone->ports[0])["records"];
  if (records != static_cast<double>(keys)) return tl::unexpected(fmt::format("{} records are there", records));
  table.line(fmt::format("start with {} keys in LMDB", rounded_with_commas(static_cast<double>(keys))),
             fmt::format("{:.2f} s", took), took <= 3 ? "goal ≤ 3 s  reached" : "goal ≤ 3 s  missed");
  return {};
}

// ---- Overload: three times what is possible, asked for by clients who do not wait

// Nodes have half of the processors, and clients the others: what floods must not take from the nodes what they lack.
class Apart {
 public:
  Apart() {
    sched_getaffinity(0, sizeof all_, &all_);
    CPU_ZERO(&halves_[0]);
    CPU_ZERO(&halves_[1]);
    const int count = CPU_COUNT(&all_);
    for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &all_)) CPU_SET(cpu, &halves_[seen++ < count / 2 ? 0 : 1]);
    }
  }
  ~Apart() { sched_setaffinity(0, sizeof all_, &all_); }
  Apart(const Apart&) = delete;
  Apart& operator=(const Apart&) = delete;

  // What this thread does from now on, and what it starts.
  void on_nodes_side() const { go(halves_[0]); }
  void on_clients_side() const { go(halves_[1]); }
  std::string describe() const {
    if (CPU_COUNT(&halves_[0]) == 0) return "nodes and clients share the only processor";
    return fmt::format("nodes on {} of {} processors, clients on the others", CPU_COUNT(&halves_[0]), CPU_COUNT(&all_));
  }

 private:
  static void go(const cpu_set_t& half) {
    if (CPU_COUNT(&half) > 0) sched_setaffinity(0, sizeof half, &half);
  }
  cpu_set_t all_{};
  cpu_set_t halves_[2] = {};
};

Result<void> overload(const Scratch& scratch, Table& table, Terminal& progress, std::chrono::milliseconds length) {
  const Apart apart;
  apart.on_nodes_side();
  auto cluster = nodes(scratch, Storage::kMemory, kNodes, "", true);
  apart.on_clients_side();
  if (!cluster) return tl::unexpected(cluster.error());
  progress.print_line(apart.describe());
  LoadPlan plan;
  plan.ports = cluster->ports;
  plan.pipeline = 16;
  double cpu = cluster->cpu();
  auto full = run_load(plan);
  if (!full) return tl::unexpected(full.error());
  const double a_cpu_second = static_cast<double>(full->ok) / (cluster->cpu() - cpu);
  const double saturation = full->per_second();
  table.line("saturation, operations a second", rounded_with_commas(saturation), "50 connections, pipelined by 16");
  const double memory = cluster->memory();

  plan.rate = 3 * saturation;
  plan.length = length;
  progress.print_line(
      fmt::format("{} operations a second for {} s", rounded_with_commas(plan.rate), length.count() / 1000));
  cpu = cluster->cpu();
  auto flood = run_load(plan);
  if (!flood) return tl::unexpected(flood.error());
  cpu = cluster->cpu() - cpu;
  table.goal("at three times that: done, to saturation", flood->per_second() / saturation, 0.8);
  const auto all = static_cast<double>(flood->ok + flood->busy + flood->errors);
  table.line("  processors that the nodes kept busy", fmt::format("{:.2f}", cpu / flood->seconds), apart.describe());
  table.line("  done a second of processor time, to saturation",
             fmt::format("{:.2f}", static_cast<double>(flood->ok) / cpu / a_cpu_second), "whatever neighbours took");
  table.line("  sent more than 10 ms late by the clients", fmt::format("{:.1f} %", 100 * flood->sent_late / all));
  table.line("  answered -BUSY", fmt::format("{:.1f} %", 100 * static_cast<double>(flood->busy) / all),
             fmt::format("after {:.1f} ms at the median", quantile(flood->busy_us, 0.5) / 1000));
  table.line("  other errors", rounded_with_commas(static_cast<double>(flood->errors)), flood->first_error);
  const double p99 = quantile(flood->ok_us, 0.99) / 1000;
  table.line("  p99 of what was done", fmt::format("{:.1f} ms", p99),
             p99 < 100 ? "goal < 100 ms  reached" : "goal < 100 ms  missed");
  table.line("  memory that it took, of all nodes",
             fmt::format("{:.0f} MiB", (cluster->memory() - memory) / (1 << 20)));

  plan.rate = saturation / 4;
  const auto over = Clock::now();
  double calm = 0;
  for (plan.length = 200ms; calm == 0 && Clock::now() - over < 10s;) {
    auto after = run_load(plan);
    if (!after) return tl::unexpected(after.error());
    const bool well = after->busy == 0 && after->errors == 0 && quantile(after->ok_us, 0.99) < 10'000;
    if (well) calm = std::chrono::duration<double>(Clock::now() - over).count();
  }
  table.line("  until a p99 below 10 ms again", calm == 0 ? "> 10 s" : fmt::format("{:.1f} s", calm),
             calm > 0 && calm < 2 ? "goal < 2 s  reached" : "goal < 2 s  missed");
  return {};
}

}  // namespace

int bench_node(const BenchFlags& flags) {
  Scratch scratch;
  Terminal terminal(stdout);
  Terminal progress(stderr);
  Table table(terminal);
  double load = 0;  // what else kept the machine busy
  getloadavg(&load, 1);
  terminal.print_line(fmt::format("On {} processors with a load average of {:.1f} before; N=3 R=2 W=2, {} clients\n",
                                  std::thread::hardware_concurrency(), load, kConnections));
  Result<void> done;
  if (flags.overload) {
    done = overload(scratch, table, progress, 30s);
  } else if (flags.start_keys > 0) {
    done = start_with_keys(scratch, table, flags.start_keys);
  } else {
    const auto saturation = throughput(scratch, table, progress, flags.rounds.value_or(kRounds));
    done = saturation ? at_half(scratch, table, *saturation) : Result<void>(tl::unexpected(saturation.error()));
    if (done) done = scaling(scratch, table, progress, flags.rounds.value_or(kRounds));
  }
  return done ? 0 : complain(kHarnessFailed, done.error());
}

}  // namespace harness
