// The files that a run leaves beside history.jsonl: history.edn, test.edn, schedule.txt, results.json.
#pragma once

#include <filesystem>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "checkers/history.h"
#include "harness/run/settings.h"
#include "nemesis/schedule.h"

namespace harness {

// What was done when: the operations as they were invoked and the faults as they were executed. Without results, so
// that any subset of its lines is a schedule again.
std::string schedule_text(const RunSettings& settings, const checkers::History& history,
                          const std::vector<nemesis::FaultEvent>& executed);

std::string edn_text(const checkers::History& history);

// Indented JSON, for people who open the file.
std::string pretty_json(const checkers::Value& value);

}  // namespace harness
