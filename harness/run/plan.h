// What a run is about to do, for people: the cluster, the load, where to look inside, and the promise table.
#pragma once

#include <filesystem>
#include <vector>

#include "checkers/history.h"
#include "harness/hosts/hosts.h"
#include "harness/report/terminal.h"
#include "harness/run/settings.h"

namespace harness {

void print_plan(Terminal& terminal, const RunSettings& settings, const Hosts& hosts,
                const std::filesystem::path& directory, const std::vector<checkers::Promise>& promises);

}  // namespace harness
