#include <fmt/format.h>

#include "checkers/verdict.h"
#include "harness/cli/commands.h"
#include "harness/report/terminal.h"
#include "harness/run/run.h"
#include "harness/systems/system.h"
#include "nemesis/nemesis.h"
#include "workloads/workload.h"

namespace harness {

namespace {

constexpr int kNames = 26;

void entry(Terminal& terminal, std::string_view name, std::string_view what) {
  terminal.print_line("  " + terminal.paint(Colour::kBold, pad(name, kNames)) + wrap(what, 2 + kNames));
}

void list_bugs(Terminal& terminal) {
  for (const BugInfo& bug : all_bugs()) {
    entry(terminal, bug.name, bug.what);
    const std::string indent(2 + kNames, ' ');
    terminal.print_line(indent + fmt::format("caught by {}:", bug.checker));
    terminal.print_line(
        indent +
        terminal.paint(Colour::kDim, wrap(fmt::format("harness run --bug {} {}", bug.name, bug.flags), 4 + kNames)));
  }
}

}  // namespace

int list_command(const std::string& what) {
  Terminal terminal(stdout);
  if (what == "workloads") {
    for (const auto& workload : workloads::all_workloads()) entry(terminal, workload.name, workload.what);
  } else if (what == "nemeses") {
    for (const auto& nemesis : nemesis::all_nemeses()) entry(terminal, nemesis.name, nemesis.what);
    terminal.print_line("\nShapes of partitions (--partition)");
    for (const auto& shape : nemesis::partition_shapes()) entry(terminal, shape.name, shape.what);
  } else if (what == "checkers") {
    for (const auto& checker : checkers::all_checkers()) entry(terminal, checker.name, checker.promise);
  } else if (what == "bugs") {
    list_bugs(terminal);
  } else if (what == "systems") {
    for (const SystemInfo& system : all_systems()) entry(terminal, system.name, system.what);
  } else {
    return complain(kBadArguments,
                    fmt::format("cannot list \"{}\": there are workloads, nemeses, checkers, bugs, systems", what));
  }
  return 0;
}

int version_command() {
  fmt::print("DynamoCS {}\n", DYNAMOCS_VERSION);
  return 0;
}

}  // namespace harness
