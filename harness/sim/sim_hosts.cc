#include "harness/sim/sim_hosts.h"

#include <signal.h>

#include "node/runtime/command_line.h"

namespace harness::sim {

namespace {

constexpr uint64_t kOneReplyOf = 20;  // as the real hosts lose them (harness/hosts/firewall.h)
constexpr uint16_t kPort = 7000;

}  // namespace

SimHosts::SimHosts(World& world, std::function<void(const ProcessEnd&)> on_exit)
    : world_(world), on_exit_(std::move(on_exit)) {
  for (int node = 0; node < world.size(); ++node) {
    Host host;
    host.name = World::name(node);
    host.ip = "10.0.0." + std::to_string(node + 1);
    host.port = kPort;
    host.directory = "simulated";
    hosts_.push_back(host);
  }
  world.on_halt([this](int node, const node::Halt& halt) { on_exit_({World::name(node), halt.code, 0, false}); });
}

int SimHosts::number(const std::string& node) const {
  for (int i = 0; i < world_.size(); ++i) {
    if (hosts_[static_cast<size_t>(i)].name == node) return i;
  }
  return -1;
}

SimHosts::Status SimHosts::start(const std::string& host, const std::vector<std::string>& argv) {
  std::vector<const char*> words;
  for (const std::string& word : argv) words.push_back(word.c_str());
  auto parsed = node::parse_command_line(static_cast<int>(words.size()), words.data());
  if (!parsed) return tl::unexpected(parsed.error());
  auto* line = std::get_if<node::CommandLine>(&*parsed);
  const int node = number(host);
  if (line == nullptr || node < 0) return tl::unexpected(std::string("no command line of a node of this world"));
  if (line->storage == node::StorageKind::kRedis) {
    return tl::unexpected(std::string("storage redis is not simulated: take lmdb or memory"));
  }
  if (line->storage == node::StorageKind::kMemory) forgetful_.insert(node);
  world_.configure(node, std::move(line->options));
  world_.start(node);
  return {};
}

SimHosts::Status SimHosts::cut_power() {
  for (const Host& host : hosts_) (void)kill(host.name);
  return {};
}

void SimHosts::stop_all(std::chrono::milliseconds /*grace*/) { (void)cut_power(); }

std::vector<std::string> SimHosts::nodes() const {
  std::vector<std::string> names;
  for (const Host& host : hosts_) names.push_back(host.name);
  return names;
}

SimHosts::Status SimHosts::set_cuts(const std::vector<nemesis::Cut>& cuts) {
  world_.heal();
  for (const nemesis::Cut& cut : cuts) {
    const int from = number(cut.from);
    const int to = number(cut.to);
    if (from >= 0 && to >= 0) world_.cut(from, to);
  }
  return {};
}

SimHosts::Status SimHosts::pause(const std::string& node) {
  const int i = number(node);
  if (i >= 0 && world_.running(i)) world_.pause(i);
  return {};
}

SimHosts::Status SimHosts::resume(const std::string& node) {
  const int i = number(node);
  if (i >= 0 && world_.paused(i)) world_.resume(i);
  return {};
}

SimHosts::Status SimHosts::kill(const std::string& node) {
  const int i = number(node);
  if (i < 0) return {};
  if (world_.running(i)) on_exit_({node, 0, SIGKILL, true});
  world_.crash(i);
  if (forgetful_.count(i) > 0) world_.lose_disk(i);
  return {};
}

SimHosts::Status SimHosts::restart(const std::string& node) {
  const int i = number(node);
  if (i >= 0) world_.start(i);
  return {};
}

SimHosts::Status SimHosts::lose_disks(const std::vector<std::string>& nodes) {
  for (const std::string& node : nodes) (void)kill(node);
  for (const std::string& node : nodes) {
    if (const int i = number(node); i >= 0) world_.lose_disk(i);
  }
  return {};
}

SimHosts::Status SimHosts::lose_replies(const std::vector<std::string>& nodes) {
  silenced_.clear();
  for (const std::string& node : nodes) silenced_.insert(number(node));
  return {};
}

SimHosts::Status SimHosts::set_network(int lost_percent, int doubled_percent, bool disordered) {
  NetworkSetup setup = world_.network();
  setup.lost_percent = lost_percent;
  setup.doubled_percent = doubled_percent;
  setup.in_order = !disordered;
  world_.set_network(setup);
  return {};
}

SimHosts::Status SimHosts::slow_links(const std::vector<nemesis::Cut>& links, int milliseconds) {
  const auto set = [this](const std::vector<nemesis::Cut>& all, Duration by) {
    for (const nemesis::Cut& link : all) {
      const int from = number(link.from);
      const int to = number(link.to);
      if (from >= 0 && to >= 0) world_.slow(from, to, by);
    }
  };
  set(slow_, Duration(0));
  set(links, std::chrono::milliseconds(milliseconds));
  slow_ = links;
  return {};
}

SimHosts::Status SimHosts::set_clock(const std::string& node, int skew_milliseconds, int drift_millionths) {
  const int i = number(node);
  if (i < 0) return {};
  world_.set_wall_skew(i, std::chrono::milliseconds(skew_milliseconds));
  world_.set_drift(i, drift_millionths);
  return {};
}

SimHosts::Status SimHosts::set_disk(const std::string& node, Disk disk) {
  constexpr int kSlowness = 100;  // times as long as usual: some ten to a hundred milliseconds
  const int i = number(node);
  if (i < 0) return {};
  world_.slow_down_disk(i, disk == Disk::kSlow ? kSlowness : 1);
  world_.break_disk(i, disk == Disk::kFailing ? "No space left on device" : "");
  world_.tear_disk(i, disk == Disk::kTorn);
  if (disk == Disk::kHung) {
    world_.hold_disk(i);
  } else {
    world_.release_disk(i);
  }
  return {};
}

bool SimHosts::loses_reply(int node, uint64_t identity) {
  const bool lost = silenced_.count(node) > 0 && identity % kOneReplyOf == 0;
  lost_replies_ += lost ? 1 : 0;
  return lost;
}

}  // namespace harness::sim
