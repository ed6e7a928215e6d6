#include "nemesis/schedule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>

namespace nemesis {
namespace {

using Action = FaultEvent::Action;
using Words = std::vector<std::string>;

struct ActionName {
  Action action;
  std::string_view name;
  enum class Operands { kNone, kNodes, kCount, kCuts } operands;
};
using Operands = ActionName::Operands;
constexpr ActionName kActions[] = {
    {Action::kPartition, "partition", Operands::kCuts},
    {Action::kHeal, "heal", Operands::kNone},
    {Action::kKill, "kill", Operands::kNodes},
    {Action::kRestart, "restart", Operands::kNodes},
    {Action::kPause, "pause", Operands::kNodes},
    {Action::kResume, "resume", Operands::kNodes},
    {Action::kLoseDisk, "lose-disk", Operands::kNodes},
    {Action::kDropAcks, "drop-acks", Operands::kNodes},
    {Action::kPassAcks, "pass-acks", Operands::kNone},
    {Action::kKillAckers, "kill-ackers", Operands::kCount},
    {Action::kRestartAckers, "restart-ackers", Operands::kNone},
    {Action::kKillStorage, "kill-storage", Operands::kNodes},
    {Action::kLoseStorage, "lose-storage", Operands::kNodes},
    {Action::kRestartStorage, "restart-storage", Operands::kNodes},
};

Words split(std::string_view text, char separator) {
  Words parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Words words_of(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_operation(const std::string& word) {
  return word.front() == 'p' && is_number(std::string_view(word).substr(1));
}

// "@1.5s", "@1.500s", "@2s"
std::optional<Millis> parse_time(std::string_view word) {
  if (word.size() < 3 || word.front() != '@' || word.back() != 's') return std::nullopt;
  const Words parts = split(word.substr(1, word.size() - 2), '.');
  const std::string fraction = parts.size() == 2 ? parts[1] : "0";
  constexpr size_t kMostDigits = 9;  // of seconds: more than 30 years
  if (parts.size() > 2 || !is_number(parts[0]) || parts[0].size() > kMostDigits || !is_number(fraction) ||
      fraction.size() > 3) {
    return std::nullopt;
  }
  return Millis(std::stoll(parts[0]) * 1000 + std::stoll(fraction + std::string(3 - fraction.size(), '0')));
}

const ActionName* find_action(std::string_view word) {
  const auto* found =
      std::find_if(std::begin(kActions), std::end(kActions), [word](const ActionName& a) { return a.name == word; });
  return found == std::end(kActions) ? nullptr : found;
}

using Parsed = tl::expected<FaultEvent, std::string>;

// partition SHAPE [side,side|side,side] from>to …
Parsed parse_partition(FaultEvent event, const Words& words) {
  if (words.size() < 3) return tl::make_unexpected("partition: expected the name of its shape");
  event.shape = words[2];
  for (size_t i = 3; i < words.size(); ++i) {
    const Words ends = split(words[i], '>');
    if (ends.size() == 1 && i == 3) {
      for (const std::string& side : split(words[i], '|')) event.sides.push_back(split(side, ','));
    } else if (ends.size() == 2 && !ends[0].empty() && !ends[1].empty()) {
      event.cuts.push_back({ends[0], ends[1]});
    } else {
      return tl::make_unexpected(fmt::format("\"{}\" is no cut: expected from>to", words[i]));
    }
  }
  if (event.cuts.empty()) return tl::make_unexpected("a partition cuts something: expected from>to");
  return event;
}

Parsed parse_event(const Words& words) {
  FaultEvent event;
  const auto time = parse_time(words[0]);
  if (!time)
    return tl::make_unexpected(
        fmt::format("\"{}\" is no time: expected @SECONDS.MILLISECONDSs, as in @1.500s", words[0]));
  event.at = *time;
  const ActionName* action = words.size() > 1 ? find_action(words[1]) : nullptr;
  if (action == nullptr) {
    Words names;
    for (const ActionName& known : kActions) names.emplace_back(known.name);
    return tl::make_unexpected(fmt::format("{} is no action: expected one of {}, or pNUMBER for an operation",
                                           words.size() > 1 ? '"' + words[1] + '"' : "the end of the line",
                                           fmt::join(names, ", ")));
  }
  event.action = action->action;
  const Words operands(words.begin() + 2, words.end());
  switch (action->operands) {
    case Operands::kCuts:
      return parse_partition(std::move(event), words);
    case Operands::kNone:
      if (operands.empty()) return event;
      return tl::make_unexpected(
          fmt::format("{} ends what there is and names nothing: \"{}\" is too much", words[1], operands.front()));
    case Operands::kCount:
      if (operands.size() != 1 || !is_number(operands[0]) || operands[0].size() > 3) {
        return tl::make_unexpected(fmt::format("{}: expected how many nodes, at most 999", words[1]));
      }
      event.count = std::stoi(operands[0]);
      return event;
    case Operands::kNodes:
      if (operands.empty()) return tl::make_unexpected(fmt::format("{}: expected the names of nodes", words[1]));
      event.nodes = operands;
      return event;
  }
  return event;
}

}  // namespace

std::string_view to_string(Action action) {
  for (const ActionName& known : kActions) {
    if (known.action == action) return known.name;
  }
  return "";
}

std::string to_line(const FaultEvent& event) {
  std::string line =
      fmt::format("@{}.{:03}s {}", event.at.count() / 1000, event.at.count() % 1000, to_string(event.action));
  if (event.action == Action::kPartition) {
    line += ' ' + event.shape;
    Words sides;
    for (const Words& side : event.sides) sides.push_back(fmt::format("{}", fmt::join(side, ",")));
    if (!sides.empty()) line += fmt::format(" {}", fmt::join(sides, "|"));
    for (const Cut& cut : event.cuts) line += fmt::format(" {}>{}", cut.from, cut.to);
  } else {
    for (const std::string& node : event.nodes) line += ' ' + node;
    if (event.action == Action::kKillAckers) line += fmt::format(" {}", event.count);
  }
  return line;
}

tl::expected<Schedule, std::string> parse_schedule(std::string_view text) {
  Schedule schedule;
  int number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    const Words words = words_of(line);
    if (words.empty() || words[0].front() == '#') continue;
    if (words.size() > 1 && is_operation(words[1]) && parse_time(words[0])) continue;
    Parsed event = parse_event(words);
    if (!event) return tl::make_unexpected(fmt::format("line {}: {}", number, event.error()));
    schedule.faults.push_back(std::move(*event));
  }
  std::stable_sort(schedule.faults.begin(), schedule.faults.end(),
                   [](const FaultEvent& a, const FaultEvent& b) { return a.at < b.at; });
  return schedule;
}

}  // namespace nemesis
