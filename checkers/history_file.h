// Reading and writing histories: history.jsonl (ours, docs/history.md) and history.edn (Jepsen's).
#pragma once

#include <iosfwd>
#include <string>
#include <tl/expected.hpp>

#include "checkers/history.h"

namespace checkers {

// Where a history could not be understood: 1-based line and column, and what was expected.
struct ReadError {
  int64_t line = 0;
  int64_t column = 0;
  std::string reason;
};
std::string to_string(const ReadError& error, std::string_view file);

// JSON lines as in docs/history.md, or EDN as Jepsen writes it (told apart by the first byte that is no space).
tl::expected<History, ReadError> read_history(std::istream& in);

// Lines of history.jsonl, each ending in '\n'; the harness writes them as things happen, so that a run that is
// killed leaves a readable file.
std::string to_line(const TestInfo& test);
std::string to_line(const Event& event);
std::string to_line(const Phase& phase);
std::string to_line(const Poll& poll);
std::string to_line(const Dump& dump);
std::string to_line(const NodeExit& exit);
std::string lateness_line(Nanos time, Nanos lateness);

// history.edn, one map a line, `:value [key value]`; and test.edn.
std::string to_edn(const Event& event);
std::string to_edn(const TestInfo& test);

}  // namespace checkers
