#include "harness/run/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "harness/report/progress.h"
#include "harness/report/text.h"
#include "harness/run/artifacts.h"
#include "harness/run/clients.h"
#include "harness/run/duration.h"
#include "harness/run/faults.h"
#include "harness/run/hosts_thread.h"
#include "harness/run/node_log.h"
#include "harness/run/plan.h"
#include "harness/run/quiet.h"
#include "harness/run/recorder.h"
#include "harness/run/replicas.h"
#include "harness/run/signals.h"
#include "harness/run/store.h"

namespace harness {

using checkers::Dump;
using checkers::Value;
using checkers::Verdict;
using Status = tl::expected<void, RunError>;

namespace {

constexpr std::chrono::seconds kStartLimit{10};
constexpr std::chrono::milliseconds kStopGrace{2'000};
// Read repairs and late acknowledgements of the final reads end within it, before the second dump.
constexpr std::chrono::seconds kSettleLimit{3};
constexpr size_t kLogTailLines = 15;

// How many keys the workload uses at once. With more keys each sees fewer operations; with fewer, clients wait for
// nothing but quarrel all the time. Two a client keeps both concurrent and separate writes frequent.
constexpr int kKeysPerClient = 2;

RunError failure(std::string message) { return {kHarnessFailed, std::move(message)}; }

class Run {
 public:
  Run(const RunSettings& settings, const System& system, Terminal& terminal, SteadyClock::time_point began)
      : settings_(settings), system_(system), terminal_(terminal), began_(began), progress_(terminal) {}

  tl::expected<RunResult, RunError> execute();

 private:
  Status prepare();
  Status start_nodes();
  Status main_phase();
  void heal();
  void look_and_read();
  void power_cycle();
  void stop_nodes();
  tl::expected<RunResult, RunError> conclude();
  RunFacts facts(const checkers::History& history) const;
  std::vector<std::string> notes() const;
  void keep_running();

  void node_ended(const ProcessEnd& end);
  void dump_stage(const std::string& stage, SteadyClock::time_point deadline, bool record_polls);
  void look_for_crash_reports();
  void show(const std::string& phase, std::optional<Millis> left = std::nullopt);
  bool ended() const { return Signals::interrupted() || failed_; }
  bool can_dump() const { return capable("dump"); }
  bool capable(std::string_view capability) const;

  const RunSettings& settings_;
  const System& system_;
  Terminal& terminal_;
  const SteadyClock::time_point began_;
  Progress progress_;

  // In order of dependence: what comes later uses what comes before.
  nemesis::Schedule schedule_;
  std::filesystem::path directory_;
  std::string host_kind_;
  std::unique_ptr<LocalHosts> hosts_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<HostsThread> hosts_thread_;
  std::unique_ptr<workloads::Workload> workload_;
  std::unique_ptr<Replicas> replicas_;
  std::unique_ptr<Clients> clients_;
  std::unique_ptr<Faults> faults_;

  bool started_ = false;   // the nodes answered
  bool stopping_ = false;  // the nodes are asked to end
  bool complete_ = false;  // every phase was gone through
  bool failed_ = false;    // the history cannot be written, or a node did not start
  std::string start_failure_;
  std::string shown_phase_;
  std::string detail_;                                 // beside the phase
  std::map<std::string, std::filesystem::path> logs_;  // by node
  std::set<std::string> reported_;                     // nodes whose crash report is in the history
  std::chrono::nanoseconds main_length_{0};
  int64_t main_operations_ = 0;
  std::vector<std::string> silent_;  // nodes that did not come back
};

tl::expected<RunResult, RunError> Run::execute() {
  if (auto done = prepare(); !done) return tl::unexpected(done.error());
  if (auto done = start_nodes(); !done) return tl::unexpected(done.error());
  if (auto done = main_phase(); !done) return tl::unexpected(done.error());
  heal();
  look_and_read();
  power_cycle();
  complete_ = !ended();
  const bool stay = settings_.keep_running && complete_;
  if (!stay) stop_nodes();
  auto result = conclude();
  if (stay) keep_running();
  return result;
}

Status Run::prepare() {
  auto schedule = nemesis::draw_schedule(nemesis_settings(settings_));
  if (!schedule) return tl::unexpected(RunError{kBadArguments, schedule.error()});
  schedule_ = std::move(*schedule);

  auto directory = create_run_directory(settings_.store, run_name(settings_.workload, settings_.nemeses),
                                        std::chrono::system_clock::now());
  if (!directory) return tl::unexpected(RunError{kBadArguments, "--store: " + directory.error()});
  directory_ = std::move(*directory);

  // Before any thread is started: it enters namespaces.
  LocalHosts::Options options;
  options.count = settings_.nodes;
  options.directory = directory_ / "nodes";
  auto hosts = LocalHosts::create(options);
  if (!hosts) return tl::unexpected(failure(hosts.error()));
  hosts_ = std::move(*hosts);
  host_kind_ = hosts_->describe();
  for (const Host& host : hosts_->hosts()) {
    logs_[host.name] = host.log;
    logs_[storage_of(host.name)] = host.storage_log;
  }
  using Action = nemesis::FaultEvent::Action;
  const auto scheduled = [this](Action action) {
    return std::any_of(schedule_.faults.begin(), schedule_.faults.end(),
                       [action](const nemesis::FaultEvent& fault) { return fault.action == action; });
  };
  if (std::string why = hosts_->why_no_partitions(); scheduled(Action::kPartition) && !why.empty()) {
    return tl::unexpected(RunError{kBadArguments, "nemesis partition is not possible here: " + why});
  }
  if (scheduled(Action::kDropAcks)) {  // a trial, and what it leaves is undone
    auto possible = hosts_->lose_replies({hosts_->hosts()[0].name});
    if (possible) possible = hosts_->lose_replies({});
    if (!possible) {
      return tl::unexpected(RunError{kBadArguments, "nemesis drop-acks is not possible here: " + possible.error()});
    }
  }

  checkers::TestInfo test = test_info(settings_, system_);
  print_plan(terminal_, settings_, *hosts_, directory_, test.promises);
  auto recorder = Recorder::create(directory_ / "history.jsonl", std::move(test));
  if (!recorder) return tl::unexpected(failure(recorder.error()));
  recorder_ = std::move(*recorder);
  loop_ = std::make_unique<EventLoop>();
  hosts_thread_ = std::make_unique<HostsThread>(*hosts_, *loop_, [this](const ProcessEnd& end) { node_ended(end); });
  replicas_ = std::make_unique<Replicas>(*loop_, system_, hosts_->hosts());
  workload_ = workloads::make_workload(settings_.workload, kKeysPerClient * settings_.concurrency,
                                       registers(settings_.cluster));
  faults_ = std::make_unique<Faults>(*loop_, *hosts_thread_, *recorder_, schedule_, [this](const std::string& text) {
    if (terminal_.interactive() && !settings_.verbose) return;  // the progress line shows it
    progress_.note(fmt::format("{:>6.1f} s  {}", std::chrono::duration<double>(recorder_->now()).count(), text));
  });
  const ClusterSettings& cluster = settings_.cluster;
  clients_ = std::make_unique<Clients>(
      *loop_, system_, hosts_->hosts(), *workload_, *recorder_,
      Clients::Options{
          .concurrency = settings_.concurrency,
          .rate = settings_.rate,
          .request_timeout = cluster.request_timeout,
          .seed = cluster.seed,
          .read_quorum = cluster.read_quorum,
          .write_quorum = cluster.write_quorum,
          .mode = cluster.mode,
          .acknowledged = [this](const checkers::List& nodes, int64_t event) { faults_->acknowledged(nodes, event); }});
  return {};
}

Status Run::start_nodes() {
  const std::vector<Host>& hosts = hosts_->hosts();
  const auto start = [this](const std::string& name, const std::vector<std::string>& command) -> Status {
    if (settings_.verbose) progress_.note(fmt::format("{}: {}", name, fmt::join(command, " ")));
    const auto started = hosts_->start(name, command);
    if (!started) return tl::unexpected(failure(fmt::format("{} did not start: {}", name, started.error())));
    return {};
  };
  for (size_t i = 0; i < hosts.size(); ++i) {
    const std::vector<std::string> storage = system_.storage_command(settings_.cluster, hosts[i]);
    if (!storage.empty()) {
      if (auto started = start(storage_of(hosts[i].name), storage); !started) return started;
    }
    if (auto started = start(hosts[i].name, system_.command(settings_.cluster, hosts, i)); !started) return started;
  }
  std::vector<std::string> silent =
      replicas_->wait_for(Replicas::Need::kReady, SteadyClock::now() + kStartLimit, [this] { return ended(); });
  if (!start_failure_.empty()) return tl::unexpected(failure(start_failure_));
  if (Signals::interrupted())
    return tl::unexpected(RunError{checkers::exit_code(Verdict::kUnknown), "interrupted before the nodes answered"});
  if (!silent.empty()) {
    return tl::unexpected(failure(fmt::format("{} did not get ready within {}; see {}", fmt::join(silent, ", "),
                                              to_flag(kStartLimit), shown(directory_ / "nodes"))));
  }
  started_ = true;
  return {};
}

Status Run::main_phase() {
  recorder_->start_clock();
  recorder_->phase("main");
  const auto start = SteadyClock::now();
  const auto deadline = start + settings_.time_limit;
  clients_->start();
  faults_->start();
  loop_->on_tick([this] {
    if (std::string error = recorder_->error(); !error.empty()) failed_ = true;
    const auto left = std::chrono::duration_cast<Millis>(settings_.time_limit - recorder_->now());
    show(shown_phase_, shown_phase_ == "main" ? std::optional(left) : std::nullopt);
  });
  show("main", settings_.time_limit);
  loop_->run_until([this] { return ended(); }, deadline);
  main_length_ = SteadyClock::now() - start;
  main_operations_ = clients_->counts().done();
  clients_->stop();
  if (failed_) return tl::unexpected(failure(recorder_->error()));
  return {};
}

// Undoes every fault while the last operations run to their end: each has its own deadline.
void Run::heal() {
  show(Signals::interrupted() ? "interrupted, healing" : "healing");
  faults_->heal();
  loop_->run_until([this] { return faults_->idle(); });
  if (ended()) {
    clients_->abandon("the run was interrupted");
    recorder_->phase("heal");
    return;
  }
  loop_->run_until([this] { return clients_->idle() || ended(); });
  if (ended()) clients_->abandon("the run was interrupted");
  silent_ =
      replicas_->wait_for(Replicas::Need::kAnswering, SteadyClock::now() + kStartLimit, [this] { return ended(); });
  recorder_->phase("heal");
}

// Dumps come before the final reads: reads repair, and would hide a replica that stayed behind.
void Run::look_and_read() {
  if (ended()) return;
  if (can_dump()) {
    show("waiting until quiet");
    // Who waits for a dead node waits in vain.
    const auto limit = silent_.empty() ? settings_.convergence_limit : Millis(0);
    dump_stage("before-reads", SteadyClock::now() + limit, true);
  }
  if (ended()) return;
  // A sloppy read turns to other nodes while homes seem away. So soon after the faults they may seem so though they are
  // back, and a read would show what is stale for no lasting reason.
  silent_ = replicas_->wait_for(Replicas::Need::kReady, SteadyClock::now() + kStartLimit, [this] { return ended(); });
  if (ended()) return;
  show("final reads");
  recorder_->phase("final-reads");
  clients_->final_reads(workload_->written_keys());
  loop_->run_until([this] { return clients_->idle() || ended(); });
  if (ended()) return clients_->abandon("the run was interrupted");
  if (can_dump()) dump_stage("after-reads", SteadyClock::now() + kSettleLimit, false);
}

void Run::power_cycle() {
  const bool durable = settings_.cluster.storage != "memory";
  if (ended() || !can_dump() || !capable("restart") || !durable) return;
  show("power cycle");
  recorder_->phase("power-cycle");
  std::string problem;
  hosts_thread_->run_and_wait([&problem](LocalHosts& hosts) {
    if (auto killed = hosts.cut_power(); !killed) problem = killed.error();
    for (const std::string& node : hosts.nodes()) {
      if (auto restarted = hosts.restart(node); !restarted) problem = restarted.error();
    }
  });
  if (!problem.empty()) progress_.note("power cycle: " + problem);
  silent_ = replicas_->wait_for(Replicas::Need::kReady, SteadyClock::now() + kStartLimit, [this] { return ended(); });
  if (!ended()) dump_stage("after-power-cycle", SteadyClock::now() + kSettleLimit, false);
}

void Run::dump_stage(const std::string& stage, SteadyClock::time_point deadline, bool record_polls) {
  QuietOptions options;
  options.stage = stage;
  options.deadline = deadline;
  options.record_polls = record_polls;
  options.stop = [this] { return ended(); };
  options.look = [this](int64_t differing) {
    detail_ = differing > 0 ? fmt::format("{} keys differ between replicas", with_commas(differing)) : "";
    show(shown_phase_);
    if (settings_.verbose) progress_.note(fmt::format("{}: {} keys differ between replicas", shown_phase_, differing));
  };
  Quiet quiet = wait_until_quiet(*loop_, *replicas_, *recorder_, options);
  for (Dump& dump : quiet.dumps) recorder_->add(std::move(dump));
}

void Run::stop_nodes() {
  stopping_ = true;
  show("stopping the nodes");
  hosts_thread_->run_and_wait([](LocalHosts& hosts) { hosts.stop_all(kStopGrace); });
  hosts_thread_.reset();
  hosts_.reset();
}

tl::expected<RunResult, RunError> Run::conclude() {
  loop_->on_tick(nullptr);
  look_for_crash_reports();
  recorder_->phase("end");
  recorder_->lateness(loop_->lateness());
  auto history = recorder_->finish();
  recorder_.reset();
  if (!history) return tl::unexpected(failure(history.error()));
  Progress::State judging;
  judging.phase = "judging";
  progress_.update(judging);
  checkers::Judgement judgement = checkers::judge(*history);
  // What was not seen to its end may be invalid, but not valid.
  if (!complete_ && judgement.verdict == Verdict::kValid) judgement.verdict = Verdict::kUnknown;

  RunResult result;
  result.verdict = judgement.verdict;
  Value json = checkers::to_value(judgement);
  json.set("run", to_value(facts(*history)));
  result.json = pretty_json(json);
  if (auto written = write_artifacts(directory_, settings_, *history, faults_->executed(), result.json); !written) {
    return tl::unexpected(failure(written.error()));
  }

  progress_.clear();
  print_judgement(terminal_, judgement, notes());
  terminal_.print_line("");
  print_facts(terminal_, {{"store", shown(directory_)}, {"again", command_line(settings_, system_)}});
  return result;
}

RunFacts Run::facts(const checkers::History& history) const {
  RunFacts facts;
  facts.command = command_line(settings_, system_);
  facts.seed = settings_.cluster.seed;
  facts.directory = directory_;
  facts.hosts = host_kind_;
  facts.complete = complete_;
  facts.interrupted_by = Signals::name();
  facts.set_up = clients_->first_sent() - began_;
  facts.first_operation = clients_->first_sent();
  facts.main_length = main_length_;
  facts.operations = main_operations_;
  facts.events = static_cast<int64_t>(history.events.size());
  facts.lateness = history.lateness;
  return facts;
}

std::vector<std::string> Run::notes() const {
  std::vector<std::string> notes;
  if (Signals::interrupted()) {
    notes.push_back(
        fmt::format("Interrupted by {}: the run was not seen to its end, so it cannot be valid.", Signals::name()));
  }
  for (const std::string& failure : faults_->failures())
    notes.push_back("A fault could not be carried out: " + failure);
  if (!silent_.empty())
    notes.push_back(
        fmt::format("Not back, or not in touch with all others, after the faults: {}", fmt::join(silent_, ", ")));
  return notes;
}

// The cluster stays for who wants to look at it.
void Run::keep_running() {
  terminal_.print_line("");
  terminal_.print_line("  The cluster stays up until ctrl-C:");
  for (const Host& host : hosts_->hosts()) {
    if (host.outside_port != 0)
      terminal_.print_line(fmt::format("    redis-cli -p {}   # {}", host.outside_port, host.name));
  }
  loop_->run_until([] { return Signals::interrupted(); });
  terminal_.print_line("");
  stop_nodes();
}

void Run::node_ended(const ProcessEnd& end) {
  if (recorder_ == nullptr) {  // judged already
    if (!end.expected) terminal_.print_line(fmt::format("  node {} ended by itself", end.host));
    return;
  }
  const std::filesystem::path& log = logs_[end.host];
  checkers::NodeExit exit;
  exit.node = end.host;
  exit.code = end.code;
  exit.signal = end.signal;
  const bool clean = (end.signal == 0 && end.code == 0) || end.signal == SIGTERM || end.signal == SIGKILL;
  exit.expected = end.expected && (!stopping_ || clean);
  if (reported_.count(end.host) == 0) exit.report = crash_report(log);
  if (!exit.report.empty()) reported_.insert(end.host);
  if (stopping_ && exit.expected && exit.report.empty()) return;  // nothing to tell
  if (!exit.expected) {
    std::string how = end.signal != 0 ? fmt::format("signal {}", end.signal) : fmt::format("exit code {}", end.code);
    if (!started_) {
      start_failure_ = fmt::format("node {} ended while it started, {}. Its last words:\n{}", end.host, how,
                                   log_tail(log, kLogTailLines));
      failed_ = true;
    } else {
      progress_.note(fmt::format("node {} ended by itself: {}", end.host, how));
      faults_->ended_by_itself(end.host);
    }
  }
  recorder_->add(std::move(exit));
}

// A sanitizer may report and let the process live on; and what a node says while it is stopped counts too.
void Run::look_for_crash_reports() {
  for (const auto& [node, log] : logs_) {
    if (reported_.count(node) > 0) continue;
    checkers::NodeExit exit;
    exit.node = node;
    exit.expected = true;
    exit.report = crash_report(log);
    if (!exit.report.empty()) recorder_->add(std::move(exit));
  }
}

void Run::show(const std::string& phase, std::optional<Millis> left) {
  if (phase != shown_phase_) detail_.clear();
  shown_phase_ = phase;
  const Clients::Counts& counts = clients_->counts();
  progress_.update({.phase = phase,
                    .left = left,
                    .operations = counts.done(),
                    .ok = counts.ok,
                    .fail = counts.fail,
                    .info = counts.info,
                    .fault = faults_->current(),
                    .detail = detail_});
}

bool Run::capable(std::string_view capability) const {
  const std::vector<std::string> all = system_.capabilities();
  return std::find(all.begin(), all.end(), capability) != all.end();
}

}  // namespace

tl::expected<RunResult, RunError> run(const RunSettings& settings, const System& system, Terminal& terminal,
                                      SteadyClock::time_point began) {
  return Run(settings, system, terminal, began).execute();
}

}  // namespace harness
