#include "harness/report/proofs.h"

#include <fmt/format.h>

#include <algorithm>

#include "checkers/history_file.h"
#include "harness/run/duration.h"

namespace harness {

using checkers::Event;

namespace {

const Event* event_at(const checkers::History& history, int64_t index) {
  const auto found = std::lower_bound(history.events.begin(), history.events.end(), index,
                                      [](const Event& event, int64_t i) { return event.index < i; });
  return found != history.events.end() && found->index == index ? &*found : nullptr;
}

void print_event(Terminal& terminal, const Event& event) {
  std::string who = event.process == checkers::kNemesisProcess ? "nemesis" : fmt::format("process {}", event.process);
  std::string line = fmt::format("{:>9}  {:<12}{:<7}{}", event.index, who, to_string(event.type), event.f);
  if (!event.key.empty()) line += " of " + event.key;
  if (!event.value.is_null()) line += "  " + to_json(event.value);
  if (!event.fields.is_null()) line += "  " + to_json(event.fields);
  terminal.print_line("     " + terminal.paint(Colour::kDim, wrap(line, 35)));
}

}  // namespace

void print_proofs(Terminal& terminal, const checkers::Judgement& judgement, const checkers::History& history) {
  for (const checkers::Result& result : judgement.results) {
    int64_t number = 0;
    for (const checkers::Witness& witness : result.witnesses) {
      terminal.print_line("");
      terminal.print_line(terminal.paint(
          Colour::kBold,
          fmt::format("Proof {} of {} by {}: {}", ++number, with_commas(static_cast<int64_t>(result.witnesses.size())),
                      result.checker, witness.anomaly)));
      if (!witness.key.empty()) terminal.print_line("     key " + witness.key);
      terminal.print_line("     " + wrap(witness.explanation, 5));
      std::vector<int64_t> indices = witness.events;
      std::sort(indices.begin(), indices.end());
      for (const int64_t index : indices) {
        if (const Event* event = event_at(history, index)) print_event(terminal, *event);
      }
    }
    if (const int64_t more = result.violations - static_cast<int64_t>(result.witnesses.size());
        more > 0 && !result.witnesses.empty())
      terminal.print_line(fmt::format("\n     {} found {} more of the kind", result.checker, with_commas(more)));
  }
}

}  // namespace harness
