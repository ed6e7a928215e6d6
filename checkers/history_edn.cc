// Jepsen's histories: operation maps one after another, or in one enclosing vector, with or without a tag, keys in any
// order.
#include <fmt/format.h>

#include "checkers/edn.h"
#include "checkers/history_builder.h"

namespace checkers {
namespace {

std::string as_key(const Value& value) { return value.is_string() ? value.string() : to_json(value); }

tl::expected<void, std::string> add_operation(HistoryBuilder& builder, const Value& form) {
  if (!form.is_map()) return tl::unexpected(fmt::format("expected the map of an operation, found {}", to_json(form)));
  Event event;
  bool has_index = false, has_time = false, has_type = false, has_process = false, has_f = false;
  for (const auto& [name, value] : form.map()) {
    if (name == "index" || name == "time") {
      if (value.is_null()) continue;
      if (!value.is_int()) return tl::unexpected(fmt::format(":{} must be an integer, found {}", name, to_json(value)));
      (name == "index" ? has_index : has_time) = true;
      if (name == "index") {
        event.index = value.integer();
      } else {
        event.time = Nanos(value.integer());
      }
    } else if (name == "type") {
      const auto type = event_type(value.string());
      if (!type)
        return tl::unexpected(fmt::format(":type must be :invoke, :ok, :fail or :info, found {}", to_json(value)));
      event.type = *type;
      has_type = true;
    } else if (name == "process") {
      if (!value.is_int() && value != Value("nemesis")) {
        return tl::unexpected(fmt::format(":process must be an integer or :nemesis, found {}", to_json(value)));
      }
      event.process = value.is_int() ? value.integer() : kNemesisProcess;
      has_process = true;
    } else if (name == "f") {
      event.f = as_key(value);
      has_f = true;
    } else if (name == "value") {
      event.value = value;
    } else {
      event.fields.set(name, value);
    }
  }
  for (const auto& [has, name] :
       {std::pair(has_type, ":type"), std::pair(has_process, ":process"), std::pair(has_f, ":f")}) {
    if (!has) return tl::unexpected(fmt::format("the operation has no {}", name));
  }
  if (auto reason = builder.add(std::move(event), has_index, has_time)) return tl::unexpected(std::move(*reason));
  return {};
}

// Keyed operations carry `[key value]`, and look like any pair (a cas of two values). They are keyed if every client
// operation of the history carries one: a read that is not keyed is invoked with nil.
void split_keys(History& history) {
  for (const Event& event : history.events) {
    if (event.process != kNemesisProcess && event.value.list().size() != 2) return;
  }
  for (Event& event : history.events) {
    if (event.process == kNemesisProcess) continue;
    event.key = as_key(event.value.list()[0]);
    event.value = Value(event.value.list()[1]);
  }
}

}  // namespace

tl::expected<History, ReadError> read_edn(std::string_view text) {
  EdnReader reader(text);
  HistoryBuilder builder(HistoryBuilder::Clock::kSeveral);
  const bool enclosed = reader.skip('[') || reader.skip('(');
  for (;;) {
    const char next = reader.peek();
    if (enclosed && (reader.skip(']') || reader.skip(')'))) {
      if (reader.peek() != '\0') return tl::unexpected(reader.error("expected the end of the file after the history"));
      break;
    }
    if (next == '\0') {
      if (enclosed) return tl::unexpected(reader.error("expected ']', found the end of the file"));
      break;
    }
    const ReadError start = reader.error("");
    auto form = reader.read();
    if (!form) return tl::unexpected(form.error());
    if (auto added = add_operation(builder, *form); !added)
      return tl::unexpected(ReadError{start.line, start.column, added.error()});
  }
  split_keys(builder.history);
  return std::move(builder.history);
}

}  // namespace checkers
