#include "harness/run/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "harness/report/progress.h"
#include "harness/report/text.h"
#include "harness/run/artifacts.h"
#include "harness/run/course.h"
#include "harness/run/duration.h"
#include "harness/run/event_loop.h"
#include "harness/run/hosts_thread.h"
#include "harness/run/node_log.h"
#include "harness/run/plan.h"
#include "harness/run/recorder.h"
#include "harness/run/signals.h"
#include "harness/run/store.h"
#include "harness/sim/simulation.h"
#include "harness/systems/client.h"

namespace harness {

using checkers::Value;
using checkers::Verdict;
using Status = tl::expected<void, RunError>;

namespace {

constexpr std::chrono::milliseconds kStopGrace{2'000};
constexpr size_t kLogTailLines = 15;

RunError failure(std::string message) { return {kHarnessFailed, std::move(message)}; }

std::string live_note(const Recorder::Live& live, bool stopped_early) {
  if (live.checkers.empty()) return "Live: nothing that these settings promise can be judged while a run goes on.";
  std::string note = fmt::format("Live, by {}: {} reads judged while the run went on, {} things remembered at most, ",
                                 fmt::join(live.checkers, ", "), with_commas(live.judged),
                                 with_commas(static_cast<int64_t>(live.remembered)));
  if (!live.violation) return note + "no violation.";
  note += fmt::format("{} found {}: {}", live.guilty, live.violation->anomaly, live.violation->explanation);
  return stopped_early ? note + " The run was stopped there, so it was not seen to its end." : note;
}

class Run {
 public:
  Run(const RunSettings& settings, const System& system, Terminal& terminal, SteadyClock::time_point began)
      : settings_(settings), system_(system), terminal_(terminal), began_(began), progress_(terminal) {}

  tl::expected<RunResult, RunError> execute();

 private:
  Status prepare();
  Status make_simulation();
  Status make_real_hosts();
  Status check_faults_are_possible();
  Status start_nodes();
  void stop_nodes();
  tl::expected<RunResult, RunError> conclude();
  RunFacts facts(const checkers::History& history) const;
  std::vector<std::string> notes() const;
  void keep_running();
  Course::Watcher watcher();

  void node_ended(const ProcessEnd& end);
  void look_for_crash_reports();

  const RunSettings& settings_;
  const System& system_;
  Terminal& terminal_;
  SteadyClock::time_point began_;
  Progress progress_;

  // In order of dependence: what comes later uses what comes before.
  nemesis::Schedule schedule_;
  std::filesystem::path directory_;
  std::string host_kind_;
  // Of a simulated run.
  std::ofstream trace_;
  std::unique_ptr<sim::Simulation> simulation_;
  // Of a real one.
  std::unique_ptr<LocalHosts> hosts_;
  std::unique_ptr<EventLoop> event_loop_;
  std::unique_ptr<SocketConnector> connector_;
  std::unique_ptr<HostsThread> hosts_thread_;
  // Of both.
  std::optional<Scene> scene_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Course> course_;

  bool complete_ = false;                              // every phase was gone through
  Recorder::Live live_;                                // what was judged while the run went on
  std::map<std::string, std::filesystem::path> logs_;  // by node; of simulated nodes there are none
  std::set<std::string> reported_;                     // nodes whose crash report is in the history
};

tl::expected<RunResult, RunError> Run::execute() {
  if (auto done = prepare(); !done) return tl::unexpected(done.error());
  if (auto done = start_nodes(); !done) return tl::unexpected(done.error());
  if (auto done = course_->main_phase(); !done) return tl::unexpected(failure(done.error()));
  course_->heal();
  course_->look_and_read();
  course_->power_cycle();
  complete_ = !course_->ended() && !course_->stopped_early();
  const bool stay = settings_.keep_running && complete_;
  if (!stay) stop_nodes();
  auto result = conclude();
  if (stay) keep_running();
  return result;
}

Status Run::prepare() {
  auto schedule = settings_.schedule ? *settings_.schedule : nemesis::draw_schedule(nemesis_settings(settings_));
  if (!schedule) return tl::unexpected(RunError{kBadArguments, schedule.error()});
  schedule_ = std::move(*schedule);

  auto directory = create_run_directory(settings_.store, run_name(settings_.workload, settings_.nemeses),
                                        std::chrono::system_clock::now());
  if (!directory) return tl::unexpected(RunError{kBadArguments, "--store: " + directory.error()});
  directory_ = std::move(*directory);

  if (auto made = settings_.sim ? make_simulation() : make_real_hosts(); !made) return made;
  host_kind_ = scene_->hosts.describe();
  if (auto possible = check_faults_are_possible(); !possible) return possible;

  checkers::TestInfo test = test_info(settings_, system_);
  print_plan(terminal_, settings_, scene_->hosts, directory_, test.promises);
  auto recorder = Recorder::create(directory_ / "history.jsonl", std::move(test), scene_->loop);
  if (!recorder) return tl::unexpected(failure(recorder.error()));
  recorder_ = std::move(*recorder);
  if (settings_.live) recorder_->judge_live();
  course_ = std::make_unique<Course>(settings_, system_, *scene_, *recorder_, schedule_, settings_.schedule.has_value(),
                                     watcher());
  return {};
}

Status Run::make_simulation() {
  simulation_ = std::make_unique<sim::Simulation>(world_setup(settings_), settings_.nodes + settings_.cluster.spares);
  simulation_->on_exit([this](const ProcessEnd& end) { node_ended(end); });
  scene_.emplace(simulation_->scene());
  began_ = scene_->loop.now();
  if (settings_.trace.empty()) return {};
  trace_.open(settings_.trace);
  if (!trace_) {
    return tl::unexpected(RunError{kBadArguments, fmt::format("--trace: cannot write {}", settings_.trace.string())});
  }
  simulation_->world().trace([this](const std::string& line) { trace_ << line << '\n'; });
  return {};
}

// Before any thread is started: it enters namespaces.
Status Run::make_real_hosts() {
  LocalHosts::Options options;
  options.count = settings_.nodes + settings_.cluster.spares;
  options.directory = directory_ / "nodes";
  auto hosts = LocalHosts::create(options);
  if (!hosts) return tl::unexpected(failure(hosts.error()));
  hosts_ = std::move(*hosts);
  for (const Host& host : hosts_->hosts()) {
    logs_[host.name] = host.log;
    logs_[storage_of(host.name)] = host.storage_log;
  }
  event_loop_ = std::make_unique<EventLoop>();
  connector_ = std::make_unique<SocketConnector>(event_loop_->base());
  hosts_thread_ =
      std::make_unique<HostsThread>(*hosts_, *event_loop_, [this](const ProcessEnd& end) { node_ended(end); });
  scene_.emplace(Scene{*event_loop_, *connector_, *hosts_, *hosts_thread_});
  return {};
}

Status Run::check_faults_are_possible() {
  using Action = nemesis::FaultEvent::Action;
  Hosts& hosts = scene_->hosts;
  const auto scheduled = [this](Action action) {
    return std::any_of(schedule_.faults.begin(), schedule_.faults.end(),
                       [action](const nemesis::FaultEvent& fault) { return fault.action == action; });
  };
  if (std::string why = hosts.why_no_partitions(); scheduled(Action::kPartition) && !why.empty()) {
    return tl::unexpected(RunError{kBadArguments, "nemesis partition is not possible here: " + why});
  }
  if (scheduled(Action::kDropAcks)) {  // a trial, and what it leaves is undone
    auto possible = hosts.lose_replies({hosts.hosts()[0].name});
    if (possible) possible = hosts.lose_replies({});
    if (!possible) {
      return tl::unexpected(RunError{kBadArguments, "nemesis drop-acks is not possible here: " + possible.error()});
    }
  }
  return {};
}

Course::Watcher Run::watcher() {
  Course::Watcher watcher;
  watcher.state = [this](const Progress::State& state) { progress_.update(state); };
  watcher.note = [this](const std::string& text) { progress_.note(text); };
  watcher.fault = [this](const std::string& text) {
    if (terminal_.interactive() && !settings_.verbose) return;  // the progress line shows it
    progress_.note(fmt::format("{:>6.1f} s  {}", std::chrono::duration<double>(recorder_->now()).count(), text));
  };
  watcher.interrupted = [] { return Signals::interrupted(); };
  return watcher;
}

Status Run::start_nodes() {
  if (auto started = course_->start_nodes(); !started) {
    return tl::unexpected(failure(
        settings_.sim ? started.error() : fmt::format("{}; see {}", started.error(), shown(directory_ / "nodes"))));
  }
  if (Signals::interrupted()) {
    return tl::unexpected(RunError{checkers::exit_code(Verdict::kUnknown), "interrupted before the nodes answered"});
  }
  return {};
}

void Run::stop_nodes() {
  course_->stopping();
  course_->show("stopping the nodes");
  scene_->worker.run_and_wait([](Hosts& hosts) { hosts.stop_all(kStopGrace); });
  hosts_thread_.reset();
  hosts_.reset();
}

tl::expected<RunResult, RunError> Run::conclude() {
  scene_->loop.on_tick(nullptr);
  look_for_crash_reports();
  recorder_->phase("end");
  recorder_->lateness(scene_->loop.lateness());
  auto history = recorder_->finish();
  live_ = recorder_->live();
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
  if (auto written = write_artifacts(directory_, settings_, *history, course_->faults().executed(), result.json);
      !written) {
    return tl::unexpected(failure(written.error()));
  }

  progress_.clear();
  print_judgement(terminal_, judgement, notes());
  terminal_.print_line("");
  print_facts(terminal_, {{"store", shown(directory_)},
                          {"trace", simulation_ ? fmt::format("{:016x}", simulation_->world().hash()) : ""},
                          {"again", command_line(settings_, system_)}});
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
  facts.set_up = course_->clients().first_sent() - began_;
  facts.first_operation = course_->clients().first_sent();
  facts.main_length = course_->main_length();
  facts.operations = course_->main_operations();
  facts.events = static_cast<int64_t>(history.events.size());
  facts.lateness = history.lateness;
  if (simulation_) facts.trace_hash = fmt::format("{:016x}", simulation_->world().hash());
  return facts;
}

std::vector<std::string> Run::notes() const {
  std::vector<std::string> notes;
  if (Signals::interrupted()) {
    notes.push_back(
        fmt::format("Interrupted by {}: the run was not seen to its end, so it cannot be valid.", Signals::name()));
  }
  if (settings_.live) notes.push_back(live_note(live_, course_->stopped_early()));
  for (const std::string& failed : course_->faults().failures())
    notes.push_back("A fault could not be carried out: " + failed);
  if (const auto& silent = course_->silent(); !silent.empty())
    notes.push_back(
        fmt::format("Not back, or not in touch with all others, after the faults: {}", fmt::join(silent, ", ")));
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
  scene_->loop.run_until([] { return Signals::interrupted(); });
  terminal_.print_line("");
  stop_nodes();
}

void Run::node_ended(const ProcessEnd& end) {
  if (recorder_ == nullptr) {  // judged already
    if (!end.expected) terminal_.print_line(fmt::format("  node {} ended by itself", end.host));
    return;
  }
  std::string report;
  if (auto log = logs_.find(end.host); log != logs_.end()) {
    if (!course_->started() && !end.expected) {
      report = log_tail(log->second, kLogTailLines);
    } else if (reported_.count(end.host) == 0) {
      report = crash_report(log->second);
    }
    if (!report.empty()) reported_.insert(end.host);
  }
  course_->node_ended(end, std::move(report));
}

// A sanitizer may report and let the process live on; and what a node says while it is stopped counts too.
void Run::look_for_crash_reports() {
  if (simulation_) {
    for (checkers::NodeExit& broken : simulation_->broken_contracts()) recorder_->add(std::move(broken));
  }
  for (const auto& [node, log] : logs_) {
    if (reported_.count(node) > 0) continue;
    checkers::NodeExit exit;
    exit.node = node;
    exit.expected = true;
    exit.report = crash_report(log);
    if (!exit.report.empty()) recorder_->add(std::move(exit));
  }
}

}  // namespace

tl::expected<RunResult, RunError> run(const RunSettings& settings, const System& system, Terminal& terminal,
                                      SteadyClock::time_point began) {
  return Run(settings, system, terminal, began).execute();
}

}  // namespace harness
