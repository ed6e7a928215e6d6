// A schedule is data: which operation is sent when, and what goes wrong when. It holds no results (whose tags a removal
// names, what a write supersedes is found out when it is executed), so any subset of its lines is a legal schedule. The
// format, for people: docs/schedule.md.
//
//   # workload=cart nodes=5 … seed=7           header: the settings, as command-line flags would give them
//   @1.200s p3 cart.add cart:17 milk 2 via n2  client 3 asks n2
//   @1.500s partition halves n1,n2|n3,n4,n5 n1>n3 n1>n4 n3>n1 …   sides (for people), then directed cuts
//   @4.000s heal
//   @5.250s kill n2 n4
//   @6.000s restart n2 n4
//   @7.000s pause n1
//   @8.000s resume n1
//   @9.000s lose-disk n3               kills it and wipes its disk; restart brings it back, empty
//   @9.500s drop-acks n1 n2            replies of these nodes get lost …
//   @9.900s pass-acks                  … until here
//   @10.000s kill-ackers 2             kills two of the nodes that acknowledge the next write
//   @11.000s restart-ackers            brings back those of the last kill-ackers
//   @12.000s kill-storage n1           the storage server under a node; lose-storage: and its data
//   @13.000s restart-storage n1
//   @14.000s join n6 n7                nodes that did not run so far join, here two at once
//   @15.000s leave n2                  a member hands its data over and goes
//   @16.000s remove n3                 kills a member for good, and has the others remove it
//   @17.000s bad-network 10 5 disordered   10 % of messages get lost, 5 % arrive twice, in any order (simulated: these
//   @17.500s slow-links 120 n1>n2          and those below)                   so many milliseconds longer
//   @18.000s skew-clock -5000 n3           drift-clock 1000 n3; true-clock n3 ends both
//   @19.000s fail-disk n2                  slow-disk, hang-disk, tear-disk; good-disk n2 ends them
//
// Times count from the start of the main phase, in milliseconds' precision.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "nemesis/fault_target.h"
#include "workloads/workload.h"

namespace nemesis {

using Millis = std::chrono::milliseconds;

struct FaultEvent {
  enum class Action {
    kPartition,
    kHeal,
    kKill,
    kRestart,
    kPause,
    kResume,
    kLoseDisk,
    kDropAcks,
    kPassAcks,
    kKillAckers,
    kRestartAckers,
    kKillStorage,
    kLoseStorage,
    kRestartStorage,
    kJoin,
    kLeave,
    kRemove,
    kBadNetwork,
    kGoodNetwork,
    kSlowLinks,
    kFastLinks,
    kSkewClock,
    kDriftClock,
    kTrueClock,
    kSlowDisk,
    kHangDisk,
    kFailDisk,
    kTearDisk,
    kGoodDisk,
  };

  Millis at{0};
  Action action = Action::kHeal;
  std::vector<std::string> nodes;  // all that name some
  // kill-ackers: how many; bad-network: percent lost; slow-links: milliseconds; skew-clock: milliseconds; drift-clock:
  // millionths.
  int count = 0;
  int doubled = 0;          // bad-network: percent
  bool disordered = false;  // bad-network
  std::string shape;        // partition: its name, for people
  std::vector<Cut> cuts;    // partition: these replace the cuts before; slow-links: the links
  // Partition: groups that still talk among themselves, where that is meaningful.
  std::vector<std::vector<std::string>> sides;

  friend bool operator==(const FaultEvent&, const FaultEvent&) = default;
};
std::string_view to_string(FaultEvent::Action action);
// Only a simulated world can do it.
bool only_simulated(FaultEvent::Action action);
bool changes_members(FaultEvent::Action action);

// An operation as it is drawn, before it is bound to a process (workloads::Workload::bind).
struct OperationEvent {
  Millis at{0};
  int client = 0;
  workloads::Operation operation;
  std::string node;  // asked first; empty: the client's own
};
std::string to_line(const OperationEvent& event);

struct Schedule {
  std::string header;  // the first comment, without "# "; empty: there is none
  std::vector<FaultEvent> faults;
  std::vector<OperationEvent> operations;
};
std::string to_line(const FaultEvent& event);
// The lines of both, in order of time; faults first where it is the same.
std::string to_text(const Schedule& schedule);
// In order of time, whatever the order of the lines. An error names the line and what was expected.
tl::expected<Schedule, std::string> parse_schedule(std::string_view text);

}  // namespace nemesis
