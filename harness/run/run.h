// One run, from nothing to a verdict:
//
//   set up → start nodes → main phase (operations and faults) → heal → wait until quiet → dump → final reads → dump →
//   kill all, restart, dump → stop → judge → store
//
// Whatever happens on the way, when `run` returns no node, namespace or rule is left.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "checkers/verdict.h"
#include "harness/report/terminal.h"
#include "harness/run/loop.h"
#include "harness/run/settings.h"
#include "harness/systems/system.h"

namespace harness {

// Exit codes of the program (checkers::exit_code gives 0 valid, 1 invalid, 2 unknown).
inline constexpr int kBadArguments = 254;
inline constexpr int kHarnessFailed = 255;

struct RunError {
  int exit_code = kHarnessFailed;
  std::string message;
};

struct RunResult {
  checkers::Verdict verdict = checkers::Verdict::kUnknown;
  std::string json;  // what results.json holds
};

// The calling process must have one thread, and Signals must be installed. `settings` are validated and have a seed.
// `began`: when this process started, for the set-up time. Everything for people goes to `terminal`.
tl::expected<RunResult, RunError> run(const RunSettings& settings, const System& system, Terminal& terminal,
                                      SteadyClock::time_point began);

}  // namespace harness
