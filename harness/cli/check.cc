#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "checkers/history_file.h"
#include "checkers/verdict.h"
#include "harness/cli/commands.h"
#include "harness/report/text.h"
#include "harness/run/artifacts.h"
#include "harness/run/run.h"

namespace harness {

namespace {

tl::expected<void, std::string> check_names(const std::vector<std::string>& names) {
  const auto& all = checkers::all_checkers();
  for (const std::string& name : names) {
    if (std::any_of(all.begin(), all.end(), [&name](const auto& checker) { return checker.name == name; })) continue;
    std::string known;
    for (const auto& checker : all) known += (known.empty() ? "" : ", ") + std::string(checker.name);
    return tl::unexpected(fmt::format("unknown checker \"{}\": there are {}", name, known));
  }
  return {};
}

}  // namespace

int check_command(const CheckFlags& flags) {
  if (auto known = check_names(flags.checkers); !known) return complain(kBadArguments, known.error());
  std::filesystem::path file = flags.history;
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) file /= "history.jsonl";
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return complain(kBadArguments,
                    fmt::format("cannot read {}: {}", file.string(), std::generic_category().message(errno)));
  auto history = checkers::read_history(in);
  if (!history) return complain(kBadArguments, checkers::to_string(history.error(), file.string()));

  const checkers::Judgement judgement = checkers::judge(*history, {.only = flags.checkers});
  Terminal terminal(flags.json ? stderr : stdout);
  if (!history->test.promises.empty()) print_promises(terminal, history->test.promises);
  print_judgement(terminal, judgement, {});
  if (flags.json) std::cout << pretty_json(checkers::to_value(judgement)) << std::flush;
  return checkers::exit_code(judgement.verdict);
}

}  // namespace harness
