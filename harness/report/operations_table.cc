#include "harness/report/operations_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/run/duration.h"

namespace harness {

using checkers::Value;

namespace {

// Of the last result of `checker`; null if it did not run.
const Value& details_of(const checkers::Judgement& judgement, std::string_view checker) {
  static const Value kNone;
  for (const checkers::Result& result : judgement.results) {
    if (result.checker == checker) return result.details;
  }
  return kNone;
}

// Right-aligned columns under their titles, the first one left-aligned.
class Table {
 public:
  explicit Table(std::vector<std::string> titles) : rows_{std::move(titles)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  void print(Terminal& terminal) const {
    std::vector<int> widths(rows_[0].size(), 0);
    for (const auto& row : rows_) {
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
    }
    terminal.print_line("");
    for (size_t r = 0; r < rows_.size(); ++r) {
      std::string line = "  " + pad(rows_[r][0], widths[0]);
      for (size_t i = 1; i < rows_[r].size(); ++i) line += "  " + pad_left(rows_[r][i], widths[i]);
      line.erase(line.find_last_not_of(' ') + 1);
      terminal.print_line(terminal.paint(r == 0 ? Colour::kDim : Colour::kNone, line));
    }
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string latency(const Value& quantiles, std::string_view name) {
  if (quantiles[name].is_null()) return "–";
  return to_text(std::chrono::nanoseconds(quantiles[name].integer()));
}

std::string percent(int64_t part, int64_t all) {
  if (all == 0) return "–";
  // Rounded down: 100 % is said only of all.
  double share = static_cast<double>(part) * 100 / static_cast<double>(all);
  return fmt::format("{:.1f} %", part == all ? 100.0 : std::min(share, 99.9));
}

void print_operations(Terminal& terminal, const Value& stats) {
  Table table({"operation", "count", "ok", "fail", "info", "answered", "p50", "p95", "p99", "max"});
  for (const auto& [f, row] : stats.map()) {
    const Value& quantiles = row["latency_ns"];
    table.add({f, with_commas(row["count"].integer()), with_commas(row["ok"].integer()),
               with_commas(row["fail"].integer()), with_commas(row["info"].integer()),
               percent(row["ok"].integer(), row["count"].integer()), latency(quantiles, "p50"),
               latency(quantiles, "p95"), latency(quantiles, "p99"), latency(quantiles, "max")});
  }
  table.print(terminal);
}

void print_places(Terminal& terminal, const Value& places) {
  Table table({"client's node in", "operations", "answered", ""});
  int64_t all = 0;
  int64_t answered = 0;
  for (const auto& [place, row] : places.map()) {
    all += row["operations"].integer();
    answered += row["answered"].integer();
    table.add({place, with_commas(row["operations"].integer()), with_commas(row["answered"].integer()),
               percent(row["answered"].integer(), row["operations"].integer())});
  }
  if (places.map().size() > 1)
    table.add({"all together", with_commas(all), with_commas(answered), percent(answered, all)});
  table.print(terminal);
}

// A block for each second, or each few of them, as high as the share that was answered.
void print_seconds(Terminal& terminal, const Value& seconds) {
  constexpr size_t kBlocks = 60;
  const std::vector<std::string_view> blocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const checkers::List &operations = seconds["operations"].list(), &answered = seconds["answered"].list();
  if (operations.size() < 2) return;
  const size_t width = (operations.size() + kBlocks - 1) / kBlocks;
  std::string line;
  double lowest = 2;
  std::string told;
  for (size_t begin = 0; begin < operations.size(); begin += width) {
    int64_t all = 0, done = 0;
    for (size_t second = begin; second < std::min(begin + width, operations.size()); ++second) {
      all += operations[second].integer();
      done += answered[second].integer();
    }
    const size_t highest = blocks.size() - 1;  // of all, and of nothing less
    const size_t height =
        all == done ? highest
                    : std::min(static_cast<size_t>(done) * blocks.size() / static_cast<size_t>(all), highest - 1);
    line += all == 0 ? " " : blocks[height];
    const double share = all == 0 ? 1 : static_cast<double>(done) / static_cast<double>(all);
    if (share >= lowest) continue;
    lowest = share;
    told = fmt::format("{} at {} s", percent(done, all), begin);
  }
  terminal.print_line("");
  terminal.print_line("  " + terminal.paint(Colour::kDim, "answered") + "  " + line + "  " +
                      (width == 1 ? "by the second" : fmt::format("by {} seconds", width)) +
                      (lowest < 1 ? ", least " + told : ""));
}

}  // namespace

void print_operations_table(Terminal& terminal, const checkers::Judgement& judgement) {
  const Value& stats = details_of(judgement, "stats");
  if (!stats.map().empty()) print_operations(terminal, stats);
  const Value& availability = details_of(judgement, "availability");
  if (availability.map().empty()) return;
  print_places(terminal, availability["places"]);
  print_seconds(terminal, availability["seconds"]);
}

}  // namespace harness
