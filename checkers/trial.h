// What every checker is given, worked out once: the history, its operations, the terms by which it is judged, and which
// writes the loss of disks has excused.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checkers/operations.h"
#include "checkers/promises.h"
#include "checkers/subject.h"
#include "checkers/verdict.h"

namespace checkers {

// A harness whose own timers were later than this was starved, and cannot tell a slow store from a slow machine.
inline constexpr Nanos kStarved = std::chrono::seconds(1);

// Disks lost during the run. An acknowledged write is promised to survive while fewer than W of the nodes that
// acknowledged it lose their disks; whether a repair came in between, the history does not show, so that losses are
// never forgiven.
class LostDisks {
 public:
  // `faults`: the events of the nemesis.
  LostDisks(const History& history, const std::vector<const Event*>& faults, int replicas, bool kill_loses_disk);

  // May `write` rightly be gone at `until`? If the reply did not say who acknowledged, every node may have.
  bool excuse(const Operation& write, Nanos until) const;
  bool any() const { return !losses_.empty(); }
  // When more than so many nodes had lost theirs, if ever. A node that lost it twice counts once.
  std::optional<Nanos> beyond(int nodes) const;

 private:
  int replicas_;
  std::vector<std::pair<Nanos, std::string>> losses_;  // when, which node; sorted
};

struct Trial {
  explicit Trial(const History& h, Judging how = {})
      : history(h),
        judging(std::move(how)),
        terms(settings_of(h, judging)),
        operations(h, judging),
        subject(subject_of(h, operations.names(), judging.model)),
        lost_disks(h, operations.faults(), terms.replicas, terms.kill_loses_disk) {}

  const History& history;
  const Judging judging;
  const Terms terms;
  const Operations operations;
  const Subject subject;  // what the keys are: the model that the caller named, else what the operations tell
  const LostDisks lost_disks;

  bool starved() const { return history.lateness > kStarved; }
};

// An empty result: nothing learnt yet.
inline Result result_of(std::string checker, std::string promise) {
  Result result;
  result.checker = std::move(checker);
  result.promise = std::move(promise);
  return result;
}

// The checkers, one file each. Each answers for itself whether the history has anything for it.
Result check_convergence(const Trial& trial);
Result check_cart(const Trial& trial);
Result check_set(const Trial& trial);
Result check_set_full(const Trial& trial);
Result check_strong_set(const Trial& trial);
Result check_queue(const Trial& trial);
Result check_total_queue(const Trial& trial);
Result check_unique_ids(const Trial& trial);
Result check_counter(const Trial& trial);
Result check_siblings(const Trial& trial);
Result check_sessions(const Trial& trial);
Result check_causal(const Trial& trial);
Result check_causal_convergent(const Trial& trial);
Result check_quorum_reads(const Trial& trial);
Result check_linearizable(const Trial& trial);
Result check_regular(const Trial& trial);
Result check_safe(const Trial& trial);
Result check_staleness(const Trial& trial);
Result check_availability(const Trial& trial);
Result check_crashes(const Trial& trial);
Result check_logs(const Trial& trial);
Result check_clock(const Trial& trial);
Result check_stats(const Trial& trial);

}  // namespace checkers
