#include "harness/cli/beside.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "harness/cli/child.h"

namespace harness {

namespace {

namespace linear = checkers::linear;

constexpr size_t kMostOperations = 1'000'000;
constexpr const char* kLimit = "60";  // seconds

const char* name_of(linear::Kind kind) {
  return kind == linear::Kind::kRead ? "read" : kind == linear::Kind::kWrite ? "write" : "cas";
}

std::string value_of(const linear::Operation& operation, bool completed) {
  if (operation.kind == linear::Kind::kRead && !completed) return "null";
  if (operation.kind == linear::Kind::kCas) return fmt::format("[{},{}]", operation.expected, operation.value);
  return std::to_string(operation.value);
}

// Calls and returns in their order; a process has one operation at a time, and none after one without a return.
void write_lines(const linear::History& history, std::ostream& out) {
  struct Moment {
    int64_t at = 0;
    size_t operation = 0;
    bool returns = false;
  };
  std::vector<Moment> moments;
  for (size_t i = 0; i < history.operations.size(); ++i) {
    moments.push_back({history.operations[i].called, i, false});
    if (history.operations[i].returned != linear::kOpen) moments.push_back({history.operations[i].returned, i, true});
  }
  std::sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) { return a.at < b.at; });
  std::vector<int64_t> process(history.operations.size()), idle;
  int64_t processes = 0;
  for (size_t index = 0; index < moments.size(); ++index) {
    const Moment& moment = moments[index];
    const linear::Operation& operation = history.operations[moment.operation];
    int64_t& of = process[moment.operation];
    if (!moment.returns) {
      of = idle.empty() ? processes++ : idle.back();
      if (!idle.empty()) idle.pop_back();
    } else {
      idle.push_back(of);
    }
    out << fmt::format(R"({{"index":{},"time":{},"type":"{}","process":{},"f":"{}","key":"k{}","value":{}}})", index,
                       index * 1000,
                       !moment.returns    ? "invoke"
                       : operation.failed ? "fail"
                                          : "ok",
                       of, name_of(operation.kind), operation.key, value_of(operation, moment.returns))
        << '\n';
  }
}

}  // namespace

std::string BesideProgram::judge(const linear::History& history, bool expected) const {
  if (history.operations.size() > kMostOperations) return "not tried";
  const std::filesystem::path file = scratch_.path() / "history.jsonl";
  {
    std::ofstream out(file);
    write_lines(history, out);
    if (!out.flush()) return fmt::format("cannot write {}", file.string());
  }
  const bool cas = std::any_of(history.operations.begin(), history.operations.end(),
                               [](const linear::Operation& o) { return o.kind == linear::Kind::kCas; });
  const auto finished =
      run_program({"timeout", "--signal=KILL", kLimit, program_, cas ? "cas-register" : "register", file.string()},
                  scratch_.path() / "errors");
  if (!finished) return finished.error();
  std::istringstream words(finished->output);
  std::string verdict;
  double seconds = 0;
  if (words >> verdict >> seconds) {
    const bool right = verdict == (expected ? "valid" : "invalid");
    return fmt::format("{:.3g} s{}", seconds, right ? "" : ", said " + verdict);
  }
  constexpr int kKilled = 128 + 9;
  return finished->exit_code == kKilled ? fmt::format("killed, at the latest after {} s", kLimit)
                                        : fmt::format("ended with exit code {}", finished->exit_code);
}

}  // namespace harness
