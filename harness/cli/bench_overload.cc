// Overload: three times what is possible, asked for by clients who do not wait (row F4).
#include <fmt/format.h>

#include "harness/cli/bench_cluster.h"
#include "harness/cli/load.h"
#include "harness/report/text.h"

namespace harness::bench {

using namespace std::chrono_literals;

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
  if (auto filled = fill(plan); !filled) return tl::unexpected(filled.error());
  double cpu = cluster->cpu();
  auto full = run_load(plan);
  if (!full) return tl::unexpected(full.error());
  const double a_cpu_second = static_cast<double>(full->ok) / (cluster->cpu() - cpu);
  const double saturation = full->per_second();
  table.line("saturation, operations a second", rounded_with_commas(saturation),
             "50 connections, pipelined by 16; all keys are there");
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
  const auto ms = [&](double share) { return quantile(flood->ok_us, share) / 1000; };
  table.line("  p50 and p90 of what was done", fmt::format("{:.1f}, {:.1f} ms", ms(0.5), ms(0.9)));
  const double p99 = ms(0.99);
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

}  // namespace harness::bench
