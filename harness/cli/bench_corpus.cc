// The judge on histories that others recorded: the etcd logs of tests/checkers/corpus, all verdicts and the time for
// all together. A row of `harness bench checkers`.
#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "checkers/formats/edn.h"
#include "checkers/history_file.h"
#include "checkers/verdict.h"
#include "harness/cli/commands.h"
#include "harness/cli/spent.h"
#include "harness/report/terminal.h"
#include "harness/run/duration.h"

namespace harness {

namespace {

struct Labelled {
  checkers::History history;
  std::string model, verdict;
  checkers::Value initial;
};

// Those of one folder; none where the corpus is not at hand.
std::vector<Labelled> labelled(const std::filesystem::path& corpus, std::string_view folder) {
  std::vector<Labelled> all;
  std::ifstream table(corpus / "verdicts.tsv");
  std::string line;
  std::getline(table, line);  // names of the columns
  while (std::getline(table, line)) {
    std::istringstream cells(line);
    std::string file, initial, operations;
    Labelled one;
    for (std::string* cell : {&file, &one.model, &initial, &operations, &one.verdict}) std::getline(cells, *cell, '\t');
    if (!file.starts_with(folder)) continue;
    std::ifstream in(corpus / file, std::ios::binary);
    auto history = checkers::read_history(in);
    auto value = checkers::EdnReader(initial).read();
    if (!history || !value) continue;
    one.history = std::move(*history);
    one.initial = std::move(*value);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

bool bench_corpus(Terminal& terminal) {
  constexpr size_t kLogs = 58;
  constexpr double kPorcupineSeconds = 0.344;  // the same logs, its newest commit of 2026, go 1.19
  constexpr int kRounds = 5;
  const std::vector<Labelled> logs = labelled(CORPUS_DIR, "etcd/");
  if (logs.size() != kLogs) {
    terminal.print_line(fmt::format("  the etcd logs are not in {}", CORPUS_DIR));
    return true;
  }
  double best = 0;
  size_t right = 0;
  for (int round = 0; round < kRounds; ++round) {
    right = 0;
    const Spent spent = spent_on([&] {
      for (const Labelled& log : logs) {
        const checkers::Judgement judgement =
            checkers::judge(log.history, {.only = {"linearizable"}, .model = log.model, .initial = log.initial});
        right += to_string(judgement.verdict) == log.verdict;
      }
    });
    best = round == 0 ? spent.seconds : std::min(best, spent.seconds);
  }
  const bool reached = right == logs.size() && best <= kPorcupineSeconds / 100;
  terminal.print_line(
      fmt::format("  {} etcd logs of 2014: {} verdicts right, {} together, witnesses and words included "
                  "(best of {}; goal <= 1/100 of Porcupine's {:.0f} ms, {})",
                  logs.size(), right, to_text(std::chrono::nanoseconds(static_cast<int64_t>(best * 1e9))), kRounds,
                  kPorcupineSeconds * 1e3, reached ? "reached" : "missed"));
  return reached;
}

}  // namespace harness
