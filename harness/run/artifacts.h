// The files that a run leaves beside history.jsonl: history.edn, test.edn, schedule.txt, results.json.
#pragma once

#include <filesystem>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "checkers/history.h"
#include "harness/run/loop.h"
#include "harness/run/settings.h"
#include "nemesis/schedule.h"

namespace harness {

// What results.json says of the run itself, beside the judgement.
struct RunFacts {
  std::string command;  // that repeats it
  uint64_t seed = 0;
  std::filesystem::path directory;
  std::string hosts;                        // LocalHosts::describe
  bool complete = false;                    // every phase was gone through
  std::string interrupted_by;               // a signal, or empty
  std::chrono::nanoseconds set_up{0};       // from the start of the process to the first operation
  SteadyClock::time_point first_operation;  // for whoever started the process and has the same clock
  std::chrono::nanoseconds main_length{0};
  int64_t operations = 0;  // completed within the main phase
  int64_t events = 0;
  std::chrono::nanoseconds lateness{0};
  std::string trace_hash;  // of a simulated run
};
checkers::Value to_value(const RunFacts& facts);

// What was done when: the operations as they were sent, and the lines of the schedule of faults that were begun.
// Without results, so that any subset of its lines is a schedule again (docs/schedule.md).
nemesis::Schedule executed_schedule(const RunSettings& settings, const checkers::History& history,
                                    const std::vector<nemesis::FaultEvent>& executed);

// All of them. The error names the file and the reason.
tl::expected<void, std::string> write_artifacts(const std::filesystem::path& directory, const RunSettings& settings,
                                                const checkers::History& history,
                                                const std::vector<nemesis::FaultEvent>& executed,
                                                const std::string& results);

// Indented JSON, for people who open the file.
std::string pretty_json(const checkers::Value& value);

}  // namespace harness
