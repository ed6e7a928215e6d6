#include "harness/run/run.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <random>
#include <set>
#include <sstream>

#include "harness/cli/comma_list.h"
#include "harness/cli/commands.h"
#include "harness/run/duration.h"
#include "harness/run/settings.h"
#include "harness/run/signals.h"

namespace harness {

namespace {

// Copies what was typed over the default.
template <typename T, typename U>
void take(const std::optional<T>& typed, U& setting) {
  if (typed) setting = *typed;
}

tl::expected<void, std::string> take_duration(std::string_view flag, const std::optional<std::string>& typed,
                                              Millis& setting) {
  if (!typed) return {};
  auto duration = parse_duration(*typed);
  if (!duration) return tl::unexpected(fmt::format("--{}: {}", flag, duration.error()));
  setting = *duration;
  return {};
}

tl::expected<uint64_t, std::string> parse_seed(const std::string& text) {
  uint64_t seed = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, seed);
  if (error == std::errc() && rest == end) return seed;
  return tl::unexpected(
      fmt::format("--seed \"{}\": write a number from 0 to {}", text, std::numeric_limits<uint64_t>::max()));
}

tl::expected<void, std::string> take_share(const std::string& text, sim::Share& share) {
  constexpr uint32_t kMostParts = 1u << 20;
  const char* end = text.data() + text.size();
  const auto [slash, error] = std::from_chars(text.data(), end, share.part);
  if (error == std::errc() && slash != end && *slash == '/') {
    const auto [rest, wrong] = std::from_chars(slash + 1, end, share.of);
    const bool good = wrong == std::errc() && rest == end && share.of <= kMostParts;
    if (good && share.part < share.of) return {};
  }
  return tl::unexpected(
      fmt::format("\"{}\": write the part and how many there are, as in 3/8; parts count from 0, and "
                  "there are at most {}",
                  text, kMostParts));
}

tl::expected<nemesis::Schedule, std::string> read_schedule(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return tl::unexpected(fmt::format("cannot read {}: {}", file, std::generic_category().message(errno)));
  auto schedule = nemesis::parse_schedule(text.str());
  if (!schedule) return tl::unexpected(fmt::format("{}: {}", file, schedule.error()));
  return schedule;
}

}  // namespace

tl::expected<RunSettings, std::string> settings_of(const RunFlags& f, const System& system) {
  RunSettings s = default_settings(system);
  take(f.workload, s.workload);
  if (f.nemesis) s.nemeses = comma_list(*f.nemesis);
  take(f.nodes, s.nodes);
  take(f.replicas, s.cluster.replicas);
  take(f.read_quorum, s.cluster.read_quorum);
  take(f.write_quorum, s.cluster.write_quorum);
  if (f.strict) s.cluster.mode = "strict";
  if (f.sloppy) s.cluster.mode = "sloppy";
  if (f.lin) {
    s.cluster.mode = "lin";
    if (!f.read_quorum) s.cluster.read_quorum = majority(s.cluster.replicas);
    if (!f.write_quorum) s.cluster.write_quorum = majority(s.cluster.replicas);
    if (!f.workload) s.workload = "register";
  }
  s.cluster.plain = f.plain;
  take(f.merge, s.cluster.merge);
  take(f.cart_layout, s.cluster.cart_layout);
  take(f.ring, s.cluster.ring);
  take(f.storage, s.cluster.storage);
  if (f.no_hints) s.cluster.hints = false;
  if (f.no_anti_entropy) s.cluster.anti_entropy = false;
  if (f.experiment) {  // what would mend what it measures is off, unless somebody asks for it
    s.cluster.experiment = *f.experiment;
    s.cluster.hints = s.cluster.anti_entropy = false;
    if (!f.sloppy && !f.lin) s.cluster.mode = "strict";
  }
  take(f.bug, s.cluster.bug);
  s.cluster.rare_paths = f.rare_paths;
  take(f.rate, s.rate);
  take(f.coordination, s.coordination);
  take(f.partition, s.partition_shape);
  take(f.kill, s.kill_targets);
  if (f.require_availability) s.require_availability = f.require_availability;
  s.sim = f.sim;
  for (const auto& [flag, typed, shortest, longest] :
       {std::tuple("sim-latency", &f.sim_latency, &s.world.shortest_latency, &s.world.longest_latency),
        std::tuple("sim-sync", &f.sim_sync, &s.world.shortest_sync, &s.world.longest_sync)}) {
    if (!*typed) continue;
    const auto range = parse_range(**typed);
    if (!range) return tl::unexpected(fmt::format("--{} {}", flag, range.error()));
    *shortest = range->first;
    *longest = range->second;
  }
  if (f.sim_drawn) {
    if (auto taken = take_share(*f.sim_drawn, s.world.drawn); !taken)
      return tl::unexpected("--sim-drawn " + taken.error());
  }
  if (!f.schedule.empty()) {
    auto schedule = read_schedule(f.schedule);
    if (!schedule) return tl::unexpected(schedule.error());
    s.schedule = std::move(*schedule);
    s.schedule_file = f.schedule;
  }
  s.trace = f.trace;
  s.store = f.store;
  s.json = f.json;
  s.keep_running = f.keep_running;
  s.live = f.live || f.fail_fast;
  s.fail_fast = f.fail_fast;
  s.verbose = f.verbose;
  for (const auto& taken : {take_duration("time-limit", f.time_limit, s.time_limit),
                            take_duration("nemesis-interval", f.nemesis_interval, s.nemesis_interval),
                            take_duration("request-timeout", f.request_timeout, s.cluster.request_timeout),
                            take_duration("convergence-limit", f.convergence_limit, s.convergence_limit)}) {
    if (!taken) return tl::unexpected(taken.error());
  }
  auto concurrency = parse_concurrency(f.concurrency.value_or("2n"), s.nodes);
  if (!concurrency) return tl::unexpected(concurrency.error());
  s.concurrency = *concurrency;
  if (f.seed) {
    auto seed = parse_seed(*f.seed);
    if (!seed) return tl::unexpected(seed.error());
    s.cluster.seed = *seed;
  } else {
    // Short enough to be typed.
    s.cluster.seed = std::random_device()() % 1'000'000;
  }
  s.cluster.spares = spares_needed(s);
  if (auto valid = validate(s, system); !valid) return tl::unexpected(valid.error());
  return s;
}

tl::expected<std::vector<std::string>, std::string> with_schedule_header(std::vector<std::string> arguments) {
  const std::string flag = "--schedule";
  std::string file;
  std::set<std::string> typed;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == flag && i + 1 < arguments.size()) file = arguments[i + 1];
    if (word.rfind(flag + "=", 0) == 0) file = word.substr(flag.size() + 1);
    typed.insert(word.substr(0, word.find('=')));
  }
  if (file.empty()) return arguments;
  const auto schedule = read_schedule(file);
  if (!schedule) return tl::unexpected(schedule.error());
  std::vector<std::string> before;
  std::istringstream header(schedule->header);
  for (std::string word; header >> word;) {
    const std::string name = "--" + word.substr(0, word.find('='));
    const bool mode = name == "--strict" || name == "--sloppy";
    if (typed.count(name) > 0 || (mode && typed.count("--strict") + typed.count("--sloppy") > 0)) continue;
    before.push_back("--" + word);
  }
  arguments.insert(arguments.begin() + 1, before.begin(), before.end());
  return arguments;
}

int complain(int exit_code, const std::string& reason) {
  std::cerr << "harness: " << reason << "\n";
  return exit_code;
}

std::filesystem::path this_program() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

std::filesystem::path node_program() { return this_program().parent_path() / "dynamo-node"; }

int run_command(const RunFlags& flags, SteadyClock::time_point began) {
  auto system = make_system(flags.target, node_program());
  if (!system) return complain(kBadArguments, system.error());
  auto settings = settings_of(flags, **system);
  if (!settings) return complain(kBadArguments, settings.error());

  Signals signals;
  Terminal terminal(flags.json ? stderr : stdout);
  try {
    auto result = run(*settings, **system, terminal, began);
    if (!result) return complain(result.error().exit_code, result.error().message);
    if (flags.json) {
      std::cout << result->json;
      if (!std::cout.flush()) return complain(kHarnessFailed, "cannot write the results to standard output");
    }
    return checkers::exit_code(result->verdict);
  } catch (const std::exception& error) {
    return complain(kHarnessFailed, fmt::format("failed: {}", error.what()));
  }
}

}  // namespace harness
