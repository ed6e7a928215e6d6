// Jepsen's histories: operation maps one after another, or in one enclosing vector, with or without a tag, keys in any
// order. With `:key` in every operation: the form of Porcupine's tests of a key-value store.
//
// Nearly always each operation is a line, a map whose keys are different keywords. Such lines are read piece by piece,
// on many threads where the caller lends them. From the first operation on that is anything else, the rest of the text
// is read one operation after another, which knows everything and tells what is wrong.
#include <fmt/format.h>

#include <algorithm>

#include "checkers/formats/edn.h"
#include "checkers/formats/edn_operation.h"
#include "checkers/formats/history_builder.h"
#include "checkers/utf8.h"

namespace checkers {
namespace {

using Reason = std::string;

// Where the line begins on which `offset` stands.
size_t line_start(std::string_view text, size_t offset) {
  return offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;  // npos + 1 is 0
}

// Whole lines of a text, and the operations on them up to the first that is not plain, or has a key apart.
struct EdnPiece {
  struct Place {  // counted from 1
    int64_t line = 1;
    int64_t column = 1;
  };

  std::string_view text;
  std::vector<Event> events;
  std::vector<Place> places;  // of each event
  size_t until = 0;           // so far the text was read
  int64_t line = 1;           // the one that goes on there

  void read();
};

void EdnPiece::read() {
  constexpr size_t kShortOperation = 80;  // bytes
  events.clear();
  places.clear();
  until = 0;
  line = 1;
  events.reserve(text.size() / kShortOperation + 1);
  places.reserve(text.size() / kShortOperation + 1);
  PlainOperation operation;
  for (EdnReader reader(text); reader.peek() != '\0' || !reader.at_end();) {
    const Place at{reader.line(), static_cast<int64_t>(reader.offset() - reader.line_start()) + 1};
    Event& event = events.emplace_back();
    begin(event);
    if (!operation.read(reader, event) || (operation.has & EdnField::kNeeded) != EdnField::kNeeded ||
        (operation.has & EdnField::kKey) != 0) {
      events.pop_back();
      return;
    }
    places.push_back(at);
    until = reader.offset();
    line = reader.line();
  }
  until = text.size();
  line = 1 + std::count(text.begin(), text.end(), '\n');
}

class EdnHistory {
 public:
  explicit EdnHistory(const Reading& how)
      : how_(how), builder_(HistoryBuilder::Clock::kSeveral, how), plain_(how.for_each && how.format != "kv") {}

  tl::expected<History, ReadError> read(TextInput& in);

 private:
  // What stands around operations.
  enum class Around { kBegin, kOperations, kVector, kList, kEnd };

  // All that is whole in the text, from the reader's place on; where it stops, the reader stays. `last`: no more text
  // follows.
  tl::expected<void, ReadError> read_text(EdnReader& reader, bool last);
  // Into what stands around operations, if it is not entered yet; true: operations may follow.
  bool enter(EdnReader& reader);
  // What is next: an operation, or where such begin or end. True: that was all of the text.
  tl::expected<bool, ReadError> read_next(EdnReader& reader);
  // Reads one operation and adds it.
  tl::expected<void, ReadError> read_operation(EdnReader& reader);
  tl::expected<void, Reason> read_form(const Value& form, Event& event);
  tl::expected<void, Reason> set(Event& event, std::string_view name, Value value);
  tl::expected<void, Reason> add(Event&& event, int64_t line);
  // Reads the plain operations with which the text goes on after `offset`; false if something else ended them. Where it
  // goes on after that: `offset` and `line`.
  tl::expected<bool, ReadError> read_pieces(std::string_view text, size_t& offset, int64_t& line);

  const Reading& how_;
  HistoryBuilder builder_;
  Around around_ = Around::kBegin;
  bool keys_apart_ = false;  // an operation had `:key`
  Event event_;              // the one that is being read
  unsigned has_ = 0;         // Fields of it that were read
  PlainOperation operation_;
  bool plain_;  // so far all operations were, and there are threads to read them
  std::vector<EdnPiece> pieces_;
};

tl::expected<void, Reason> EdnHistory::set(Event& event, std::string_view name, Value value) {
  const EdnField::Name field = EdnField::of(name);
  has_ |= field;
  if (field != EdnField::kKey) return set_field(event, field, name, std::move(value));
  event.key = builder_.key_of(value);
  keys_apart_ = true;
  return {};
}

tl::expected<void, Reason> EdnHistory::read_form(const Value& form, Event& event) {
  const bool tagged = form.notation() != nullptr && form.notation()->kind == Notation::Kind::kTag;
  const Value& map = tagged ? form.notation()->plain : form;  // #jepsen.history.Op{…}
  if (!map.is_map()) return tl::unexpected(fmt::format("expected the map of an operation, found {}", to_json(map)));
  for (const auto& [name, value] : map.map()) {
    if (auto done = set(event, name, value); !done) return done;
  }
  return {};
}

tl::expected<void, Reason> EdnHistory::add(Event&& event, int64_t line) {
  for (const auto& [field, name] : {std::pair(EdnField::kType, ":type"), std::pair(EdnField::kProcess, ":process"),
                                    std::pair(EdnField::kF, ":f")}) {
    if ((has_ & field) == 0) return tl::unexpected(fmt::format("the operation has no {}", name));
  }
  if (how_.format == "kv" && (has_ & EdnField::kKey) == 0 && event.process != kNemesisProcess)
    return tl::unexpected(Reason("the operation has no :key"));
  if (auto reason = builder_.add(std::move(event), line)) return tl::unexpected(std::move(*reason));
  return {};
}

tl::expected<void, ReadError> EdnHistory::read_operation(EdnReader& reader) {
  const ReadError start = reader.error("");
  const EdnReader before = reader;
  begin(event_);
  tl::expected<void, Reason> done;
  if (operation_.read(reader, event_)) {
    has_ = operation_.has;
    if ((has_ & EdnField::kKey) != 0) done = set(event_, "key", operation_.key);
  } else {
    reader = before;
    begin(event_);
    has_ = 0;
    auto form = reader.read();
    if (!form) return tl::unexpected(form.error());
    done = read_form(*form, event_);
  }
  if (done) done = add(std::move(event_), start.line);
  if (!done) return tl::unexpected(ReadError{start.line, start.column, done.error()});
  return {};
}

// Where the byte at `offset` stands in a text that begins with line `first_line`.
ReadError place(std::string_view text, int64_t first_line, size_t offset, std::string reason) {
  ReadError error{first_line, 1, std::move(reason)};
  for (size_t i = 0; i < offset; ++i) {
    ++error.column;
    if (text[i] == '\n') {
      ++error.line;
      error.column = 1;
    }
  }
  return error;
}

bool EdnHistory::enter(EdnReader& reader) {
  const char next = reader.peek();
  if (around_ == Around::kBegin && !(next == '\0' && reader.at_end())) {
    around_ = next == '[' ? Around::kVector : next == '(' ? Around::kList : Around::kOperations;
    if (around_ != Around::kOperations) reader.skip(next);
  }
  return around_ != Around::kBegin && around_ != Around::kEnd;
}

tl::expected<bool, ReadError> EdnHistory::read_next(EdnReader& reader) {
  const char next = reader.peek();
  if (next == '\0' && reader.at_end()) return true;
  if (around_ == Around::kEnd) return tl::unexpected(reader.error("expected the end of the file after the history"));
  if (around_ == Around::kBegin) {
    enter(reader);
  } else if ((around_ == Around::kVector && reader.skip(']')) || (around_ == Around::kList && reader.skip(')'))) {
    around_ = Around::kEnd;
  } else if (auto done = read_operation(reader); !done) {
    return tl::unexpected(done.error());
  }
  return false;
}

tl::expected<void, ReadError> EdnHistory::read_text(EdnReader& reader, bool last) {
  for (;;) {
    const EdnReader before = reader;
    const auto all = read_next(reader);
    if (!all && (last || !reader.at_end())) return tl::unexpected(all.error());
    if (!all) reader = before;  // it goes on in what follows
    if (!all || *all) return {};
  }
}

tl::expected<bool, ReadError> EdnHistory::read_pieces(std::string_view text, size_t& offset, int64_t& line) {
  constexpr size_t kPiece = size_t{256} << 10;
  size_t count = 0;
  for (size_t start = offset; start < text.size(); ++count) {
    const size_t newline = text.size() - start > kPiece ? text.find('\n', start + kPiece) : std::string_view::npos;
    const size_t end = newline != std::string_view::npos ? newline + 1 : text.size();
    if (count == pieces_.size()) pieces_.emplace_back();
    pieces_[count].text = text.substr(start, end - start);
    start = end;
  }
  how_.for_each(count, [this](size_t i) { pieces_[i].read(); });
  // The first piece may begin within a line.
  const auto before = static_cast<int64_t>(offset - line_start(text, offset));
  for (size_t i = 0; i < count; ++i) {
    EdnPiece& piece = pieces_[i];
    for (size_t e = 0; e < piece.events.size(); ++e) {
      const EdnPiece::Place at = piece.places[e];
      const int64_t on_line = line + at.line - 1;
      if (auto reason = builder_.add(std::move(piece.events[e]), on_line))
        return tl::unexpected(
            ReadError{on_line, at.column + (i == 0 && at.line == 1 ? before : 0), std::move(*reason)});
    }
    offset += piece.until;
    line += piece.line - 1;
    if (piece.until < piece.text.size()) return false;
  }
  return true;
}

// Block by block, so that no more of the text is in memory than one block, or one operation where that is longer.
tl::expected<History, ReadError> EdnHistory::read(TextInput& in) {
  const size_t size = in.size();
  std::string text, block;
  Headway headway(how_, "bytes read", size);
  size_t given = 0, wanted = 1;
  EdnReader reader(text);
  for (bool last = false; !last;) {
    const int64_t line = reader.line();
    const size_t offset = reader.offset() - reader.line_start();
    text.erase(0, reader.line_start());
    const size_t held = text.size();
    while (text.size() - held < wanted && !last) {
      last = !in.next(block);
      if (!last) text += block;
    }
    given += text.size() - held;
    if (const size_t bad = find_no_utf8(std::string_view(text).substr(held)); bad != std::string::npos) {
      const auto byte = static_cast<unsigned char>(text[held + bad]);
      return tl::unexpected(place(text, line, held + bad, fmt::format("byte 0x{:02x} is no UTF-8", byte)));
    }
    reader = EdnReader(text, line, offset);
    if (!headway.advance(text.size() - held)) return tl::unexpected(reader.error("interrupted while it was read"));
    const size_t known = builder_.history.events.size();
    if (plain_ && enter(reader)) {
      size_t at = reader.offset();
      int64_t line_there = reader.line();
      const auto all = read_pieces(text, at, line_there);
      if (!all) return tl::unexpected(all.error());
      plain_ = *all;
      const size_t start = line_start(text, at);
      text.erase(0, start);
      reader = EdnReader(text, line_there, at - start);
    }
    if (auto done = read_text(reader, last); !done) return tl::unexpected(done.error());
    const size_t read = builder_.history.events.size();
    wanted = read == known ? text.size() : 1;  // one that is longer than a block
    if (known == 0) builder_.expect_more(given, size);
  }
  if (around_ == Around::kVector || around_ == Around::kList) {
    return tl::unexpected(
        reader.error(fmt::format("expected '{}', found the end of the file", around_ == Around::kVector ? ']' : ')')));
  }
  if (!keys_apart_ && !how_.keyed) builder_.split_keys();
  // Knossos takes a nil read for one that told nothing. Where keys stand apart nil is no value.
  builder_.history.null_reads_tell_nothing = !keys_apart_;
  return builder_.finish();
}

}  // namespace

tl::expected<History, ReadError> read_edn(TextInput& in, const Reading& how) { return EdnHistory(how).read(in); }

}  // namespace checkers
