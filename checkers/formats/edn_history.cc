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

constexpr size_t kLongOperation = 128;  // bytes, to guess how many there are

class EdnHistory {
 public:
  explicit EdnHistory(const Reading& how) : how_(how), builder_(HistoryBuilder::Clock::kSeveral, how) {}

  tl::expected<History, ReadError> read(const std::string& text);

 private:
  // Reads one operation and adds it.
  tl::expected<void, ReadError> read_operation(EdnReader& reader);
  // The way of nearly all: a map whose keys are different keywords, each read straight into the event. False where it
  // is anything else; then the reader stands anywhere.
  bool read_plainly(EdnReader& reader, Event& event);
  tl::expected<void, Reason> read_form(const Value& form, Event& event);
  tl::expected<void, Reason> set(Event& event, std::string_view name, Value value);
  tl::expected<void, Reason> add(Event event, int64_t line);
  void begin(Event& event);

  const Reading& how_;
  HistoryBuilder builder_;
  bool has_type_ = false, has_process_ = false, has_f_ = false, has_key_ = false;
  bool keys_apart_ = false;              // an operation had `:key`
  std::vector<std::string_view> names_;  // reused
};

void EdnHistory::begin(Event& event) {
  event = Event();
  event.index = HistoryBuilder::kMissing;
  event.time = Nanos(HistoryBuilder::kMissing);
  has_type_ = has_process_ = has_f_ = has_key_ = false;
}

tl::expected<void, Reason> EdnHistory::set(Event& event, std::string_view name, Value value) {
  if (name == "index" || name == "time") {
    if (value.is_null()) return {};
    if (!value.is_int()) return tl::unexpected(fmt::format(":{} must be an integer, found {}", name, to_json(value)));
    if (name == "index") {
      event.index = value.integer();
    } else {
      event.time = Nanos(value.integer());
    }
  } else if (name == "type") {
    const auto type = jepsen_type(value);
    if (!type) return tl::unexpected(type.error());
    event.type = *type;
    has_type_ = true;
  } else if (name == "process") {
    const auto process = jepsen_process(value);
    if (!process) return tl::unexpected(process.error());
    event.process = *process;
    has_process_ = true;
  } else if (name == "f") {
    event.f = jepsen_f(value);
    has_f_ = true;
  } else if (name == "value") {
    event.value = std::move(value);
  } else if (name == "key") {
    event.key = key_of(builder_.history, value);
    has_key_ = keys_apart_ = true;
  } else {
    event.fields.set(name, std::move(value));
  }
  return {};
}

bool EdnHistory::read_plainly(EdnReader& reader, Event& event) {
  reader.skip_tag();
  if (!reader.skip('{')) return false;
  names_.clear();
  while (!reader.skip('}')) {
    const auto name = reader.keyword();
    if (!name || std::find(names_.begin(), names_.end(), *name) != names_.end()) return false;
    names_.push_back(*name);
    const bool word = *name == "type" || *name == "f";
    if (const auto keyword = word ? reader.keyword() : std::nullopt) {
      if (*name == "f") {
        event.f = *keyword;
        has_f_ = true;
      } else if (const auto type = event_type(*keyword)) {
        event.type = *type;
        has_type_ = true;
      } else {
        return false;
      }
      continue;
    }
    auto value = reader.read();
    if (!value || !set(event, *name, std::move(*value))) return false;
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

tl::expected<void, Reason> EdnHistory::add(Event event, int64_t line) {
  for (const auto& [has, name] :
       {std::pair(has_type_, ":type"), std::pair(has_process_, ":process"), std::pair(has_f_, ":f")}) {
    if (!has) return tl::unexpected(fmt::format("the operation has no {}", name));
  }
  if (how_.format == "kv" && !has_key_ && event.process != kNemesisProcess)
    return tl::unexpected(Reason("the operation has no :key"));
  if (auto reason = builder_.add(std::move(event), line)) return tl::unexpected(std::move(*reason));
  return {};
}

tl::expected<void, ReadError> EdnHistory::read_operation(EdnReader& reader) {
  const ReadError start = reader.error("");
  const EdnReader before = reader;
  Event event;
  begin(event);
  tl::expected<void, Reason> done;
  if (!read_plainly(reader, event)) {
    reader = before;
    begin(event);
    auto form = reader.read();
    if (!form) return tl::unexpected(form.error());
    done = read_form(*form, event);
  }
  if (done) done = add(std::move(event), start.line);
  if (!done) return tl::unexpected(ReadError{start.line, start.column, done.error()});
  return {};
}

// Where the byte at `offset` stands.
ReadError place(std::string_view text, size_t offset, std::string reason) {
  ReadError error{1, 1, std::move(reason)};
  for (size_t i = 0; i < offset; ++i) {
    ++error.column;
    if (text[i] == '\n') {
      ++error.line;
      error.column = 1;
    }
  }
  return error;
}

tl::expected<History, ReadError> EdnHistory::read(const std::string& text) {
  if (const size_t bad = find_no_utf8(text); bad != std::string::npos) {
    return tl::unexpected(
        place(text, bad, fmt::format("byte 0x{:02x} is no UTF-8", static_cast<unsigned char>(text[bad]))));
  }
  builder_.history.events.reserve(text.size() / kLongOperation);
  EdnReader reader(text);
  const bool vector = reader.skip('[');
  const bool enclosed = vector || reader.skip('(');
  for (int64_t read = 0;; ++read) {
    if (read % 4096 == 0 && how_.stop && how_.stop())
      return tl::unexpected(reader.error("interrupted while it was read"));
    const char next = reader.peek();
    if (enclosed && reader.skip(vector ? ']' : ')')) {
      if (reader.peek() != '\0') return tl::unexpected(reader.error("expected the end of the file after the history"));
      break;
    }
    if (next == '\0' && reader.at_end()) {
      if (enclosed)
        return tl::unexpected(
            reader.error(fmt::format("expected '{}', found the end of the file", vector ? ']' : ')')));
      break;
    }
    if (auto done = read_operation(reader); !done) return tl::unexpected(done.error());
  }
  if (!keys_apart_ && !how_.keyed) split_keys(builder_.history);
  // Knossos takes a nil read for one that told nothing. Where keys stand apart nil is no value.
  builder_.history.null_reads_tell_nothing = !keys_apart_;
  return builder_.finish();
}

}  // namespace

tl::expected<History, ReadError> read_edn(TextInput& in, const Reading& how) { return EdnHistory(how).read(in.rest()); }

}  // namespace checkers
