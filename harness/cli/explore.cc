// harness explore.
#include <fmt/format.h>

#include <algorithm>

#include "harness/cli/commands.h"
#include "harness/explore/explore.h"
#include "harness/report/terminal.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"
#include "harness/run/signals.h"

namespace harness {

namespace {

constexpr size_t kManyStates = 200'000;
constexpr size_t kFewStates = 3'000;  // of each case, for a table of all bugs

std::string counted(size_t number) { return with_commas(static_cast<int64_t>(number)); }

std::string none(node::Bug bug) {
  const std::string_view why = why_not_shown(bug);
  return why.empty() ? "none in this space" : fmt::format("none: {}", why);
}

// Of each bug the first case that shows it: in the order of their size, so that it is a small one.
int explore_all(size_t most_states, Terminal& terminal) {
  constexpr const char* kRow = "  {:<25} {:>9} {:>6} {:>7}  {}";
  terminal.print_line(fmt::format(kRow, "bug", "states", "depth", "events", "the case that shows it"));
  bool stopped = false;
  for (const node::BugName& bug : node::all_bugs()) {
    size_t states = 0, depth = 0;
    const ExploreSettings* shown_by = nullptr;
    Explored explored;
    for (const ExploreSettings& each : tiny_cases()) {
      if (Signals::interrupted()) return 2;
      ExploreSettings settings = each;
      settings.bug = bug.bug;
      settings.most_states = most_states;
      explored = explore(settings);
      states += explored.states;
      depth = std::max(depth, explored.depth);
      stopped = stopped || (explored.violation.empty() && !explored.complete);
      if (explored.violation.empty()) continue;
      shown_by = &each;
      break;
    }
    terminal.print_line(shown_by == nullptr ? fmt::format(kRow, bug.name, counted(states), depth, "", none(bug.bug))
                                            : fmt::format(kRow, bug.name, counted(states), explored.depth,
                                                          explored.events, to_text(*shown_by)));
  }
  terminal.print_line("");
  terminal.print_line("  " +
                      wrap(fmt::format("states: seen in all cases until then; depth: steps of the shortest way to "
                                       "the violation, or that were looked at to their end; events: operations "
                                       "and faults among them{}",
                                       stopped ? fmt::format("; where nothing was found, {} states of a case "
                                                             "at most (--states)",
                                                             counted(most_states))
                                               : ""),
                           2));
  return 0;
}

}  // namespace

int explore_command(const ExploreFlags& flags) {
  Signals signals;
  Terminal terminal(stdout);
  if (flags.bug == "all") return explore_all(flags.states.value_or(kFewStates), terminal);
  ExploreSettings settings;
  settings.workload = flags.workload;
  settings.nodes = flags.nodes;
  settings.most_states = flags.states.value_or(kManyStates);
  const auto script = parse_script(flags.script, flags.nodes);
  if (!script) return complain(kBadArguments, "--script " + script.error());
  settings.script = *script;
  const auto fault = parse_fault(flags.fault);
  if (!fault) return complain(kBadArguments, fault.error());
  settings.fault = *fault;
  if (auto valid = validate(settings); !valid) return complain(kBadArguments, valid.error());
  bool known = flags.bug.empty();
  for (const node::BugName& bug : node::all_bugs()) {
    if (bug.name != flags.bug) continue;
    settings.bug = bug.bug;
    known = true;
  }
  if (!known) {
    return complain(kBadArguments,
                    fmt::format("unknown bug \"{}\"; harness list bugs shows them, all is all of them", flags.bug));
  }
  const Explored explored = explore(settings);
  const std::string states = counted(explored.states);
  if (explored.violation.empty()) {
    terminal.print_line(explored.complete
                            ? fmt::format("  ✓ {} states, which are all that {} can lead to: nothing is wrong in any",
                                          states, to_text(settings))
                            : fmt::format("  {} states of {}, and nothing is wrong in them; there are more (--states)",
                                          states, to_text(settings)));
    return explored.complete ? 0 : 2;
  }
  terminal.print_line(
      fmt::format("  ✗ after {} steps, the fewest there can be ({} states seen):", explored.steps.size(), states));
  for (size_t i = 0; i < explored.steps.size(); ++i) {
    terminal.print_line(fmt::format("    {:>2}  {}", i + 1, explored.steps[i]));
  }
  terminal.print_line("        " + wrap("then " + explored.violation, 8));
  return 1;
}

}  // namespace harness
