#include "harness/run/course.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>

#include <algorithm>

#include "harness/run/duration.h"
#include "harness/run/quiet.h"

namespace harness {

using checkers::Dump;

namespace {

constexpr std::chrono::seconds kStartLimit{10};
// Read repairs and late acknowledgements of the final reads end within it, before the second dump.
constexpr std::chrono::seconds kSettleLimit{3};

// How many keys the workload uses at once. With more keys each sees fewer operations; with fewer, clients wait for
// nothing but quarrel all the time. Two a client keeps both concurrent and separate writes frequent.
constexpr int kKeysPerClient = 2;

}  // namespace

Course::Course(const RunSettings& settings, const System& system, const Scene& scene, Recorder& recorder,
               nemesis::Schedule schedule, bool listed, Watcher watcher)
    : settings_(settings),
      system_(system),
      scene_(scene),
      recorder_(recorder),
      watcher_(std::move(watcher)),
      workload_(workloads::make_workload(settings.workload, kKeysPerClient * settings.concurrency,
                                         registers(settings.cluster), cart_layout(settings.cluster))),
      roster_(scene.hosts.hosts(), settings.cluster.spares),
      members_(std::make_unique<Members>(scene.loop, scene.connector, system, scene.hosts.hosts(), roster_)),
      replicas_(std::make_unique<Replicas>(scene.loop, scene.connector, system, scene.hosts.hosts(), roster_,
                                           cart_layout(settings.cluster) == workloads::CartLayout::kSegregated)) {
  const ClusterSettings& cluster = settings_.cluster;
  if (listed) {
    operations_ = std::make_unique<ListedOperations>(*workload_, schedule.operations, settings_.concurrency,
                                                     node_names(settings_.nodes + cluster.spares));
  } else {
    operations_ = std::make_unique<DrawnOperations>(
        *workload_, DrawnOperations::Options{.clients = settings_.concurrency,
                                             .nodes = static_cast<size_t>(settings_.nodes),
                                             .rate = settings_.rate,
                                             .seed = cluster.seed,
                                             .whole_milliseconds = settings_.sim});
  }
  faults_ = std::make_unique<Faults>(scene_.loop, scene_.worker, recorder_, std::move(schedule),
                                     [this](const std::string& text) {
                                       if (watcher_.fault) watcher_.fault(text);
                                     });
  Faults::Membership membership{members_.get(), &roster_, {}};
  const std::vector<Host>& hosts = scene_.hosts.hosts();
  for (size_t i = static_cast<size_t>(settings_.nodes); i < hosts.size(); ++i) {
    auto& commands = membership.commands[hosts[i].name];
    const std::vector<std::string> storage = system_.storage_command(cluster, hosts[i]);
    if (!storage.empty()) commands.emplace_back(storage_of(hosts[i].name), storage);
    commands.emplace_back(hosts[i].name, system_.command(cluster, hosts, i));
  }
  faults_->allow_changes(std::move(membership));
  clients_ = std::make_unique<Clients>(
      scene_.loop, scene_.connector, system_, scene_.hosts.hosts(), *workload_, *operations_, recorder_,
      Clients::Options{
          .concurrency = settings_.concurrency,
          .request_timeout = cluster.request_timeout,
          .read_quorum = cluster.read_quorum,
          .write_quorum = cluster.write_quorum,
          .mode = cluster.mode,
          .roster = &roster_,
          .client_driven = client_driven(settings_),
          .acknowledged = [this](const checkers::List& nodes, int64_t event) { faults_->acknowledged(nodes, event); }});
}

bool Course::ended() const { return failed_ || (watcher_.interrupted && watcher_.interrupted()); }

std::vector<std::string> Course::wait_for(Replicas::Need need) {
  return replicas_->wait_for(need, healed_, scene_.loop.now() + kStartLimit, [this] { return ended(); });
}

Course::Status Course::start_nodes() {
  const std::vector<Host>& hosts = scene_.hosts.hosts();
  const auto start = [this](const std::string& name, const std::vector<std::string>& command) -> Status {
    if (settings_.verbose) note(fmt::format("{}: {}", name, fmt::join(command, " ")));
    const auto started = scene_.hosts.start(name, command);
    if (!started) return tl::unexpected(fmt::format("{} did not start: {}", name, started.error()));
    return {};
  };
  for (size_t i = 0; i < static_cast<size_t>(settings_.nodes); ++i) {
    const std::vector<std::string> storage = system_.storage_command(settings_.cluster, hosts[i]);
    if (!storage.empty()) {
      if (auto started = start(storage_of(hosts[i].name), storage); !started) return started;
    }
    if (auto started = start(hosts[i].name, system_.command(settings_.cluster, hosts, i)); !started) return started;
  }
  const std::vector<std::string> silent = wait_for(Replicas::Need::kReady);
  if (!start_failure_.empty()) return tl::unexpected(start_failure_);
  if (ended()) return {};
  if (!silent.empty()) {
    return tl::unexpected(fmt::format("{} did not get ready within {}", fmt::join(silent, ", "), to_flag(kStartLimit)));
  }
  started_ = true;
  return {};
}

Course::Status Course::main_phase() {
  recorder_.start_clock();
  recorder_.phase("main");
  const auto start = scene_.loop.now();
  const auto deadline = start + settings_.time_limit;
  clients_->start();
  faults_->start();
  if (watcher_.state || settings_.live) {
    scene_.loop.on_tick([this] {
      look_for_violation();
      if (std::string error = recorder_.error(); !error.empty()) failed_ = true;
      const auto left = std::chrono::duration_cast<Millis>(settings_.time_limit - recorder_.now());
      show(shown_phase_, shown_phase_ == "main" ? std::optional(left) : std::nullopt);
    });
  }
  show("main", settings_.time_limit);
  scene_.loop.run_until([this] { return ended() || stopped_early_; }, deadline);
  main_length_ = scene_.loop.now() - start;
  main_operations_ = clients_->counts().done();
  clients_->stop();
  if (failed_) return tl::unexpected(recorder_.error());
  return {};
}

// Undoes every fault while the last operations run to their end: each has its own deadline.
void Course::heal() {
  show(ended() ? "interrupted, healing" : "healing");
  faults_->heal();
  scene_.loop.run_until([this] { return faults_->idle(); });
  healed_ = scene_.loop.now();
  if (ended()) {
    clients_->abandon("the run was interrupted");
    recorder_.phase("heal");
    return;
  }
  scene_.loop.run_until([this] { return clients_->idle() || ended(); });
  if (ended()) clients_->abandon("the run was interrupted");
  silent_ = wait_for(Replicas::Need::kAnswering);
  recorder_.phase("heal");
}

// Dumps come before the final reads: reads repair, and would hide a replica that stayed behind.
void Course::look_and_read() {
  if (ended() || stopped_early_) return;
  if (capable("dump")) {
    show("waiting until quiet");
    // Who waits for a dead node waits in vain.
    const auto limit = silent_.empty() ? settings_.convergence_limit : Millis(0);
    dump_stage("before-reads", scene_.loop.now() + limit, true);
  }
  if (ended()) return;
  // A sloppy read turns to other nodes while homes seem away. So soon after the faults they may seem so though they are
  // back, and a read would show what is stale for no lasting reason.
  silent_ = wait_for(Replicas::Need::kReady);
  if (ended()) return;
  show("final reads");
  recorder_.phase("final-reads");
  clients_->final_reads(workload_->written_keys());
  scene_.loop.run_until([this] { return clients_->idle() || ended(); });
  if (ended()) return clients_->abandon("the run was interrupted");
  if (capable("dump")) dump_stage("after-reads", scene_.loop.now() + kSettleLimit, false);
}

void Course::power_cycle() {
  const bool durable = settings_.cluster.storage != "memory";
  if (ended() || stopped_early_ || !capable("dump") || !capable("restart") || !durable) return;
  show("power cycle");
  recorder_.phase("power-cycle");
  std::string problem;
  scene_.worker.run_and_wait([this, &problem](Hosts& hosts) {
    if (auto killed = hosts.cut_power(); !killed) problem = killed.error();
    for (const std::string& node : hosts.nodes()) {
      if (!roster_.has(node)) continue;
      if (auto restarted = hosts.restart(node); !restarted) problem = restarted.error();
    }
  });
  if (!problem.empty()) note("power cycle: " + problem);
  silent_ = wait_for(Replicas::Need::kReady);
  if (!ended()) dump_stage("after-power-cycle", scene_.loop.now() + kSettleLimit, false);
}

void Course::dump_stage(const std::string& stage, SteadyClock::time_point deadline, bool record_polls) {
  QuietOptions options;
  options.stage = stage;
  options.deadline = deadline;
  options.record_polls = record_polls;
  options.stop = [this] { return ended(); };
  options.look = [this](int64_t differing) {
    detail_ = differing > 0 ? fmt::format("{} keys differ between replicas", with_commas(differing)) : "";
    show(shown_phase_);
    if (settings_.verbose) note(fmt::format("{}: {} keys differ between replicas", shown_phase_, differing));
  };
  Quiet quiet = wait_until_quiet(scene_.loop, *replicas_, recorder_, options);
  for (Dump& dump : quiet.dumps) recorder_.add(std::move(dump));
}

void Course::node_ended(const ProcessEnd& end, std::string report) {
  checkers::NodeExit exit;
  exit.node = end.host;
  exit.code = end.code;
  exit.signal = end.signal;
  const bool clean = (end.signal == 0 && end.code == 0) || end.signal == SIGTERM || end.signal == SIGKILL;
  exit.expected = end.expected && (!stopping_ || clean);
  exit.report = std::move(report);
  if (stopping_ && exit.expected && exit.report.empty()) return;  // nothing to tell
  if (!exit.expected) {
    std::string how = end.signal != 0 ? fmt::format("signal {}", end.signal) : fmt::format("exit code {}", end.code);
    if (!started_) {
      start_failure_ = fmt::format("node {} ended while it started, {}", end.host, how);
      if (!exit.report.empty()) start_failure_ += ". Its last words:\n" + exit.report;
      failed_ = true;
    } else {
      note(fmt::format("node {} ended by itself: {}", end.host, how));
      faults_->ended_by_itself(end.host);
    }
  }
  recorder_.add(std::move(exit));
}

// What the recorder's thread found since the last look.
void Course::look_for_violation() {
  if (!settings_.live || violation_told_) return;
  const Recorder::Live live = recorder_.live();
  if (!live.violation) return;
  violation_told_ = true;
  stopped_early_ = settings_.fail_fast;
  note(fmt::format("live: {}, {}{}", live.guilty, live.violation->anomaly,
                   stopped_early_ ? "; stopping, as --fail-fast asks" : ""));
}

void Course::show(const std::string& phase, std::optional<Millis> left) {
  if (phase != shown_phase_) detail_.clear();
  shown_phase_ = phase;
  if (!watcher_.state) return;
  const Clients::Counts& counts = clients_->counts();
  watcher_.state({.phase = phase,
                  .left = left,
                  .operations = counts.done(),
                  .ok = counts.ok,
                  .fail = counts.fail,
                  .info = counts.info,
                  .fault = faults_->current(),
                  .detail = detail_});
}

void Course::note(const std::string& text) const {
  if (watcher_.note) watcher_.note(text);
}

bool Course::capable(std::string_view capability) const {
  const std::vector<std::string> all = system_.capabilities();
  return std::find(all.begin(), all.end(), capability) != all.end();
}

}  // namespace harness
