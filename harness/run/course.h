// The course of a run, from nodes that are started to replicas that were looked at, in whatever world:
//
//   start nodes → main phase (operations and faults) → heal → wait until quiet → dump → final reads → dump →
//   kill all, restart, dump
//
// What it sees goes into the recorder; who judges it, stores it or shows it is not its business.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "harness/report/progress.h"
#include "harness/run/clients.h"
#include "harness/run/faults.h"
#include "harness/run/operations.h"
#include "harness/run/recorder.h"
#include "harness/run/replicas.h"
#include "harness/run/scene.h"
#include "harness/run/settings.h"
#include "harness/systems/system.h"
#include "nemesis/schedule.h"

namespace harness {

class Course {
 public:
  // For who looks on. Each may be empty.
  struct Watcher {
    std::function<void(const Progress::State&)> state;  // often
    std::function<void(const std::string&)> note;       // something that should be known
    std::function<void(const std::string&)> fault;      // a fault, in words, as it begins
    std::function<bool()> interrupted;                  // asked all the time: true ends the run early
  };
  // `schedule`: its faults; its operations, if `listed`, else the workload's are drawn.
  Course(const RunSettings& settings, const System& system, const Scene& scene, Recorder& recorder,
         nemesis::Schedule schedule, bool listed, Watcher watcher);

  // The phases, in this order. The error says what the harness or the system failed to do.
  using Status = tl::expected<void, std::string>;
  Status start_nodes();
  Status main_phase();
  void heal();
  void look_and_read();
  void power_cycle();

  // A node's process ended. `report`: the last words of a crash, if there are any.
  void node_ended(const ProcessEnd& end, std::string report);
  // From now on nodes are ended on purpose.
  void stopping() { stopping_ = true; }

  // Interrupted, or failed: the phases that are left do nothing.
  bool ended() const;
  // A live checker found a violation and the run was asked to stop there: what is left after the heal does nothing.
  bool stopped_early() const { return stopped_early_; }
  void show(const std::string& phase, std::optional<Millis> left = std::nullopt);

  bool started() const { return started_; }                           // the nodes answered
  const std::vector<std::string>& silent() const { return silent_; }  // nodes that did not come back, or not in touch
  const Clients& clients() const { return *clients_; }
  const Faults& faults() const { return *faults_; }
  std::chrono::nanoseconds main_length() const { return main_length_; }
  int64_t main_operations() const { return main_operations_; }  // completed within the main phase

 private:
  void dump_stage(const std::string& stage, SteadyClock::time_point deadline, bool record_polls);
  std::vector<std::string> wait_for(Replicas::Need need);
  bool capable(std::string_view capability) const;
  void note(const std::string& text) const;
  void look_for_violation();

  const RunSettings& settings_;
  const System& system_;
  const Scene scene_;
  Recorder& recorder_;
  const Watcher watcher_;

  // In order of dependence: what comes later uses what comes before.
  std::unique_ptr<workloads::Workload> workload_;
  std::unique_ptr<Operations> operations_;
  Roster roster_;
  std::unique_ptr<Members> members_;
  std::unique_ptr<Replicas> replicas_;
  std::unique_ptr<Faults> faults_;
  std::unique_ptr<Clients> clients_;

  bool started_ = false;
  bool stopping_ = false;
  bool violation_told_ = false;
  bool stopped_early_ = false;
  bool failed_ = false;  // the history cannot be written, or a node did not start
  std::string start_failure_;
  std::string shown_phase_;
  std::string detail_;  // beside the phase
  std::chrono::nanoseconds main_length_{0};
  SteadyClock::time_point healed_{};  // when the last fault was over; before that, the beginning of time
  int64_t main_operations_ = 0;
  std::vector<std::string> silent_;
};

}  // namespace harness
