// A fuzzing campaign: seeds one after another in several processes, failures by class, and each class shrunk.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "harness/fuzz/play.h"
#include "harness/fuzz/shrink.h"
#include "harness/fuzz/swarm.h"

namespace harness {

struct CampaignSettings {
  SwarmFrame frame;
  uint64_t first_seed = 1;
  int64_t runs = 0;                               // seeds to try; 0: until the time is up
  std::chrono::milliseconds time{0};              // to search; 0: until the seeds are tried
  int jobs = 1;                                   // processes
  bool first_only = false;                        // the first failure ends the search
  std::filesystem::path directory;                // each class gets a folder here; empty: nothing is written
  std::chrono::milliseconds shrink_time{30'000};  // of one class; 0: nothing is shrunk
};

struct Smallest {
  nemesis::Schedule schedule;  // with a header that `harness run --schedule` reads
  size_t lines_before = 0;
  size_t lines_after = 0;
  int runs = 0;
  std::chrono::nanoseconds time{0};
};

struct FoundClass {
  FailureClass failure;
  int64_t seeds = 0;  // that failed so
  uint64_t first_seed = 0;
  int64_t found_after = 0;  // seeds tried until then, this one included
  std::optional<Smallest> smallest;
  std::string problem;  // why it was not shrunk
  std::filesystem::path folder;
};

struct CampaignState {
  int64_t seeds = 0;
  int64_t failed_seeds = 0;
  std::chrono::nanoseconds virtual_time{0};
  uint64_t events = 0;
  std::chrono::nanoseconds search_time{0};
  std::vector<FoundClass> found;  // in the order in which they were found
  std::string error;              // of the harness; empty: none
  bool interrupted = false;
};

// `progress`: told several times a second; `shrinking`: the class that is shrunk now, or null.
using CampaignProgress = std::function<void(const CampaignState& state, const FoundClass* shrinking)>;

// The calling process must have one thread. Interrupted (Signals), it returns what was found until then.
CampaignState run_campaign(const CampaignSettings& settings, const System& system, const CampaignProgress& progress);

// Plays a run that fails, and shrinks it to its class (none: the first in which it fails). The error says why that is
// not possible. `directory`: where the small run is kept; empty: nowhere.
struct ShrinkResult {
  FailureClass failure;
  Smallest smallest;
  std::string explanation;  // of the small run's first witness in that class
};
tl::expected<ShrinkResult, std::string> shrink_run(const RunSettings& failing, const System& system,
                                                   std::optional<FailureClass> failure, ShrinkOptions options,
                                                   const std::filesystem::path& directory,
                                                   const std::function<void(const Shrunk&)>& progress);

}  // namespace harness
