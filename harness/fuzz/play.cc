#include "harness/fuzz/play.h"

#include <malloc.h>

#include <algorithm>

#include "harness/run/artifacts.h"
#include "harness/run/course.h"
#include "harness/run/signals.h"
#include "harness/sim/simulation.h"

namespace harness {

namespace {

// A world comes and goes a thousand times a minute: what one leaves the next one takes, without asking the kernel.
bool keep_memory() {
  constexpr int kMuch = 1 << 30;
  return mallopt(M_MMAP_THRESHOLD, kMuch) == 1 && mallopt(M_TRIM_THRESHOLD, kMuch) == 1;
}

std::vector<FailureClass> classes_of(const checkers::Judgement& judgement) {
  std::set<FailureClass> classes;
  for (const checkers::Result& result : judgement.results) {
    if (result.verdict != checkers::Verdict::kInvalid) continue;
    std::vector<std::string> anomalies;
    for (const checkers::Witness& witness : result.witnesses) anomalies.push_back(witness.anomaly);
    add_classes(classes, result.checker, anomalies);
  }
  return {classes.begin(), classes.end()};
}

}  // namespace

void add_classes(std::set<FailureClass>& classes, const std::string& checker,
                 const std::vector<std::string>& anomalies) {
  if (anomalies.empty()) classes.insert({checker, "violation"});
  for (const std::string& anomaly : anomalies) classes.insert({checker, anomaly});
}

std::string to_text(const FailureClass& failure) { return failure.checker + ": " + failure.anomaly; }

std::string to_folder(const FailureClass& failure) {
  std::string name = failure.checker + "-" + failure.anomaly;
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain) c = '-';
  }
  return name;
}

tl::expected<Played, std::string> play(const RunSettings& settings, const System& system, const PlayOptions& options) {
  [[maybe_unused]] static const bool kKept = keep_memory();
  auto schedule = settings.schedule ? *settings.schedule : nemesis::draw_schedule(nemesis_settings(settings));
  if (!schedule) return tl::unexpected(schedule.error());
  sim::Simulation simulation(world_setup(settings), settings.nodes + settings.cluster.spares);
  const Loop& loop = simulation.scene().loop;
  tl::expected<std::unique_ptr<Recorder>, std::string> made =
      options.history_file.empty() ? std::make_unique<Recorder>(test_info(settings, system), loop)
                                   : Recorder::create(options.history_file, test_info(settings, system), loop);
  if (!made) return tl::unexpected(made.error());
  Recorder& recorder = **made;
  Course::Watcher watcher;
  watcher.interrupted = [] { return Signals::interrupted(); };
  Course course(settings, system, simulation.scene(), recorder, *schedule, settings.schedule.has_value(), watcher);
  simulation.on_exit([&course](const ProcessEnd& end) { course.node_ended(end, ""); });
  if (auto started = course.start_nodes(); !started) return tl::unexpected(started.error());
  if (auto ran = course.main_phase(); !ran) return tl::unexpected(ran.error());
  course.heal();
  course.look_and_read();
  course.power_cycle();
  if (course.ended()) return tl::unexpected(std::string("interrupted"));
  for (checkers::NodeExit& broken : simulation.broken_contracts()) recorder.add(std::move(broken));
  recorder.phase("end");
  auto history = recorder.finish();
  if (!history) return tl::unexpected(history.error());

  Played played;
  played.history = std::move(*history);
  checkers::Judging how;
  if (!options.only.empty()) how.only = {options.only};
  played.judgement = checkers::judge(played.history, how);
  played.failures = classes_of(played.judgement);
  played.schedule = executed_schedule(settings, played.history, course.faults().executed());
  played.trace_hash = simulation.world().hash();
  played.events = simulation.world().events();
  played.virtual_time = simulation.world().now();
  return played;
}

}  // namespace harness
