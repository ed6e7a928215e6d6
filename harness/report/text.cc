#include "harness/report/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/report/operations_table.h"
#include "harness/run/duration.h"

namespace harness {

using checkers::Promise;
using checkers::Verdict;

namespace {

constexpr int kNameColumn = 13;     // names of checkers and facts
constexpr int kVerdictColumn = 12;  // "✗ INVALID"

struct Look {
  std::string_view mark;
  std::string_view word;
  Colour colour;
};

Look look_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kValid:
      return {"✓", "valid", Colour::kGreen};
    case Verdict::kInvalid:
      return {"✗", "INVALID", Colour::kRed};
    case Verdict::kUnknown:
      return {"?", "unknown", Colour::kYellow};
    case Verdict::kReported:
      return {"·", "reported", Colour::kDim};
  }
  return {};
}

Look look_of(Promise::Status status) {
  switch (status) {
    case Promise::Status::kPromised:
      return {"", "promised", Colour::kGreen};
    case Promise::Status::kExpected:
      return {"", "expected", Colour::kYellow};
    case Promise::Status::kNotJudged:
      return {"", "not judged", Colour::kDim};
  }
  return {};
}

void heading(Terminal& terminal, std::string_view text) {
  terminal.print_line("");
  terminal.print_line(terminal.paint(Colour::kBold, text));
}

std::string evidence_text(const std::vector<checkers::Evidence>& evidence) {
  std::vector<std::string> parts;
  for (const auto& item : evidence) parts.push_back(fmt::format("{} {}", with_commas(item.count), item.what));
  return fmt::format("{}", fmt::join(parts, " · "));
}

void print_result(Terminal& terminal, const checkers::Result& result) {
  const int indent = 2 + kVerdictColumn + kNameColumn;
  Look look = look_of(result.verdict);
  std::string label = pad(fmt::format("{} {}", look.mark, look.word), kVerdictColumn);
  std::string name = pad(result.checker, kNameColumn);
  if (name.back() != ' ') name += ' ';  // a long one
  const int beyond = width_of(name) - kNameColumn;
  terminal.print_line("  " + terminal.paint(look.colour, label) + name +
                      wrap(result.summary, indent, Terminal::kTextColumns - beyond));
  std::string evidence = evidence_text(result.evidence);
  if (!evidence.empty()) {
    terminal.print_line(std::string(static_cast<size_t>(indent), ' ') +
                        terminal.paint(Colour::kDim, wrap(evidence, indent)));
  }
}

std::string where(const checkers::Witness& witness) {
  std::vector<std::string> parts;
  if (!witness.key.empty()) parts.push_back("key " + witness.key);
  if (!witness.replicas.empty()) parts.push_back(fmt::format("replicas {}", fmt::join(witness.replicas, " ")));
  if (!witness.events.empty()) parts.push_back(fmt::format("events {}", fmt::join(witness.events, ", ")));
  return fmt::format("{}", fmt::join(parts, " · "));
}

void print_witnesses(Terminal& terminal, const checkers::Result& result) {
  const bool invalid = result.verdict == Verdict::kInvalid;
  if (result.witnesses.empty()) return;
  heading(terminal, fmt::format("{} {}", result.checker, invalid ? "is violated" : "saw, without judging it"));
  if (!result.promise.empty())
    terminal.print_line("  " + terminal.paint(Colour::kDim, wrap("promise: " + result.promise, 2)));
  int number = 0;
  for (const checkers::Witness& witness : result.witnesses) {
    terminal.print_line("");
    terminal.print_line(fmt::format("  {}. ", ++number) +
                        terminal.paint(invalid ? Colour::kRed : Colour::kYellow, witness.anomaly) + "  " +
                        wrap(where(witness), 5, Terminal::kTextColumns - 5 - width_of(witness.anomaly)));
    terminal.print_line("     " + wrap(witness.explanation, 5));
  }
  int64_t more = result.violations - static_cast<int64_t>(result.witnesses.size());
  if (more > 0) terminal.print_line(fmt::format("\n  and {} more, which were only counted", with_commas(more)));
}

}  // namespace

void print_facts(Terminal& terminal, const std::vector<Fact>& facts) {
  for (const Fact& fact : facts) {
    if (fact.value.empty()) continue;
    terminal.print_line("  " + terminal.paint(Colour::kDim, pad(fact.name, kNameColumn)) +
                        wrap(fact.value, 2 + kNameColumn));
  }
}

void print_promises(Terminal& terminal, const std::vector<Promise>& promises) {
  heading(terminal, "What this run promises");
  for (const Promise& promise : promises) {
    Look look = look_of(promise.status);
    terminal.print_line("  " + terminal.paint(look.colour, pad(look.word, kVerdictColumn)) +
                        pad(promise.checker, kNameColumn) + wrap(promise.text, 2 + kVerdictColumn + kNameColumn));
  }
}

void print_judgement(Terminal& terminal, const checkers::Judgement& judgement, const std::vector<std::string>& notes) {
  heading(terminal, "Verdict");
  for (const checkers::Result& result : judgement.results) {
    const bool in_table = (result.checker == "stats" || result.checker == "availability") &&
                          result.verdict == Verdict::kReported && !result.details.map().empty();
    if (!in_table) print_result(terminal, result);
  }
  print_operations_table(terminal, judgement);
  // What was merely reported needs its story only if nothing worse has to be told.
  const bool any_invalid = judgement.verdict == Verdict::kInvalid;
  for (const checkers::Result& result : judgement.results) {
    if (result.verdict == Verdict::kInvalid || (!any_invalid && result.verdict == Verdict::kUnknown))
      print_witnesses(terminal, result);
  }
  Look look = look_of(judgement.verdict);
  std::string_view meaning = judgement.verdict == Verdict::kValid     ? "no violation of what was promised was found"
                             : judgement.verdict == Verdict::kInvalid ? "a promise was broken; the proof is above"
                                                                      : "not enough was seen for a verdict";
  terminal.print_line("");
  terminal.print_line("  " + terminal.paint(look.colour, fmt::format("{} {}", look.mark, look.word)) + "  " +
                      std::string(meaning));
  for (const std::string& note : notes) terminal.print_line("  " + terminal.paint(Colour::kYellow, wrap(note, 2)));
}

}  // namespace harness
