// The part of reading that all formats share: events in the order of the file become a History, and what no run can
// have recorded is refused. Used by the readers only.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "checkers/history.h"
#include "checkers/history_file.h"
#include "checkers/numbering.h"
#include "checkers/value_ids.h"

namespace checkers {

// The texts that stand for keys in Events. How a key was written, where that says more, is kept in History::keys.
class KeyTexts {
 public:
  explicit KeyTexts(History& history) : history_(history) {}

  // Numbers are dense; equal keys share one.
  uint32_t number(const Value& written);
  uint32_t find(const Value& written) const { return numbers_.find(written); }  // kNoNumber: it has none yet
  const std::string& text(uint32_t number) const { return *texts_[number]; }

 private:
  History& history_;
  ValueIds numbers_;
  std::vector<const std::string*> texts_;  // in History::keys
};

class HistoryBuilder {
 public:
  // One clock stamps our own histories. Jepsen's stamp operations on several threads before one writes them down: there
  // times may run backwards a little, and the order of the file is what counts; how much it was is noted.
  enum class Clock { kOne, kSeveral };
  HistoryBuilder(Clock clock, const Reading& how) : clock_(clock), keyed_(how.keyed), keys_(history) {}

  // Of an event whose line has none.
  static constexpr int64_t kMissing = std::numeric_limits<int64_t>::min();

  // Appends an event; a missing index is the next one, a missing time that of the event before. Returns why the event
  // contradicts those before it: a completion without an invocation, a second open operation of a process, an index
  // that does not grow, time that runs backwards on one clock.
  std::optional<std::string> add(Event&& event, int64_t line);

  // The text that stands for a key.
  const std::string& key_of(const Value& written) { return keys_.text(keys_.number(written)); }

  // Where every client operation has a value [key value], splits all of them. (A read that is not keyed is invoked with
  // nil; a cas carries two values, and keyed [key [old new]]; a transaction is a list of lists.)
  void split_keys();

  // What was added so far came from `done` bytes of `all`: makes room for as many as the rest will have, if it is like
  // them.
  void expect_more(size_t done, size_t all);

  // After the last event: the history, or why it is none.
  tl::expected<History, ReadError> finish();

  History history;

 private:
  std::optional<std::string> pair_up(Event& event);
  std::optional<std::string> split(Event& event);
  const Event* open_of(int64_t process) const;
  void note_pair(const Event& event, const Event* invocation);

  const Clock clock_;
  const bool keyed_;
  KeyTexts keys_;
  IntegerTable processes_;
  std::vector<size_t> open_;  // by number of the process: position of its open invocation, or kNone
  int64_t backwards_ = 0, first_backwards_ = 0;
  Nanos most_backwards_{0};
  bool all_pairs_ = true;  // so far every client operation has a value [key value]
};

// The name of an event's type in all formats, e.g. "invoke".
std::optional<EventType> event_type(std::string_view name);

// The text of a stream, in blocks of whole lines.
class TextInput {
 public:
  explicit TextInput(std::istream& in) : in_(in) {}

  // The beginning, without reading more than is needed to tell a format.
  std::string_view head();
  // The next block: whole lines, the last one perhaps without its end. False at the end of the stream.
  bool next(std::string& block);
  // Bytes from the beginning to the end, where the stream knows; else 0.
  size_t size();

  static constexpr size_t kBlock = size_t{8} << 20;

 private:
  void fill(size_t bytes);

  std::istream& in_;
  std::string held_;  // read, not given out
  bool begun_ = false;
};

tl::expected<History, ReadError> read_json_lines(TextInput& in, const Reading& how);
tl::expected<History, ReadError> read_edn(TextInput& in, const Reading& how);
tl::expected<History, ReadError> read_log(TextInput& in, const Reading& how);
bool looks_like_log(std::string_view head);

}  // namespace checkers
