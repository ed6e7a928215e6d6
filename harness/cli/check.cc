#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "checkers/verdict.h"
#include "harness/cli/check_flags.h"
#include "harness/cli/commands.h"
#include "harness/report/check_progress.h"
#include "harness/report/proofs.h"
#include "harness/report/text.h"
#include "harness/run/artifacts.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"
#include "harness/run/signals.h"

namespace harness {

namespace {

constexpr int kUnknown = 2;

// What is judged, as what, and who says so.
void print_subject(Terminal& terminal, const Source& source, const checkers::Judgement& judgement,
                   const CheckFlags& flags, std::chrono::nanoseconds reading, std::chrono::nanoseconds judging) {
  const checkers::History& history = source.history;
  std::set<std::string_view> keys;
  for (const checkers::Event& event : history.events) {
    if (event.process != checkers::kNemesisProcess) keys.insert(event.key);
  }
  std::vector<Fact> facts = {
      {"history", fmt::format("{}, {} lines of operations, {} key{}", source.name,
                              with_commas(static_cast<int64_t>(history.events.size())),
                              with_commas(static_cast<int64_t>(keys.size())), keys.size() == 1 ? "" : "s")}};
  facts.push_back({"took", fmt::format("{} to read it, {} to judge it", to_text(reading), to_text(judging))});
  std::vector<std::string_view> ran;
  for (const checkers::Result& result : judgement.results) ran.push_back(result.checker);
  if (history.test.workload.empty()) {
    const checkers::Subject& subject = judgement.subject;
    facts.push_back({"judged as", subject.name.empty() ? fmt::format("nothing that is known here: {}", subject.why)
                                                       : fmt::format("{}: {}", subject.name, subject.why)});
    if (flags.checkers.empty())
      facts.push_back({"checkers", fmt::format("{} ({}; others with --checker)", fmt::join(ran, ", "),
                                               subject.name.empty() ? "figures only" : "those that fit")});
  }
  print_facts(terminal, facts);
}

}  // namespace

int check_command(const CheckFlags& flags) {
  const Signals signals;
  Workers workers(static_cast<size_t>(flags.threads.value_or(0)));
  auto how = judging_of(flags, workers);
  if (!how) return complain(kBadArguments, how.error());
  Terminal progress_terminal(stderr);
  CheckProgress progress(progress_terminal);
  how->progress = [&progress](std::string_view what, size_t done, size_t of) { progress.update(what, done, of); };
  const auto began = SteadyClock::now();
  const auto source = read_source(flags.history, flags.format.value_or(""), flags.per_key, workers, how->progress);
  if (!source) {
    progress.clear();
    const auto& [why, reason] = source.error();
    return complain(why == Unreadable::kInterrupted ? kUnknown : kBadArguments, reason);
  }

  const auto read = SteadyClock::now();
  checkers::Judgement judgement = checkers::judge(source->history, *how);
  const auto judged = SteadyClock::now();
  progress.clear();

  std::vector<std::string> notes = source->history.notes;
  int exit_code = checkers::exit_code(judgement.verdict);
  if (Signals::interrupted()) {
    notes.push_back(fmt::format("interrupted by {}: this is what was known by then", Signals::name()));
    if (judgement.verdict != checkers::Verdict::kInvalid) exit_code = kUnknown;
  }
  Terminal terminal(flags.json ? stderr : stdout);
  print_subject(terminal, *source, judgement, flags, read - began, judged - read);
  if (!source->history.test.promises.empty()) print_promises(terminal, source->history.test.promises);
  if (flags.json) std::cout << pretty_json(checkers::to_value(judgement)) << std::flush;
  if (flags.explain) {
    print_proofs(terminal, judgement, source->history);
    for (checkers::Result& result : judgement.results) result.witnesses.clear();  // they are told
  }
  print_judgement(terminal, judgement, notes);
  return exit_code;
}

}  // namespace harness
