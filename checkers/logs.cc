// Lines of the nodes' logs that nobody wants to see. The caller lends the logs and the patterns; the judge opens no
// file.
#include <fmt/format.h>
#include <regex.h>

#include <memory>

#include "checkers/explain.h"
#include "checkers/trial.h"

namespace checkers {
namespace {

// A POSIX extended regular expression, applied to one line.
class Pattern {
 public:
  explicit Pattern(const std::string& text) {
    const int code = ::regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB);
    if (code == 0) return;
    char why[200];
    ::regerror(code, &compiled_, why, sizeof why);
    error = why;
  }
  ~Pattern() {
    if (error.empty()) ::regfree(&compiled_);
  }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  bool matches(const std::string& line) const { return ::regexec(&compiled_, line.c_str(), 0, nullptr, 0) == 0; }

  std::string error;  // empty: it can be used

 private:
  regex_t compiled_{};
};

}  // namespace

std::string pattern_error(const std::string& pattern) { return Pattern(pattern).error; }

Result check_logs(const Trial& trial) {
  const std::vector<std::string>& patterns = trial.judging.log_patterns;
  Result result =
      result_of("logs", patterns.empty() ? "no line matches: no pattern was given"
                                         : fmt::format("no line of a node's log matches {}", join(patterns, " or ")));
  std::vector<std::unique_ptr<Pattern>> compiled;
  for (const std::string& text : patterns) {
    compiled.push_back(std::make_unique<Pattern>(text));
    if (compiled.back()->error.empty()) continue;
    result.summary = fmt::format("pattern \"{}\": {}", text, compiled.back()->error);
    return result;
  }
  Findings findings;
  List listed;
  int64_t lines = 0;
  size_t bytes = 0;
  for (const NodeLog& log : trial.judging.logs) bytes += log.text.size();
  Headway headway(trial.judging, "logs", bytes);
  bool going_on = true;
  for (const NodeLog& log : trial.judging.logs) {
    int64_t number = 0;
    for (size_t begin = 0; begin < log.text.size() && going_on;) {
      const size_t end = std::min(log.text.find('\n', begin), log.text.size());
      const std::string line = log.text.substr(begin, end - begin);
      going_on = headway.advance(end + 1 - begin);
      begin = end + 1;
      ++lines;
      ++number;
      for (size_t p = 0; p < compiled.size(); ++p) {
        if (!compiled[p]->matches(line)) continue;
        if (findings.count() < static_cast<int64_t>(kListed))
          listed.push_back(Map{{"node", log.node}, {"line", number}, {"text", excerpt(line)}});
        findings.add([&] {
          Witness witness;
          witness.anomaly = "unwanted line";
          witness.replicas = {log.node};
          witness.explanation =
              fmt::format("Line {} of the log of {} matches \"{}\": {}", number, log.node, patterns[p], excerpt(line));
          return witness;
        });
        break;
      }
    }
  }
  result.evidence = {{"lines read", lines}, {"patterns", static_cast<int64_t>(patterns.size())}};
  result.details.set("lines", std::move(listed));
  if (lines > 0 && !patterns.empty()) result.verdict = Verdict::kValid;
  result.summary = patterns.empty() ? "no pattern was given"
                   : lines == 0     ? "no log was given"
                                    : fmt::format("{} of {} in {} {}", findings.count(), count(lines, "line"),
                                                  count(static_cast<int64_t>(trial.judging.logs.size()), "log"),
                                              findings.count() == 1 ? "matches" : "match");
  findings.move_into(result);
  return result;
}

}  // namespace checkers
