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
  enum class Operands { kNone, kNodes, kCount, kCuts, kNumberAndNodes, kNetwork, kLinks } operands;
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
    {Action::kJoin, "join", Operands::kNodes},
    {Action::kLeave, "leave", Operands::kNodes},
    {Action::kRemove, "remove", Operands::kNodes},
    {Action::kBadNetwork, "bad-network", Operands::kNetwork},
    {Action::kGoodNetwork, "good-network", Operands::kNone},
    {Action::kSlowLinks, "slow-links", Operands::kLinks},
    {Action::kFastLinks, "fast-links", Operands::kNone},
    {Action::kSkewClock, "skew-clock", Operands::kNumberAndNodes},
    {Action::kDriftClock, "drift-clock", Operands::kNumberAndNodes},
    {Action::kTrueClock, "true-clock", Operands::kNodes},
    {Action::kSlowDisk, "slow-disk", Operands::kNodes},
    {Action::kHangDisk, "hang-disk", Operands::kNodes},
    {Action::kFailDisk, "fail-disk", Operands::kNodes},
    {Action::kTearDisk, "tear-disk", Operands::kNodes},
    {Action::kGoodDisk, "good-disk", Operands::kNodes},
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

bool is_client(const std::string& word) {
  constexpr size_t kMostDigits = 9;
  return word.front() == 'p' && word.size() <= 1 + kMostDigits && is_number(std::string_view(word).substr(1));
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

std::string time_word(Millis at) { return fmt::format("@{}.{:03}s", at.count() / 1000, at.count() % 1000); }

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

// Error: "LINE: expected WHAT".
tl::unexpected<std::string> expected(const std::string& action, std::string_view what) {
  return tl::unexpected(fmt::format("{}: expected {}", action, what));
}

// A whole number between these.
std::optional<int> parse_int(std::string_view word, int least, int most) {
  int number = 0;
  const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || rest != word.data() + word.size() || number < least || number > most) return {};
  return number;
}

// bad-network LOST DOUBLED [disordered]
Parsed parse_network(FaultEvent event, Words operands) {
  event.disordered = operands.size() == 3 && operands.back() == "disordered";
  if (event.disordered) operands.pop_back();
  const auto lost = operands.size() == 2 ? parse_int(operands[0], 0, 100) : std::nullopt;
  const auto doubled = operands.size() == 2 ? parse_int(operands[1], 0, 100) : std::nullopt;
  if (!lost || !doubled) return expected("bad-network", "LOST and DOUBLED in percent, and perhaps disordered");
  event.count = *lost;
  event.doubled = *doubled;
  return event;
}

// slow-links MILLISECONDS from>to …
Parsed parse_links(FaultEvent event, const Words& operands) {
  constexpr int kLongest = 10'000;
  const auto by = operands.size() > 1 ? parse_int(operands[0], 1, kLongest) : std::nullopt;
  if (!by) return expected("slow-links", "MILLISECONDS, at most 10000, and from>to …");
  event.count = *by;
  for (auto link = operands.begin() + 1; link != operands.end(); ++link) {
    const Words ends = split(*link, '>');
    if (ends.size() != 2 || ends[0].empty() || ends[1].empty()) {
      return tl::make_unexpected(fmt::format("\"{}\" is no link: expected from>to", *link));
    }
    event.cuts.push_back({ends[0], ends[1]});
  }
  return event;
}

// skew-clock MILLISECONDS node …; drift-clock MILLIONTHS node …
Parsed parse_number_and_nodes(FaultEvent event, const Words& words) {
  const bool drift = event.action == Action::kDriftClock;
  const int most = drift ? 500'000 : 86'400'000;
  const auto number = words.size() > 3 ? parse_int(words[2], -most, most) : std::nullopt;
  if (!number) {
    return expected(words[1],
                    fmt::format("{}, at most {}, and the names of nodes", drift ? "MILLIONTHS" : "MILLISECONDS", most));
  }
  event.count = *number;
  event.nodes.assign(words.begin() + 3, words.end());
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
    case Operands::kNetwork:
      return parse_network(std::move(event), operands);
    case Operands::kLinks:
      return parse_links(std::move(event), operands);
    case Operands::kNumberAndNodes:
      return parse_number_and_nodes(std::move(event), words);
    case Operands::kNodes:
      if (operands.empty()) return tl::make_unexpected(fmt::format("{}: expected the names of nodes", words[1]));
      event.nodes = operands;
      return event;
  }
  return event;
}

// @TIME pCLIENT OPERATION … [via NODE]
tl::expected<OperationEvent, std::string> parse_operation_event(Millis at, Words words) {
  OperationEvent event;
  event.at = at;
  event.client = std::stoi(words[1].substr(1));
  if (words.size() > 4 && words[words.size() - 2] == "via") {
    event.node = words.back();
    words.resize(words.size() - 2);
  }
  words.erase(words.begin(), words.begin() + 2);
  auto operation = workloads::parse_operation(words);
  if (!operation) return tl::make_unexpected(operation.error());
  event.operation = std::move(*operation);
  return event;
}

}  // namespace

std::string_view to_string(Action action) {
  for (const ActionName& known : kActions) {
    if (known.action == action) return known.name;
  }
  return "";
}

bool only_simulated(Action action) { return action >= Action::kBadNetwork; }
bool changes_members(Action action) {
  return action == Action::kJoin || action == Action::kLeave || action == Action::kRemove;
}

std::string to_line(const FaultEvent& event) {
  std::string line = fmt::format("{} {}", time_word(event.at), to_string(event.action));
  const auto* action = find_action(to_string(event.action));
  switch (action->operands) {
    case Operands::kCuts: {
      line += ' ' + event.shape;
      Words sides;
      for (const Words& side : event.sides) sides.push_back(fmt::format("{}", fmt::join(side, ",")));
      if (!sides.empty()) line += fmt::format(" {}", fmt::join(sides, "|"));
      break;
    }
    case Operands::kNetwork:
      line += fmt::format(" {} {}{}", event.count, event.doubled, event.disordered ? " disordered" : "");
      break;
    case Operands::kCount:
    case Operands::kLinks:
    case Operands::kNumberAndNodes:
      line += fmt::format(" {}", event.count);
      break;
    case Operands::kNone:
    case Operands::kNodes:
      break;
  }
  for (const Cut& cut : event.cuts) line += fmt::format(" {}>{}", cut.from, cut.to);
  for (const std::string& node : event.nodes) line += ' ' + node;
  return line;
}

std::string to_line(const OperationEvent& event) {
  std::string line = fmt::format("{} p{} {}", time_word(event.at), event.client, workloads::to_words(event.operation));
  return event.node.empty() ? line : line + " via " + event.node;
}

std::string to_text(const Schedule& schedule) {
  std::string text;
  if (!schedule.header.empty()) text += "# " + schedule.header + "\n";
  auto fault = schedule.faults.begin();
  for (const OperationEvent& operation : schedule.operations) {
    for (; fault != schedule.faults.end() && fault->at <= operation.at; ++fault) text += to_line(*fault) + "\n";
    text += to_line(operation) + "\n";
  }
  for (; fault != schedule.faults.end(); ++fault) text += to_line(*fault) + "\n";
  return text;
}

tl::expected<Schedule, std::string> parse_schedule(std::string_view text) {
  Schedule schedule;
  int number = 0;
  const auto at_line = [&number](const std::string& error) {
    return tl::make_unexpected(fmt::format("line {}: {}", number, error));
  };
  for (const std::string& line : split(text, '\n')) {
    ++number;
    const Words words = words_of(line);
    if (words.empty()) continue;
    if (words[0].front() == '#') {
      if (schedule.header.empty()) schedule.header = fmt::format("{}", fmt::join(words.begin() + 1, words.end(), " "));
      continue;
    }
    const auto time = parse_time(words[0]);
    if (time && words.size() > 1 && is_client(words[1])) {
      auto event = parse_operation_event(*time, words);
      if (!event) return at_line(event.error());
      schedule.operations.push_back(std::move(*event));
      continue;
    }
    Parsed event = parse_event(words);
    if (!event) return at_line(event.error());
    schedule.faults.push_back(std::move(*event));
  }
  const auto earlier = [](const auto& a, const auto& b) { return a.at < b.at; };
  std::stable_sort(schedule.faults.begin(), schedule.faults.end(), earlier);
  std::stable_sort(schedule.operations.begin(), schedule.operations.end(), earlier);
  return schedule;
}

}  // namespace nemesis
