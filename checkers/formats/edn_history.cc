// Jepsen's histories: operation maps one after another, or in one enclosing vector, with or without a tag, keys in any
// order. With `:key` in every operation: the form of Porcupine's tests of a key-value store.
#include <fmt/format.h>

#include "checkers/formats/edn.h"
#include "checkers/formats/history_builder.h"
#include "checkers/formats/jepsen_operation.h"
#include "checkers/utf8.h"

namespace checkers {
namespace {

using Failure = std::string;

class EdnHistory {
 public:
  explicit EdnHistory(const Reading& how) : how_(how), builder_(HistoryBuilder::Clock::kSeveral, how) {}

  tl::expected<History, ReadError> read(const std::string& text);

 private:
  tl::expected<void, Failure> add(Value form, int64_t line);
  tl::expected<void, Failure> set(Event& event, const std::string& name, const Value& value);

  const Reading& how_;
  HistoryBuilder builder_;
  bool has_type_ = false, has_process_ = false, has_f_ = false, has_key_ = false;
  bool keys_apart_ = false;  // an operation had `:key`
};

tl::expected<void, Failure> EdnHistory::set(Event& event, const std::string& name, const Value& value) {
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
    event.value = value;
  } else if (name == "key") {
    event.key = key_of(builder_.history, value);
    has_key_ = keys_apart_ = true;
  } else {
    event.fields.set(name, value);
  }
  return {};
}

tl::expected<void, Failure> EdnHistory::add(Value form, int64_t line) {
  if (form.notation() != nullptr && form.notation()->kind == Notation::Kind::kTag)
    form = Value(form.notation()->plain);  // #jepsen.history.Op{…}
  if (!form.is_map()) return tl::unexpected(fmt::format("expected the map of an operation, found {}", to_json(form)));
  Event event;
  event.index = HistoryBuilder::kMissing;
  event.time = Nanos(HistoryBuilder::kMissing);
  has_type_ = has_process_ = has_f_ = has_key_ = false;
  for (const auto& [name, value] : form.map()) {
    if (auto done = set(event, name, value); !done) return done;
  }
  for (const auto& [has, name] :
       {std::pair(has_type_, ":type"), std::pair(has_process_, ":process"), std::pair(has_f_, ":f")}) {
    if (!has) return tl::unexpected(fmt::format("the operation has no {}", name));
  }
  if (how_.format == "kv" && !has_key_ && event.process != kNemesisProcess)
    return tl::unexpected(Failure("the operation has no :key"));
  if (auto reason = builder_.add(std::move(event), line)) return tl::unexpected(std::move(*reason));
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
    const ReadError start = reader.error("");
    auto form = reader.read();
    if (!form) return tl::unexpected(form.error());
    if (auto added = add(std::move(*form), start.line); !added)
      return tl::unexpected(ReadError{start.line, start.column, added.error()});
  }
  if (!keys_apart_ && !how_.keyed) split_keys(builder_.history);
  // Knossos takes a nil read for one that told nothing. Where keys stand apart nil is no value.
  builder_.history.null_reads_tell_nothing = !keys_apart_;
  return builder_.finish();
}

}  // namespace

tl::expected<History, ReadError> read_edn(TextInput& in, const Reading& how) { return EdnHistory(how).read(in.rest()); }

}  // namespace checkers
