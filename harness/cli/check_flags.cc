#include "harness/cli/check_flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "checkers/formats/edn.h"
#include "checkers/formats/json.h"
#include "checkers/verdict.h"
#include "harness/cli/comma_list.h"
#include "harness/run/duration.h"
#include "harness/run/event_loop.h"
#include "harness/run/node_log.h"
#include "harness/run/signals.h"

namespace harness {
namespace {

using checkers::Judging;
using checkers::Value;

constexpr std::string_view kModels[] = {"register", "cas-register", "multi-register", "mutex", "kv"};

tl::expected<void, std::string> check_names(const std::vector<std::string>& names) {
  const auto& all = checkers::all_checkers();
  for (const std::string& name : names) {
    if (std::any_of(all.begin(), all.end(), [&name](const auto& checker) { return checker.name == name; })) continue;
    std::vector<std::string_view> known;
    for (const auto& checker : all) known.push_back(checker.name);
    return tl::unexpected(fmt::format("unknown checker \"{}\": there are {}", name, fmt::join(known, ", ")));
  }
  return {};
}

}  // namespace

tl::expected<size_t, std::string> parse_bytes(std::string_view text) {
  static const std::pair<std::string_view, double> kUnits[] = {{"", 1},
                                                               {"B", 1},
                                                               {"K", 1 << 10},
                                                               {"KB", 1 << 10},
                                                               {"KiB", 1 << 10},
                                                               {"M", 1 << 20},
                                                               {"MB", 1 << 20},
                                                               {"MiB", 1 << 20},
                                                               {"G", 1 << 30},
                                                               {"GB", 1 << 30},
                                                               {"GiB", 1 << 30},
                                                               {"T", 1024.0 * (1 << 30)},
                                                               {"TB", 1024.0 * (1 << 30)}};
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(rest, static_cast<size_t>(text.data() + text.size() - rest));
  if (error == std::errc() && std::isfinite(number) && number > 0) {
    for (const auto& [name, factor] : kUnits) {
      if (name == unit && number * factor < 1e15) return static_cast<size_t>(number * factor);
    }
  }
  return tl::unexpected(fmt::format("\"{}\" is no amount of memory: write 512MB or 4GB", text));
}

tl::expected<Value, std::string> parse_value(const std::string& text) {
  checkers::JsonReader json(text);
  Value value;
  if (json.read(value) && json.end()) return value;
  checkers::EdnReader edn(text);
  auto form = edn.read();
  if (!form || edn.peek() != '\0' || !edn.at_end())
    return tl::unexpected(fmt::format("\"{}\" is no value: write it as JSON or EDN", text));
  const checkers::Notation* notation = form->notation();
  if (notation != nullptr && notation->kind == checkers::Notation::Kind::kSymbol) return Value(form->string());
  return std::move(*form);
}

tl::expected<checkers::Quorums, std::string> parse_quorums(const std::string& text) {
  constexpr int kMost = 1'000'000;
  std::vector<int> numbers;
  for (const std::string& word : comma_list(text)) {
    std::from_chars(word.data(), word.data() + word.size(), numbers.emplace_back());
  }
  const auto possible = [](int number) { return number >= 1 && number <= kMost; };
  const bool whole = numbers.size() == 3 && std::all_of(numbers.begin(), numbers.end(), possible) &&
                     text == fmt::format("{}", fmt::join(numbers, ","));
  if (!whole || numbers[1] > numbers[0] || numbers[2] > numbers[0])
    return tl::unexpected(fmt::format("\"{}\" is no N,R,W: write 3,2,2; R and W are at most N", text));
  return checkers::Quorums{numbers[0], numbers[1], numbers[2]};
}

tl::expected<Judging, std::string> judging_of(const CheckFlags& flags, Workers& workers) {
  if (auto known = check_names(flags.checkers); !known) return tl::unexpected(known.error());
  Judging how;
  how.only = flags.checkers;
  how.model = flags.model.value_or("");
  if (flags.model && std::find(std::begin(kModels), std::end(kModels), *flags.model) == std::end(kModels))
    return tl::unexpected(fmt::format("unknown model \"{}\": there are {}", *flags.model, fmt::join(kModels, ", ")));
  if (flags.initial) {
    auto initial = parse_value(*flags.initial);
    if (!initial) return tl::unexpected("--initial " + initial.error());
    how.initial = std::move(*initial);
  }
  if (flags.quorums) {
    const auto quorums = parse_quorums(*flags.quorums);
    if (!quorums) return tl::unexpected("--quorums " + quorums.error());
    how.quorums = *quorums;
  }
  if (flags.time_budget) {
    const auto budget = parse_duration(*flags.time_budget);
    if (!budget) return tl::unexpected("--time-budget " + budget.error());
    how.time_budget = *budget;
  }
  if (flags.memory_budget) {
    const auto budget = parse_bytes(*flags.memory_budget);
    if (!budget) return tl::unexpected("--memory-budget " + budget.error());
    how.memory_budget_bytes = *budget;
  }
  for (const std::string& pattern : flags.log_patterns) {
    if (std::string why = checkers::pattern_error(pattern); !why.empty())
      return tl::unexpected(fmt::format("--log-pattern \"{}\": {}", pattern, why));
  }
  how.log_patterns = flags.log_patterns;
  if (!flags.log_patterns.empty()) {
    const std::filesystem::path history = flags.history;
    std::error_code ignored;
    how.logs = read_logs(std::filesystem::is_directory(history, ignored) ? history : history.parent_path());
  }
  how.for_each = [&workers](size_t count, const Judging::Work& work) { workers.for_each(count, work); };
  how.clock = [] { return std::chrono::nanoseconds(SteadyClock::now().time_since_epoch()); };
  how.stop = [] { return Signals::interrupted(); };
  return how;
}

tl::expected<Source, std::pair<Unreadable, std::string>> read_source(const std::string& from, const std::string& format,
                                                                     bool keyed, Workers& workers,
                                                                     checkers::Headway::Progress progress) {
  const auto bad = [](std::string reason) {
    return tl::unexpected(std::pair(Unreadable::kBadInput, std::move(reason)));
  };
  const auto& formats = checkers::history_formats();
  if (!format.empty() &&
      std::none_of(formats.begin(), formats.end(), [&format](const auto& known) { return known.name == format; })) {
    std::vector<std::string_view> known;
    for (const auto& one : formats) known.push_back(one.name);
    return bad(fmt::format("unknown format \"{}\": there are {}", format, fmt::join(known, ", ")));
  }
  const bool standard_input = from == "-";
  Source source;
  std::filesystem::path file = from;
  std::ifstream stream;
  if (!standard_input) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) file /= "history.jsonl";
    stream.open(file, std::ios::binary);
    if (!stream) return bad(fmt::format("cannot read {}: {}", file.string(), std::generic_category().message(errno)));
  }
  source.name = standard_input ? "standard input" : file.string();
  checkers::Reading how;
  how.format = format;
  how.keyed = keyed;
  how.for_each = [&workers](size_t count, const Judging::Work& work) { workers.for_each(count, work); };
  how.stop = [] { return Signals::interrupted(); };
  how.progress = std::move(progress);
  auto history = checkers::read_history(standard_input ? std::cin : stream, how);
  if (!history) {
    if (Signals::interrupted())
      return tl::unexpected(std::pair(
          Unreadable::kInterrupted,
          fmt::format("interrupted by {} while {} was read: nothing was judged", Signals::name(), source.name)));
    return bad(checkers::to_string(history.error(), source.name));
  }
  source.history = std::move(*history);
  return source;
}

}  // namespace harness
