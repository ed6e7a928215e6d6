// Reading and writing histories. The formats, field by field: docs/history.md; which they are: history_formats().
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "checkers/history.h"
#include "checkers/judging.h"

namespace checkers {

// Where a history could not be understood: 1-based line and column, and what was expected.
struct ReadError {
  int64_t line = 0;
  int64_t column = 0;
  std::string reason;
};
std::string to_string(const ReadError& error, std::string_view file);

struct Reading {
  std::string format = {};  // of history_formats(); empty: told by what the file begins with
  // Values are [key value], an object of its own for each key. Without it they are taken for that where every client
  // operation has such a value and nothing speaks against it.
  bool keyed = false;
  // May parse parts of a large file at the same time (Judging::for_each). Empty: one after another.
  std::function<void(size_t count, const Judging::Work& work)> for_each = {};
  // Asked now and then: true ends reading with an error.
  std::function<bool()> stop = {};
  // Told now and then how many bytes are read; of how many, where that can be known.
  Headway::Progress progress = {};
};

struct HistoryFormat {
  std::string_view name;
  std::string_view what;  // one line for --help
};
const std::vector<HistoryFormat>& history_formats();

// Never guesses: what no run can have recorded, or cannot be understood, is an error; what is merely odd is said in
// History::notes. Reads to the end of the stream, as it comes, and keeps none of its text.
tl::expected<History, ReadError> read_history(std::istream& in, const Reading& how = {});

// Lines of history.jsonl, each ending in '\n'; the harness writes them as things happen, so that a run that is
// killed leaves a readable file.
std::string to_line(const TestInfo& test);
std::string to_line(const Event& event);
std::string to_line(const Phase& phase);
std::string to_line(const Poll& poll);
std::string to_line(const Dump& dump);
std::string to_line(const NodeExit& exit);
std::string lateness_line(Nanos time, Nanos lateness);

// history.edn, one map a line: `:value [key value]`, or the value alone where the key is "". `keys`: see History.
std::string to_edn(const Event& event, const std::map<std::string, Value>& keys = {});
std::string to_edn(const TestInfo& test);  // test.edn

}  // namespace checkers
