#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "checkers/history_file.h"
#include "harness/cli/check_flags.h"
#include "harness/cli/commands.h"
#include "harness/report/check_progress.h"
#include "harness/run/duration.h"
#include "harness/run/run.h"
#include "harness/run/signals.h"

namespace harness {

namespace {

using checkers::Event;
using checkers::EventType;
using checkers::History;

bool told_nothing(const History& history, const Event& event) {
  return history.null_reads_tell_nothing && event.type == EventType::kOk && event.f == "read" && event.value.is_null();
}

void write_edn(std::ostream& out, const History& history) {
  for (const Event& event : history.events) out << checkers::to_edn(event, history.keys);
}

// In history.jsonl a read of null is one of no value. What Knossos means by it, nothing learnt, is a failed read there.
void write_json_lines(std::ostream& out, const History& history) {
  if (!history.test.workload.empty()) out << checkers::to_line(history.test);
  checkers::Nanos latest = checkers::Nanos::min();
  for (Event event : history.events) {
    if (told_nothing(history, event)) event.type = EventType::kFail;
    event.time = latest = std::max(latest, event.time);  // there one clock stamps all, and it never runs backwards
    out << checkers::to_line(event);
  }
}

// What the other format has no word for.
std::vector<std::string> left_behind(const History& history, const std::string& to) {
  std::vector<std::string> notes = history.notes;
  int64_t null_reads = 0;
  for (const Event& event : history.events)
    null_reads += event.type == EventType::kOk && event.f == "read" && event.value.is_null();
  const int64_t records =
      static_cast<int64_t>(history.dumps.size() + history.polls.size() + history.phases.size() + history.exits.size());
  if (records > 0)
    notes.push_back(fmt::format("{} phases, dumps, polls and ends of nodes are left out: only operations are written",
                                with_commas(records)));
  if (to == "edn" && null_reads > 0 && !history.null_reads_tell_nothing)
    notes.push_back(fmt::format("{} reads of no value become nil, which Knossos takes for a read that told nothing",
                                with_commas(null_reads)));
  if (to == "jsonl" && null_reads > 0 && history.null_reads_tell_nothing)
    notes.push_back(fmt::format("{} reads of nil told nothing: they are written as failed", with_commas(null_reads)));
  return notes;
}

}  // namespace

int convert_command(const ConvertFlags& flags) {
  if (flags.to != "edn" && flags.to != "jsonl")
    return complain(kBadArguments, fmt::format("cannot convert to \"{}\": there are edn and jsonl", flags.to));
  const Signals signals;
  Workers workers(0);
  Terminal terminal(stderr);
  CheckProgress progress(terminal);
  const auto source =
      read_source(flags.history, flags.format.value_or(""), flags.per_key, workers,
                  [&progress](std::string_view what, size_t done, size_t of) { progress.update(what, done, of); });
  progress.clear();
  if (!source) {
    const auto& [why, reason] = source.error();
    return complain(why == Unreadable::kInterrupted ? 2 : kBadArguments, reason);
  }
  std::ofstream file;
  if (flags.output) {
    file.open(*flags.output, std::ios::binary | std::ios::trunc);
    if (!file)
      return complain(kBadArguments,
                      fmt::format("cannot write {}: {}", *flags.output, std::generic_category().message(errno)));
  }
  std::ostream& out = flags.output ? file : std::cout;
  flags.to == "edn" ? write_edn(out, source->history) : write_json_lines(out, source->history);
  out.flush();
  for (const std::string& note : left_behind(source->history, flags.to)) fmt::print(stderr, "note: {}\n", note);
  return out ? 0 : complain(kHarnessFailed, fmt::format("could not write all of {}", flags.output.value_or("it")));
}

}  // namespace harness
