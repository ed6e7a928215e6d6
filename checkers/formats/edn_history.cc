// Jepsen's histories: operation maps one after another, or in one enclosing vector, with or without a tag, keys in any
// order. With `:key` in every operation: the form of Porcupine's tests of a key-value store.
#include <fmt/format.h>

#include <algorithm>

#include "checkers/formats/edn.h"
#include "checkers/formats/history_builder.h"
#include "checkers/formats/jepsen_operation.h"
#include "checkers/utf8.h"

namespace checkers {
namespace {

using Reason = std::string;

class EdnHistory {
 public:
  explicit EdnHistory(const Reading& how) : how_(how), builder_(HistoryBuilder::Clock::kSeveral, how) {}

  tl::expected<History, ReadError> read(TextInput& in);

 private:
  enum Field : unsigned { kOther = 0, kIndex = 1, kTime = 2, kType = 4, kProcess = 8, kF = 16, kValue = 32, kKey = 64 };
  static Field field_of(std::string_view name);
  // What stands around operations.
  enum class Around { kBegin, kOperations, kVector, kList, kEnd };

  // All that is whole in the text, from the reader's place on; where it stops, the reader stays. `last`: no more text
  // follows.
  tl::expected<void, ReadError> read_text(EdnReader& reader, bool last);
  // What is next: an operation, or where such begin or end. True: that was all of the text.
  tl::expected<bool, ReadError> read_next(EdnReader& reader);
  // Reads one operation and adds it.
  tl::expected<void, ReadError> read_operation(EdnReader& reader);
  // The way of nearly all: a map whose keys are different keywords, each read straight into the event. False where it
  // is anything else; then the reader stands anywhere.
  bool read_plainly(EdnReader& reader, Event& event);
  tl::expected<void, Reason> read_form(const Value& form, Event& event);
  tl::expected<void, Reason> set(Event& event, std::string_view name, Value value);
  tl::expected<void, Reason> add(Event&& event, int64_t line);
  void begin(Event& event);

  const Reading& how_;
  HistoryBuilder builder_;
  Around around_ = Around::kBegin;
  bool keys_apart_ = false;               // an operation had `:key`
  Event event_;                           // the one that is being read
  unsigned has_ = 0;                      // Fields of it that were read
  std::vector<std::string_view> others_;  // the names of its other fields
};

void EdnHistory::begin(Event& event) {
  event = Event();
  event.index = HistoryBuilder::kMissing;
  event.time = Nanos(HistoryBuilder::kMissing);
  has_ = 0;
}

EdnHistory::Field EdnHistory::field_of(std::string_view name) {
  switch (name.size()) {
    case 1:
      return name == "f" ? kF : kOther;
    case 3:
      return name == "key" ? kKey : kOther;
    case 4:
      return name == "type" ? kType : name == "time" ? kTime : kOther;
    case 5:
      return name == "value" ? kValue : name == "index" ? kIndex : kOther;
    case 7:
      return name == "process" ? kProcess : kOther;
    default:
      return kOther;
  }
}

tl::expected<void, Reason> EdnHistory::set(Event& event, std::string_view name, Value value) {
  const Field field = field_of(name);
  has_ |= field;
  switch (field) {
    case kIndex:
    case kTime:
      if (value.is_null()) return {};
      if (!value.is_int()) return tl::unexpected(fmt::format(":{} must be an integer, found {}", name, to_json(value)));
      if (field == kIndex) {
        event.index = value.integer();
      } else {
        event.time = Nanos(value.integer());
      }
      break;
    case kType: {
      const auto type = jepsen_type(value);
      if (!type) return tl::unexpected(type.error());
      event.type = *type;
      break;
    }
    case kProcess: {
      const auto process = jepsen_process(value);
      if (!process) return tl::unexpected(process.error());
      event.process = *process;
      break;
    }
    case kF:
      event.f = jepsen_f(value);
      break;
    case kValue:
      event.value = std::move(value);
      break;
    case kKey:
      event.key = builder_.key_of(value);
      keys_apart_ = true;
      break;
    case kOther:
      event.fields.set(name, std::move(value));
  }
  return {};
}

bool EdnHistory::read_plainly(EdnReader& reader, Event& event) {
  reader.skip_tag();
  if (!reader.skip('{')) return false;
  others_.clear();
  while (!reader.skip('}')) {
    const auto name = reader.keyword();
    if (!name) return false;
    const Field field = field_of(*name);
    if (field != kOther) {
      if ((has_ & field) != 0) return false;
    } else if (std::find(others_.begin(), others_.end(), *name) != others_.end()) {
      return false;
    } else {
      others_.push_back(*name);
    }
    if (const auto keyword = field == kType || field == kF ? reader.keyword() : std::nullopt) {
      has_ |= field;
      const auto type = field == kType ? event_type(*keyword) : std::nullopt;
      if (field == kType && !type) return false;
      if (field == kF) {
        event.f = *keyword;
      } else {
        event.type = *type;
      }
      continue;
    }
    Value value;
    if (!reader.read_plain(value)) {
      auto read = reader.read();
      if (!read) return false;
      value = std::move(*read);
    }
    if (!set(event, *name, std::move(value))) return false;
  }
  return true;
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
  for (const auto& [field, name] : {std::pair(kType, ":type"), std::pair(kProcess, ":process"), std::pair(kF, ":f")}) {
    if ((has_ & field) == 0) return tl::unexpected(fmt::format("the operation has no {}", name));
  }
  if (how_.format == "kv" && (has_ & kKey) == 0 && event.process != kNemesisProcess)
    return tl::unexpected(Reason("the operation has no :key"));
  if (auto reason = builder_.add(std::move(event), line)) return tl::unexpected(std::move(*reason));
  return {};
}

tl::expected<void, ReadError> EdnHistory::read_operation(EdnReader& reader) {
  const ReadError start = reader.error("");
  const EdnReader before = reader;
  begin(event_);
  tl::expected<void, Reason> done;
  if (!read_plainly(reader, event_)) {
    reader = before;
    begin(event_);
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

tl::expected<bool, ReadError> EdnHistory::read_next(EdnReader& reader) {
  const char next = reader.peek();
  if (next == '\0' && reader.at_end()) return true;
  if (around_ == Around::kEnd) return tl::unexpected(reader.error("expected the end of the file after the history"));
  if (around_ == Around::kBegin) {
    around_ = next == '[' ? Around::kVector : next == '(' ? Around::kList : Around::kOperations;
    if (around_ != Around::kOperations) reader.skip(next);
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
