#include "node/coordinator/info.h"

namespace node {

namespace {

std::string to_lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string line(const std::string& name, const std::string& value) { return name + ":" + value + "\r\n"; }

std::string server(const Replica& replica, Instant now) {
  const auto up = std::chrono::duration_cast<std::chrono::seconds>(now - replica.counters.since);
  return line("redis_mode", "cluster") + line("redis_version", "7.0.0") + line("node", replica.options().name) +
         line("life", replica.life().to_string()) + line("storage", replica.options().storage) +
         line("uptime_in_seconds", std::to_string(up.count()));
}

std::string stats_lines(const Stats& stats) {
  std::string text;
  for (const auto& [name, value] : stats) text += line(name, std::to_string(value));
  return text;
}

std::string keyspace(const Replica& replica) {
  return line("db0", "keys=" + std::to_string(replica.records.size()) + ",expires=0,avg_ttl=0");
}

std::string command_stats(const Replica& replica) {
  std::string text;
  for (const auto& [name, stats] : replica.counters.commands) {
    const uint64_t calls = stats.microseconds.count();
    const std::string usec = std::to_string(stats.microseconds.sum());
    const std::string each = std::to_string(calls == 0 ? 0 : stats.microseconds.sum() / calls);
    text += line("cmdstat_" + to_lower(std::string(name)), "calls=" + std::to_string(calls) + ",usec=" + usec +
                                                               ",usec_per_call=" + each +
                                                               ",failed_calls=" + std::to_string(stats.failed));
  }
  return text;
}

std::string latency_stats(const Replica& replica) {
  std::string text;
  for (const auto& [name, stats] : replica.counters.commands) {
    const auto quantile = [&of = stats.microseconds](double share) { return std::to_string(of.quantile(share)); };
    text += line("latency_percentiles_usec_" + to_lower(std::string(name)),
                 "p50=" + quantile(0.5) + ",p99=" + quantile(0.99) + ",p99.9=" + quantile(0.999));
  }
  return text;
}

}  // namespace

std::string info(const Replica& replica, const Stats& stats, const std::string& section, Instant now) {
  const std::string wanted = to_lower(section);
  const bool all = wanted.empty() || wanted == "all" || wanted == "default" || wanted == "everything";
  std::string text;
  const auto add = [&](const std::string& title, const std::string& lines) {
    if (!all && wanted != to_lower(title)) return;
    text += (text.empty() ? "# " : "\r\n# ") + title + "\r\n" + lines;
  };
  add("Server", server(replica, now));
  add("Stats", stats_lines(stats));
  add("Cluster", line("cluster_enabled", "1"));
  add("Keyspace", keyspace(replica));
  add("Commandstats", command_stats(replica));
  add("Latencystats", latency_stats(replica));
  return text;
}

}  // namespace node
