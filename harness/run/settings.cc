#include "harness/run/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "checkers/verdict.h"
#include "harness/run/duration.h"
#include "harness/sim/world.h"
#include "workloads/workload.h"

namespace harness {

namespace {

// Without --concurrency.
constexpr int kClientsPerNode = 2;

using Status = tl::expected<void, std::string>;

template <typename Infos>
std::string names_of(const Infos& infos) {
  std::vector<std::string_view> names;
  for (const auto& info : infos) names.push_back(info.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

template <typename Infos>
Status check_name(std::string_view what, const std::string& name, const Infos& infos) {
  for (const auto& info : infos) {
    if (info.name == name) return {};
  }
  return tl::unexpected(fmt::format("unknown {} \"{}\": there are {}", what, name, names_of(infos)));
}

Status check_word(std::string_view what, const std::string& word, const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), word) != words.end()) return {};
  return tl::unexpected(fmt::format("unknown {} \"{}\": there are {}", what, word, fmt::join(words, ", ")));
}

Status check_range(std::string_view what, int64_t value, int64_t least, int64_t most) {
  if (value < least) return tl::unexpected(fmt::format("{} {} is less than {}", what, value, least));
  if (value > most) return tl::unexpected(fmt::format("{} {} exceeds {}", what, value, most));
  return {};
}

bool has_nemesis(const RunSettings& settings, std::string_view name) {
  return std::find(settings.nemeses.begin(), settings.nemeses.end(), name) != settings.nemeses.end();
}

// The first error of several checks.
Status first_error(std::initializer_list<Status> checks) {
  for (const Status& check : checks) {
    if (!check) return check;
  }
  return {};
}

Status check_names(const RunSettings& s) {
  if (auto known = check_name("workload", s.workload, workloads::all_workloads()); !known) return known;
  if (auto known = check_word("merge", s.cluster.merge, {"observed-remove", "union", "last-write-wins"}); !known) {
    return known;
  }
  if (auto known = check_word("cart layout", s.cluster.cart_layout, {"object", "segregated"}); !known) return known;
  if (s.workload != "cart" && s.cluster.cart_layout != "object") {
    return tl::unexpected(
        fmt::format("--cart-layout {} has no effect: the workload is {}", s.cluster.cart_layout, s.workload));
  }
  if (!s.cluster.ring.empty() && s.target != "dynamo") {
    return tl::unexpected(fmt::format("--ring {} has no effect: the target is {}", s.cluster.ring, s.target));
  }
  if (!s.cluster.experiment.empty()) {
    if (auto known = check_word("experiment", s.cluster.experiment, {"non-expanding"}); !known) return known;
    if (s.target != "dynamo")
      return tl::unexpected(fmt::format("--experiment is one of the nodes of dynamo, and the target is {}", s.target));
    if (s.cluster.mode != "strict" || s.cluster.hints || s.cluster.anti_entropy) {
      return tl::unexpected(std::string(
          "experiment non-expanding needs --strict, --no-hints and --no-anti-entropy: they mend what it measures"));
    }
  }
  if (!s.cluster.bug.empty()) {
    if (auto known = check_name("bug", s.cluster.bug, all_bugs()); !known) return known;
  }
  if (auto known = check_word("coordination", s.coordination, {"client", "server"}); !known) return known;
  if (!s.partition_shape.empty()) {
    if (auto known = check_name("partition shape", s.partition_shape, nemesis::partition_shapes()); !known)
      return known;
  }
  if (!s.kill_targets.empty()) {
    if (auto known = check_word("kill target", s.kill_targets, {"one", "minority", "all"}); !known) return known;
  }
  return {};
}

Status check_nemeses(const RunSettings& s) {
  if (s.nemeses.empty()) return tl::unexpected(std::string("the list of nemeses is empty: write none for no faults"));
  for (const std::string& name : s.nemeses) {
    if (auto known = check_name("nemesis", name, nemesis::all_nemeses()); !known) return known;
    if (std::count(s.nemeses.begin(), s.nemeses.end(), name) > 1) {
      return tl::unexpected(fmt::format("nemesis {} is named twice", name));
    }
  }
  if (s.nemeses.size() > 1 && has_nemesis(s, "none")) {
    return tl::unexpected(fmt::format("nemesis none excludes the others in {}", fmt::join(s.nemeses, ",")));
  }
  if (!s.partition_shape.empty() && !has_nemesis(s, "partition")) {
    return tl::unexpected(fmt::format("--partition {} has no effect: partition is not among the nemeses ({})",
                                      s.partition_shape, fmt::join(s.nemeses, ",")));
  }
  if (!s.kill_targets.empty() && !has_nemesis(s, "kill")) {
    return tl::unexpected(fmt::format("--kill {} has no effect: kill is not among the nemeses ({})", s.kill_targets,
                                      fmt::join(s.nemeses, ",")));
  }
  const bool loses_disks = has_nemesis(s, "lose-disk") || has_nemesis(s, "lose-many-disks") ||
                           (s.cluster.storage == "memory" && (has_nemesis(s, "kill") || has_nemesis(s, "kill-ackers")));
  if (loses_disks && !s.cluster.anti_entropy && s.target == "dynamo") {
    return tl::unexpected(std::string(
        "these nemeses lose disks, and without anti-entropy nothing brings back what they held: nothing is promised"));
  }
  if (has_nemesis(s, "membership")) {
    // What the members agree on is on the disks of a majority, as a write is on those of W homes. A node whose disk
    // was wiped is another voter, which the others must agree to; when most were wiped, there are no others. (N,
    // because so few members may be left when it happens. Which of a schedule that was drawn may fall together with
    // what, the nemesis sees to.)
    const bool kills_many = s.cluster.storage == "memory" && !s.kill_targets.empty() && s.kill_targets != "one";
    if (has_nemesis(s, "lose-many-disks") || kills_many || (loses_disks && s.cluster.replicas < 3)) {
      return tl::unexpected(fmt::format(
          "what the members agree on is on the disks of a majority, there may be no more than {} of them left, and "
          "these nemeses may wipe the disks of most at once: nothing is promised",
          s.cluster.replicas));
    }
  }
  if (has_nemesis(s, "disk") && s.cluster.storage == "memory") {
    return tl::unexpected(std::string("nemesis disk has nothing to hurt: storage memory keeps nothing on a disk"));
  }
  if (has_nemesis(s, "kill-storage") && s.cluster.storage.rfind("redis", 0) != 0) {
    return tl::unexpected(fmt::format(
        "nemesis kill-storage kills a Redis under a node, and storage is {}: take --storage redis", s.cluster.storage));
  }
  if (!s.sim && !s.schedule) {  // of a schedule the lines count
    for (const char* name : {"bad-network", "slow-links", "clock", "disk"}) {
      if (has_nemesis(s, name)) {
        return tl::unexpected(fmt::format("nemesis {} is one of the simulated world: add --sim", name));
      }
    }
  }
  if (has_nemesis(s, "kill-ackers") && s.target != "dynamo") {
    return tl::unexpected(
        fmt::format("nemesis kill-ackers needs replies that name who acknowledged, and those of {} do not", s.target));
  }
  if (has_nemesis(s, "partition") && s.nodes < 2) {
    return tl::unexpected(fmt::format("a partition needs 2 nodes, and there is {}", s.nodes));
  }
  return {};
}

Status check_world(const RunSettings& s) {
  if (!s.sim) {
    if (s.trace.empty()) return {};
    return tl::unexpected(std::string("--trace writes the events of a simulated run: it needs --sim"));
  }
  if (s.target != "dynamo") {
    return tl::unexpected(fmt::format("--sim simulates the nodes of dynamo, and the target is {}", s.target));
  }
  if (s.cluster.storage != "lmdb" && s.cluster.storage != "memory") {
    return tl::unexpected(fmt::format("--sim has no storage {}: it has lmdb (a disk) and memory", s.cluster.storage));
  }
  if (s.live) return tl::unexpected(std::string("--live: a simulated run takes seconds, and is judged at its end"));
  if (s.keep_running)
    return tl::unexpected(std::string("--keep-running: a simulated cluster is gone when it is judged"));
  return {};
}

// Every line names what there is, and comes before the end.
Status check_schedule(const RunSettings& s) {
  if (!s.schedule) return {};
  const std::vector<std::string> nodes = node_names(s.nodes + s.cluster.spares);
  const auto check = [&](Millis at, const std::string& line, const std::string& node) -> Status {
    if (at > s.time_limit) {
      return tl::unexpected(
          fmt::format("schedule: \"{}\" comes after the main phase, which lasts {}", line, to_flag(s.time_limit)));
    }
    if (node.empty() || std::find(nodes.begin(), nodes.end(), node) != nodes.end()) return {};
    return tl::unexpected(
        fmt::format("schedule: \"{}\" names {}, and the nodes are n1 to {}", line, node, nodes.back()));
  };
  for (const nemesis::FaultEvent& fault : s.schedule->faults) {
    if (!s.sim && nemesis::only_simulated(fault.action)) {
      return tl::unexpected(
          fmt::format("schedule: only a simulated world can do \"{}\": add --sim", nemesis::to_line(fault)));
    }
    std::vector<std::string> named = fault.nodes;
    for (const nemesis::Cut& cut : fault.cuts) named.insert(named.end(), {cut.from, cut.to});
    named.emplace_back();
    for (const std::string& node : named) {
      if (auto fits = check(fault.at, nemesis::to_line(fault), node); !fits) return fits;
    }
  }
  for (const nemesis::OperationEvent& operation : s.schedule->operations) {
    if (auto fits = check(operation.at, nemesis::to_line(operation), operation.node); !fits) return fits;
    if (operation.operation.kind != workloads::kind_of(s.workload)) {
      return tl::unexpected(
          fmt::format("schedule: \"{}\" is no operation of the workload {}", nemesis::to_line(operation), s.workload));
    }
  }
  return {};
}

Status check_coordination(const RunSettings& s, const System& system) {
  if (s.coordination == "server" || system.routing() != nullptr) return {};
  return tl::unexpected(fmt::format("--coordination {}: the target is {}, whose clients cannot route by themselves",
                                    s.coordination, s.target));
}

Status check_members(const RunSettings& s, const System& system) {
  const bool changes = has_nemesis(s, "membership") || s.cluster.spares > 0;
  const std::vector<std::string> capabilities = system.capabilities();
  if (changes && std::find(capabilities.begin(), capabilities.end(), "membership") == capabilities.end()) {
    return tl::unexpected(fmt::format("nemesis membership: nodes of {} cannot join or leave", s.target));
  }
  return check_range("nodes, those that join included,", s.nodes + s.cluster.spares, 1, kMaxNodes);
}

Status check_quorums(const RunSettings& s) {
  const ClusterSettings& c = s.cluster;
  if (auto in_range =
          first_error({check_range("nodes", s.nodes, 1, kMaxNodes), check_range("replicas", c.replicas, 1, kMaxNodes),
                       check_range("read_quorum", c.read_quorum, 1, kMaxNodes),
                       check_range("write_quorum", c.write_quorum, 1, kMaxNodes)});
      !in_range) {
    return in_range;
  }
  if (c.replicas > s.nodes) return tl::unexpected(fmt::format("replicas {} exceeds nodes {}", c.replicas, s.nodes));
  if (c.read_quorum > c.replicas) {
    return tl::unexpected(fmt::format("read_quorum {} exceeds replicas {}", c.read_quorum, c.replicas));
  }
  if (c.write_quorum > c.replicas) {
    return tl::unexpected(fmt::format("write_quorum {} exceeds replicas {}", c.write_quorum, c.replicas));
  }
  if (c.mode == "lin" && (c.read_quorum != majority(c.replicas) || c.write_quorum != majority(c.replicas))) {
    return tl::unexpected(
        fmt::format("read_quorum {} and write_quorum {} have no effect: mode lin takes majorities, {} of {} replicas",
                    c.read_quorum, c.write_quorum, majority(c.replicas), c.replicas));
  }
  // Killing a node that keeps its data in memory loses a disk; what survives is what W-1 lost disks leave.
  const bool kills = (has_nemesis(s, "kill") && s.kill_targets.empty()) || has_nemesis(s, "kill-ackers");
  if (kills && c.storage == "memory" && c.write_quorum < 2 && s.target == "dynamo") {
    return tl::unexpected(fmt::format(
        "nemesis kill with storage memory loses data, and write_quorum {} allows for 0 lost nodes: take storage lmdb, "
        "a write_quorum of 2, or name the targets with --kill",
        c.write_quorum));
  }
  return {};
}

Status check_times(const RunSettings& s) {
  auto at_least = [](std::string_view what, Millis value, Millis least) -> Status {
    if (value >= least) return {};
    return tl::unexpected(fmt::format("{} {} is less than {}", what, to_flag(value), to_flag(least)));
  };
  using std::chrono::hours;
  auto at_most = [](std::string_view what, Millis value, Millis most) -> Status {
    if (value <= most) return {};
    return tl::unexpected(fmt::format("{} {} exceeds {}", what, to_flag(value), to_flag(most)));
  };
  if (auto in_range = first_error({at_least("time-limit", s.time_limit, Millis(100)),
                                   at_most("time-limit", s.time_limit, hours(24)),
                                   at_least("nemesis-interval", s.nemesis_interval, Millis(100)),
                                   at_least("request-timeout", s.cluster.request_timeout, Millis(10)),
                                   at_most("request-timeout", s.cluster.request_timeout, Millis(60'000)),
                                   at_least("convergence-limit", s.convergence_limit, Millis(100)),
                                   check_range("concurrency", s.concurrency, 1, kMaxConcurrency)});
      !in_range) {
    return in_range;
  }
  if (s.rate < 0) return tl::unexpected(fmt::format("rate {} is less than 0", s.rate));
  if (s.rate > 1e6) return tl::unexpected(fmt::format("rate {} exceeds 1000000", s.rate));
  if (s.require_availability && (*s.require_availability < 0 || *s.require_availability > 1)) {
    return tl::unexpected(fmt::format("require-availability {} is not between 0 and 1", *s.require_availability));
  }
  return {};
}

std::string quoted(const std::string& word) {
  bool plain = !word.empty() && word.find_first_not_of(
                                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "-_./:,=+@%") == std::string::npos;
  if (plain) return word;
  std::string out = "'";
  for (char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

RunSettings default_settings(const System& system) {
  RunSettings settings;
  settings.target = system.name();
  settings.cluster = system.default_settings();
  settings.nodes = system.default_nodes();
  settings.concurrency = kClientsPerNode * settings.nodes;
  for (const workloads::WorkloadInfo& workload : workloads::all_workloads()) {
    settings.workload = workload.name;
    if (system.check(settings.cluster, settings.workload, settings.nodes)) break;
  }
  return settings;
}

tl::expected<void, std::string> validate(const RunSettings& settings, const System& system) {
  return first_error({check_names(settings), check_nemeses(settings), check_quorums(settings), check_times(settings),
                      check_world(settings), check_schedule(settings), check_members(settings, system),
                      check_coordination(settings, system),
                      system.check(settings.cluster, settings.workload, settings.nodes)});
}

int majority(int replicas) { return replicas / 2 + 1; }

workloads::Registers registers(const ClusterSettings& cluster) {
  if (cluster.mode == "lin") return workloads::Registers::kLinear;
  return cluster.plain ? workloads::Registers::kPlain : workloads::Registers::kSiblings;
}

workloads::CartLayout cart_layout(const ClusterSettings& cluster) {
  return cluster.cart_layout == "segregated" ? workloads::CartLayout::kSegregated : workloads::CartLayout::kObject;
}

int spares_needed(const RunSettings& settings) {
  constexpr int kUsual = 2;  // two can join at once
  if (!settings.schedule) return has_nemesis(settings, "membership") ? kUsual : 0;
  const std::vector<std::string> most = node_names(kMaxNodes);
  int last = settings.nodes;
  for (const nemesis::FaultEvent& fault : settings.schedule->faults) {
    if (!nemesis::changes_members(fault.action))
      continue;  // whoever leaves in the end may have joined in a line left out
    for (const std::string& node : fault.nodes) {
      const auto found = std::find(most.begin(), most.end(), node);
      if (found != most.end()) last = std::max(last, static_cast<int>(found - most.begin()) + 1);
    }
  }
  return last - settings.nodes;
}

std::vector<std::string> node_names(int nodes) {
  std::vector<std::string> names;
  for (int i = 1; i <= nodes; ++i) names.push_back(fmt::format("n{}", i));
  return names;
}

sim::WorldSetup world_setup(const RunSettings& settings) {
  sim::WorldSetup setup;
  setup.seed = settings.cluster.seed;
  setup.network.shortest = settings.world.shortest_latency;
  setup.network.longest = settings.world.longest_latency;
  setup.shortest_sync = settings.world.shortest_sync;
  setup.longest_sync = settings.world.longest_sync;
  setup.network.drawn = settings.world.drawn;
  return setup;
}

nemesis::Settings nemesis_settings(const RunSettings& settings) {
  nemesis::Settings out;
  out.nemeses = settings.nemeses;
  out.nodes = node_names(settings.nodes);
  for (int i = 1; i <= settings.cluster.spares; ++i) out.spares.push_back(fmt::format("n{}", settings.nodes + i));
  out.least_members = static_cast<size_t>(settings.cluster.replicas);
  out.seed = settings.cluster.seed;
  out.time_limit = settings.time_limit;
  out.interval = settings.nemesis_interval;
  out.partition_shape = settings.partition_shape;
  out.kill_targets = settings.kill_targets;
  // An acknowledged write outlives W-1 lost disks. Who names the targets goes beyond that on purpose.
  bool loses_disks = settings.cluster.storage == "memory";
  out.write_quorum = settings.cluster.write_quorum;
  if (loses_disks && settings.kill_targets.empty()) out.max_lost_disks = settings.cluster.write_quorum - 1;
  if (loses_disks && has_nemesis(settings, "membership")) {  // N of them may be left, and must know what they agreed on
    const int spare = std::min(settings.cluster.write_quorum - 1, (settings.cluster.replicas - 1) / 2);
    out.max_lost_disks = std::max(1, spare);
  }
  return out;
}

checkers::TestInfo test_info(const RunSettings& settings, const System& system) {
  checkers::TestInfo test;
  test.workload = settings.workload;
  test.nemesis = settings.nemeses;
  test.system = system.name();
  test.seed = settings.cluster.seed;
  test.nodes = node_names(settings.nodes);
  test.replicas = settings.cluster.replicas;
  test.read_quorum = settings.cluster.read_quorum;
  test.write_quorum = settings.cluster.write_quorum;
  test.mode = settings.cluster.mode;
  test.client_driven = client_driven(settings);
  test.merge = settings.cluster.merge;
  test.segregated_carts = cart_layout(settings.cluster) == workloads::CartLayout::kSegregated;
  test.storage = settings.cluster.storage;
  test.hints = settings.cluster.hints;
  test.anti_entropy = settings.cluster.anti_entropy;
  test.experiment = settings.cluster.experiment;
  test.capabilities = system.capabilities();
  if (settings.cluster.one_value()) {
    test.capabilities.erase(std::remove_if(test.capabilities.begin(), test.capabilities.end(),
                                           [](const std::string& c) { return c == "siblings" || c == "contexts"; }),
                            test.capabilities.end());
  }
  test.bug = settings.cluster.bug;
  test.require_availability = settings.require_availability;
  test.convergence_limit = settings.convergence_limit;
  test.promises = checkers::derive_promises(test);
  return test;
}

std::vector<Flag> all_flags(const RunSettings& s) {
  const ClusterSettings& c = s.cluster;
  std::vector<Flag> flags = {
      {"target", s.target},
      {"workload", s.workload},
      {"nemesis", fmt::format("{}", fmt::join(s.nemeses, ","))},
      {"nodes", std::to_string(s.nodes)},
      {"replicas", std::to_string(c.replicas)},
      {"read-quorum", std::to_string(c.read_quorum)},
      {"write-quorum", std::to_string(c.write_quorum)},
      {c.mode, ""},
      {"merge", c.merge},
      {"storage", c.storage},
      {"time-limit", to_flag(s.time_limit)},
      {"rate", fmt::format("{}", s.rate)},
      {"concurrency", std::to_string(s.concurrency)},
      {"nemesis-interval", to_flag(s.nemesis_interval)},
      {"request-timeout", to_flag(c.request_timeout)},
      {"convergence-limit", to_flag(s.convergence_limit)},
  };
  if (!s.partition_shape.empty()) flags.push_back({"partition", s.partition_shape});
  if (!s.kill_targets.empty()) flags.push_back({"kill", s.kill_targets});
  if (c.plain) flags.push_back({"plain", ""});
  if (c.cart_layout != "object") flags.push_back({"cart-layout", c.cart_layout});
  if (!c.ring.empty()) flags.push_back({"ring", c.ring});
  if (!c.hints) flags.push_back({"no-hints", ""});
  if (!c.anti_entropy) flags.push_back({"no-anti-entropy", ""});
  if (!c.experiment.empty()) flags.push_back({"experiment", c.experiment});
  if (!c.bug.empty()) flags.push_back({"bug", c.bug});
  if (c.rare_paths != 0) flags.push_back({"rare-paths", std::to_string(c.rare_paths)});
  if (s.coordination != "server") flags.push_back({"coordination", s.coordination});
  if (s.live) flags.push_back({s.fail_fast ? "fail-fast" : "live", ""});
  if (s.require_availability) flags.push_back({"require-availability", fmt::format("{}", *s.require_availability)});
  const auto range = [](std::chrono::microseconds shortest, std::chrono::microseconds longest) {
    return fmt::format("{}us-{}us", shortest.count(), longest.count());
  };
  const WorldSettings usual;
  const WorldSettings& w = s.world;
  if (w.shortest_latency != usual.shortest_latency || w.longest_latency != usual.longest_latency) {
    flags.push_back({"sim-latency", range(w.shortest_latency, w.longest_latency)});
  }
  if (w.shortest_sync != usual.shortest_sync || w.longest_sync != usual.longest_sync) {
    flags.push_back({"sim-sync", range(w.shortest_sync, w.longest_sync)});
  }
  if (w.drawn != usual.drawn) flags.push_back({"sim-drawn", fmt::format("{}/{}", w.drawn.part, w.drawn.of)});
  flags.push_back({"seed", std::to_string(c.seed)});
  return flags;
}

tl::expected<std::pair<std::chrono::microseconds, std::chrono::microseconds>, std::string> parse_range(
    std::string_view text) {
  std::vector<std::chrono::microseconds> ends;
  for (std::string_view rest = text; ends.size() < 3;) {
    const size_t dash = rest.find('-');
    const std::string_view word = rest.substr(0, dash);
    int64_t number = 0;
    const auto [unit, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const std::string_view name(unit, static_cast<size_t>(word.data() + word.size() - unit));
    const int64_t factor = name == "us" ? 1 : name == "ms" ? 1'000 : 0;
    if (error != std::errc() || factor == 0 || number < 0 || number > 10'000'000) {
      return tl::unexpected(fmt::format("\"{}\": write 200us-2ms, or 1ms", text));
    }
    ends.emplace_back(number * factor);
    if (dash == std::string_view::npos) break;
    rest.remove_prefix(dash + 1);
  }
  if (ends.size() > 2 || ends.front() > ends.back()) {
    return tl::unexpected(fmt::format("\"{}\": write the shortest and the longest time, as in 200us-2ms", text));
  }
  return std::pair(ends.front(), ends.back());
}

std::string command_line(const RunSettings& settings, const System& system) {
  RunSettings defaults = default_settings(system);
  defaults.concurrency = kClientsPerNode * settings.nodes;
  std::vector<Flag> usual = all_flags(defaults);
  std::string line = "bin/harness run";
  for (const Flag& flag : all_flags(settings)) {
    bool must_say = flag.name == "workload" || flag.name == "nemesis" || flag.name == "seed" ||
                    (flag.name == "target" && flag.value != "dynamo");
    bool as_usual = flag.name == "target" || std::find(usual.begin(), usual.end(), flag) != usual.end();
    if (as_usual && !must_say) continue;
    line += " --" + flag.name;
    if (!flag.value.empty()) line += " " + quoted(flag.value);
  }
  if (settings.sim) line += " --sim";
  if (settings.schedule) line += " --schedule " + quoted(settings.schedule_file.string());
  return line;
}

std::string schedule_header(const RunSettings& settings) {
  std::string line;
  for (const Flag& flag : all_flags(settings)) {
    line += (line.empty() ? "" : " ") + flag.name;
    if (!flag.value.empty()) line += "=" + quoted(flag.value);
  }
  return line;
}

tl::expected<int, std::string> parse_concurrency(const std::string& text, int nodes) {
  int number = 0;
  auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(rest, static_cast<size_t>(text.data() + text.size() - rest));
  if (error == std::errc::result_out_of_range || number > kMaxConcurrency) {
    return tl::unexpected(fmt::format("concurrency {} exceeds {}", text, kMaxConcurrency));
  }
  if (error != std::errc() || !(unit.empty() || unit == "n") || number < 1) {
    return tl::unexpected(fmt::format("concurrency \"{}\": write a number of clients, or 2n for two a node", text));
  }
  return unit == "n" ? number * nodes : number;
}

}  // namespace harness
