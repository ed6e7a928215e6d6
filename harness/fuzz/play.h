// One simulated run in memory, without store or report: what fuzzing and shrinking do thousands of times.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "checkers/history.h"
#include "checkers/verdict.h"
#include "harness/run/settings.h"
#include "harness/systems/system.h"
#include "nemesis/schedule.h"

namespace harness {

// A kind of failure: which checker said it, and which anomaly it named. Two runs that fail in the same class are taken
// to show the same bug.
struct FailureClass {
  std::string checker;
  std::string anomaly;
  friend auto operator<=>(const FailureClass&, const FailureClass&) = default;
};
// Adds those of a checker that said invalid: one for each anomaly, or "violation" where it named none.
void add_classes(std::set<FailureClass>& classes, const std::string& checker,
                 const std::vector<std::string>& anomalies);
std::string to_text(const FailureClass& failure);    // "cart: lost addition"
std::string to_folder(const FailureClass& failure);  // "cart-lost-addition"

struct Played {
  std::vector<FailureClass> failures;  // in order, each once; empty: none found
  checkers::Judgement judgement;
  checkers::History history;
  nemesis::Schedule schedule;  // as executed: a run of it is the same run
  uint64_t trace_hash = 0;
  uint64_t events = 0;                       // steps of nodes
  std::chrono::nanoseconds virtual_time{0};  // of the whole run
};

struct PlayOptions {
  std::string only = {};                    // judge by this checker alone; empty: by all that fit
  std::filesystem::path history_file = {};  // write the history there, too; empty: nowhere
};

// `settings` are valid and simulated. The error is the harness's own, or that the run was interrupted.
tl::expected<Played, std::string> play(const RunSettings& settings, const System& system,
                                       const PlayOptions& options = {});

}  // namespace harness
