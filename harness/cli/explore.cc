// harness explore.
#include <fmt/format.h>

#include "harness/cli/commands.h"
#include "harness/explore/explore.h"
#include "harness/report/terminal.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"

namespace harness {

int explore_command(const ExploreFlags& flags) {
  ExploreSettings settings;
  settings.nodes = flags.nodes;
  settings.operations = flags.operations;
  settings.crashes = flags.crashes;
  settings.most_states = flags.states;
  bool known = flags.bug.empty();
  for (const node::BugName& bug : node::all_bugs()) {
    if (bug.name != flags.bug) continue;
    settings.bug = bug.bug;
    known = true;
  }
  if (!known)
    return complain(kBadArguments, fmt::format("unknown bug \"{}\"; harness list bugs shows them", flags.bug));
  const Explored explored = explore(settings);
  Terminal terminal(stdout);
  const std::string states = with_commas(static_cast<int64_t>(explored.states));
  if (explored.violation.empty()) {
    terminal.print_line(
        explored.complete
            ? fmt::format("  ✓ {} states, which are all that these operations can lead to: nothing is wrong "
                          "in any",
                          states)
            : fmt::format("  {} states, and nothing is wrong in them; there are more (--states)", states));
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
