// The part of reading that JSON and EDN share: events in the order of the file become a History, and what no run can
// have recorded is refused. Used by the two readers only.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <unordered_map>

#include "checkers/history.h"
#include "checkers/history_file.h"

namespace checkers {

class HistoryBuilder {
 public:
  // One clock stamps our own histories. Jepsen's stamp operations on several threads before one writes them down: there
  // times may run backwards a little, and the order of the file is what counts.
  enum class Clock { kOne, kSeveral };
  explicit HistoryBuilder(Clock clock) : clock_(clock) {}

  // Appends an event; a missing index is the next one, a missing time that of the event before. Returns why the event
  // contradicts those before it: a completion without an invocation, a second open operation of a process, an index
  // that does not grow, time that runs backwards on one clock.
  std::optional<std::string> add(Event event, bool has_index, bool has_time);

  History history;

 private:
  std::optional<std::string> pair_up(Event& event);

  Clock clock_;
  std::unordered_map<int64_t, size_t> open_;  // process → position of its open invocation
};

// The name of an event's type in both formats, e.g. "invoke".
std::optional<EventType> event_type(std::string_view name);

tl::expected<History, ReadError> read_json_lines(std::string first_line, int64_t first_line_number, std::istream& in);
tl::expected<History, ReadError> read_edn(std::string_view text);

}  // namespace checkers
