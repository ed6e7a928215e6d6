// Carries out a schedule of faults: hands each to the hosts' worker when it is due, and records it twice, when it is
// commanded and when its effect was in force. So the history's span of a fault always covers the real one.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/hosts_worker.h"
#include "harness/run/loop.h"
#include "harness/run/members.h"
#include "harness/run/recorder.h"
#include "nemesis/schedule.h"

namespace harness {

class Faults {
 public:
  // `note` is told of every fault in words, as it begins.
  Faults(Loop& loop, HostsWorker& hosts, Recorder& recorder, nemesis::Schedule schedule,
         std::function<void(const std::string&)> note);

  // Where nodes may come and go: who sees to it, the roster that it changes, and how those start that join.
  struct Membership {
    Members* members = nullptr;
    Roster* roster = nullptr;
    std::map<std::string, std::vector<std::pair<std::string, std::vector<std::string>>>> commands;  // process, argv
  };
  void allow_changes(Membership membership) { membership_ = std::move(membership); }

  void start();  // the schedule counts from now
  void stop();   // no further faults; those in force stay
  // Undoes everything that is in force. idle() when done: links that were slow still hold what was sent before, and
  // what is sent now comes after it.
  void heal();
  bool idle() const { return open_ == 0 && loop_.now() >= links_drained_; }

  // A write was just acknowledged by these nodes, in the event of this index: what kill-ackers waits for.
  void acknowledged(const checkers::List& nodes, int64_t event);

  // A node ended by itself: heal() starts it again, so that the rest of the verdict can be had.
  void ended_by_itself(const std::string& node) { down_.insert(node); }

  // What is in force, in words: "partition halves, n2 down"; empty if nothing is.
  std::string current() const;
  // The lines of the schedule that were begun: what the schedule of this run has to name.
  std::vector<nemesis::FaultEvent> executed() const {
    return {schedule_.faults.begin(), schedule_.faults.begin() + static_cast<std::ptrdiff_t>(next_)};
  }
  // Faults that could not be carried out, and why.
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  void next();
  void change_members(nemesis::FaultEvent fault);
  bool must_wait(const nemesis::FaultEvent& change) const;
  void begin_waiting_changes();
  void execute(nemesis::FaultEvent fault, const checkers::Value& about = {});
  void restart_ackers();
  void record(const nemesis::FaultEvent& fault, bool done, const checkers::Value& more);
  void remember(const nemesis::FaultEvent& fault);

  Loop& loop_;
  HostsWorker& hosts_;
  Recorder& recorder_;
  const nemesis::Schedule schedule_;
  std::function<void(const std::string&)> note_;
  Timer timer_;
  size_t next_ = 0;
  SteadyClock::time_point start_;
  int open_ = 0;
  std::string shape_;  // of the partition in force
  Membership membership_;
  std::set<std::string> changing_;            // that join, leave or are removed just now
  std::vector<nemesis::FaultEvent> waiting_;  // changes that are not begun yet
  std::set<std::string> removed_;
  std::set<std::string> down_;
  std::set<std::string> paused_;
  std::set<std::string> without_storage_;
  std::set<std::string> silenced_;  // their replies get lost
  bool network_is_bad_ = false;
  bool links_are_slow_ = false;
  std::chrono::milliseconds slowest_link_{0};  // so far
  SteadyClock::time_point links_drained_{};
  std::set<std::string> wrong_clocks_;
  std::set<std::string> bad_disks_;
  int ackers_wanted_ = 0;  // to be killed at the next acknowledgement
  std::vector<std::string> killed_ackers_;
  uint64_t dropped_before_ = 0;
  uint64_t lost_before_ = 0;
  std::vector<std::string> failures_;
};

// A fault in words: "partition halves: n1 n2 | n3 n4 n5", "kill n2 n4".
std::string to_text(const nemesis::FaultEvent& fault);

}  // namespace harness
