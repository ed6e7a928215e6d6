// harness fuzz reconcile.
#include <fmt/format.h>

#include <sstream>

#include "harness/cli/commands.h"
#include "harness/reconcile/search.h"
#include "harness/report/terminal.h"
#include "harness/run/run.h"
#include "harness/run/signals.h"

namespace harness {

int reconcile_command(const ReconcileFlags& flags) {
  Signals signals;  // a program that ends must not end us by SIGPIPE
  std::vector<std::string> argv;
  std::istringstream words(flags.reconciler);
  for (std::string word; words >> word;) argv.push_back(word);
  std::unique_ptr<Reconciler> reconciler = make_node_reconciler();
  if (!argv.empty()) {
    auto program = make_program_reconciler(argv);
    if (!program) return complain(kBadArguments, "--reconciler: " + program.error());
    reconciler = std::move(*program);
  }
  Terminal terminal(stdout);
  const std::string who = argv.empty() ? "the node's own reconciliation" : argv[0];
  bool known = false;
  bool right = true;
  for (const Kind kind : kKinds) {
    if (flags.kind != "all" && flags.kind != name_of(kind)) continue;
    known = true;
    const std::string story = search_history(
        *reconciler, kind, {.histories = flags.histories, .seed = flags.seed, .replicas = flags.replicas});
    if (story.empty()) {
      terminal.print_line(fmt::format("  {} {}: {} histories of {} replicas, all as the causal model says",
                                      terminal.paint(Colour::kGreen, "✓"), name_of(kind), flags.histories,
                                      flags.replicas));
      continue;
    }
    right = false;
    terminal.print_line(
        fmt::format("  {} {}: {} goes wrong in this history", terminal.paint(Colour::kRed, "✗"), name_of(kind), who));
    std::istringstream lines(story);
    for (std::string line; std::getline(lines, line);) terminal.print_line("      " + wrap(line, 8));
    if (Signals::interrupted()) break;
  }
  if (!known)
    return complain(kBadArguments, fmt::format("--kind \"{}\": there are values, cart, counter, all", flags.kind));
  return right ? 0 : 1;
}

}  // namespace harness
