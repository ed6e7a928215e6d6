// Draws a schedule of faults from a seed: which nemeses there are, and what each of them does when.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "nemesis/schedule.h"

namespace nemesis {

struct Settings {
  std::vector<std::string> nemeses;  // out of all_nemeses(); "none" alone means no fault
  std::vector<std::string> nodes;
  uint64_t seed = 0;
  Millis time_limit{20'000};  // length of the main phase; every fault ends before it does
  Millis interval{4'000};     // mean time between the starts of two faults of one kind; a fault lasts about half of it
  std::string partition_shape = {};  // fixed shape, or empty: drawn for each partition
  std::string kill_targets = {};     // "one", "minority", "all", or empty: drawn for each kill
  // When a kill loses the disk (memory storage): at most so many nodes at once, and an interval without any fault after
  // each kill, in which the cluster repairs what was lost. 0: disks are kept.
  int max_lost_disks = 0;
  std::vector<std::string> spares = {};  // nodes that do not run at first: membership has them join
  size_t least_members = 3;              // N: so many stay
  int write_quorum = 2;  // W: kill-ackers kills W-1 of those that acknowledged a write, lose-disk at most so many
};

struct NemesisInfo {
  std::string_view name;
  std::string_view what;  // one line for `harness list nemeses`
};
const std::vector<NemesisInfo>& all_nemeses();
const std::vector<NemesisInfo>& partition_shapes();  // isolate-one, halves, majorities-ring, bridge, one-way

// Every nemesis strikes for the first time after about a quarter of the interval, and draws by itself: adding one to a
// run leaves the others' faults where they were, as far as they may overlap (a node is never paused and dead at once).
// A fault lasts about half an interval, a kill a quarter until its restart, and between two faults of a kind the
// cluster has time to heal.
//
// Errors name the unknown nemesis or shape, or the setting that does not fit (a partition of one node).
tl::expected<Schedule, std::string> draw_schedule(const Settings& settings);

}  // namespace nemesis
