// What a node costs: three of them beside one redis-server, measured in the same minutes. Ratios are what counts, for
// machines and their neighbours differ; docs/performance.md keeps what this prints.
#include <fmt/format.h>

#include <sstream>
#include <thread>
#include <utility>

#include "harness/cli/bench_cluster.h"
#include "harness/cli/commands.h"
#include "harness/cli/load.h"
#include "harness/report/text.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"

namespace harness::bench {

namespace {

using namespace std::chrono_literals;

constexpr int kRounds = 3;

struct Rates {
  double set = 0;
  double get = 0;
};

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
      const auto sent = [&](const char* what) { return sum_of(*cluster, what); };
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
  LoadPlan plan;
  plan.ports = cluster->ports;
  if (auto filled = fill(plan); !filled) return filled;
  const double a_key = (cluster->memory() - before) / static_cast<double>(plan.keys * kNodes);
  table.line("memory a key and copy, values of 100 bytes", fmt::format("{:.0f} bytes", a_key));
  plan.rate = saturation / 2;
  auto measured = run_load(plan);
  if (!measured) return tl::unexpected(measured.error());
  table.line("at half of saturation, operations a second", rounded_with_commas(measured->per_second()),
             fmt::format("asked for {}", rounded_with_commas(plan.rate)));
  table.line("  p50", fmt::format("{:.2f} ms", quantile(measured->ok_us, 0.5) / 1000));
  for (const auto& [name, q] : {std::pair("  p99", 0.99), std::pair("  p99.9", 0.999)}) {
    const double ms = quantile(measured->ok_us, q) / 1000;
    table.line(name, fmt::format("{:.2f} ms", ms), ms < 10 ? "goal < 10 ms  reached" : "goal < 10 ms  missed");
  }
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
    LoadPlan plan;
    plan.ports = alone->ports;
    plan.keys = keys;
    if (auto filled = fill(plan); !filled) return filled;
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

}  // namespace

}  // namespace harness::bench

namespace harness {

int bench_node(const BenchFlags& flags) {
  Scratch scratch;
  Terminal terminal(stdout);
  Terminal progress(stderr);
  bench::Table table(terminal);
  double load = 0;  // what else kept the machine busy
  getloadavg(&load, 1);
  terminal.print_line(fmt::format("On {} processors with a load average of {:.1f} before; N=3 R=2 W=2, {} clients\n",
                                  std::thread::hardware_concurrency(), load, bench::kConnections));
  bench::Result<void> done;
  if (flags.overload) {
    const auto length = parse_duration(flags.time_limit.empty() ? "30s" : flags.time_limit);
    if (!length) return complain(kBadArguments, length.error());
    done = bench::overload(scratch, table, progress, *length);
  } else if (flags.efficiency) {
    done = bench::efficiency(scratch, table, progress, flags.rounds.value_or(bench::kRounds));
  } else if (flags.start_keys > 0) {
    done = bench::start_with_keys(scratch, table, flags.start_keys);
  } else {
    const auto saturation = bench::throughput(scratch, table, progress, flags.rounds.value_or(bench::kRounds));
    done = saturation ? bench::at_half(scratch, table, *saturation)
                      : bench::Result<void>(tl::unexpected(saturation.error()));
    if (done) done = bench::scaling(scratch, table, progress, flags.rounds.value_or(bench::kRounds));
  }
  return done ? 0 : complain(kHarnessFailed, done.error());
}

}  // namespace harness
