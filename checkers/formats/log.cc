// Operations as Jepsen logs them, and as its history.txt has them: `PROCESS :TYPE :F VALUE` with tabs or spaces in
// between, and perhaps an error behind. In a log each stands behind what the logger puts before it, which ends in
// `jepsen.util - ` (later `jepsen.util: `); lines of other loggers are passed over.
#include <fmt/format.h>

#include "checkers/formats/edn.h"
#include "checkers/formats/history_builder.h"
#include "checkers/formats/jepsen_operation.h"
#include "checkers/utf8.h"

namespace checkers {
namespace {

constexpr std::string_view kLogger = "jepsen.util";
constexpr size_t kLeastParts = 4, kMostParts = 5;

// What names a type of operations must be one, or its logger was misspelt.
bool names_a_type(std::string_view line) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  for (const std::string_view type : {":invoke", ":ok", ":fail", ":info"}) {
    const size_t at = line.find(type);
    if (at == std::string_view::npos || at == 0 || at + type.size() >= line.size()) continue;
    if (is_space(line[at - 1]) && is_space(line[at + type.size()])) return true;
  }
  return false;
}

class LogReader {
 public:
  explicit LogReader(const Reading& how) : how_(how), builder_(HistoryBuilder::Clock::kSeveral, how) {}

  tl::expected<History, ReadError> read(TextInput& in) {
    const size_t size = in.size();
    Headway headway(how_, "bytes read", size);
    std::string block;
    while (in.next(block)) {
      const bool first = builder_.history.events.empty();
      if (!headway.advance(block.size())) return tl::unexpected(error(0, "interrupted while it was read"));
      std::string_view text = block;
      while (!text.empty()) {
        const size_t newline = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, newline);
        text.remove_prefix(std::min(newline + 1, text.size()));
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (auto failure = read_line(line)) return tl::unexpected(std::move(*failure));
        ++line_;
      }
      if (first) builder_.expect_more(block.size(), size);
    }
    if (!how_.keyed) builder_.split_keys();
    return builder_.finish();
  }

 private:
  ReadError error(size_t offset, std::string reason) const {
    return {line_, static_cast<int64_t>(offset) + 1, std::move(reason)};
  }

  std::optional<ReadError> read_line(std::string_view line) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) return std::nullopt;
    if (const size_t bad = find_no_utf8(line); bad != std::string_view::npos)
      return error(bad, fmt::format("byte 0x{:02x} is no UTF-8", static_cast<unsigned char>(line[bad])));
    const size_t logger = line.find(kLogger);
    if (logger == std::string_view::npos && !names_a_type(line)) return std::nullopt;
    size_t start = 0;  // history.txt has no logger
    if (logger != std::string_view::npos) start = line.find_first_not_of(" -:", logger + kLogger.size());
    return read_operation(line, std::min(start, line.size()));
  }

  std::optional<ReadError> read_operation(std::string_view line, size_t start) {
    EdnReader reader(line.substr(start));
    if (read_plainly(reader)) return add(start);
    reader = EdnReader(line.substr(start));
    std::vector<Value> values;
    std::vector<size_t> starts;
    while (reader.peek() != '\0' || !reader.at_end()) {
      starts.push_back(start + static_cast<size_t>(reader.error("").column) - 1);
      if (values.size() == kMostParts) return error(starts.back(), "expected the end of the line after the error");
      auto value = reader.read();
      if (!value) return error(start + static_cast<size_t>(value.error().column) - 1, value.error().reason);
      values.push_back(std::move(*value));
    }
    if (values.size() < kLeastParts)
      return error(line.size(), "expected PROCESS :TYPE :F VALUE, found the end of the line");
    event_ = Event();
    const auto process = jepsen_process(values[0]);
    if (!process) return error(starts[0], process.error());
    event_.process = *process;
    const auto type = jepsen_type(values[1]);
    if (!type) return error(starts[1], type.error());
    event_.type = *type;
    event_.f = jepsen_f(values[2]);
    event_.value = std::move(values[3]);
    if (values.size() > 4) event_.fields.set("error", std::move(values[4]));
    return add(starts[0]);
  }

  // The way of nearly all: a number, two keywords, a plain value. False where it is anything else.
  bool read_plainly(EdnReader& reader) {
    Value process;
    if (!reader.read_plain(process) || !process.is_int() || process.integer() < 0) return false;
    const auto type_name = reader.keyword();
    const auto type = type_name ? event_type(*type_name) : std::nullopt;
    const auto f = type ? reader.keyword() : std::nullopt;
    if (!f) return false;
    event_ = Event();
    event_.process = process.integer();
    event_.type = *type;
    event_.f = *f;
    return reader.read_plain(event_.value) && reader.peek() == '\0' && reader.at_end();
  }

  // What was read last; `start`: where its process stands in the line.
  std::optional<ReadError> add(size_t start) {
    event_.index = HistoryBuilder::kMissing;
    event_.time = Nanos(HistoryBuilder::kMissing);
    if (auto reason = builder_.add(std::move(event_), line_)) return error(start, std::move(*reason));
    return std::nullopt;
  }

  const Reading& how_;
  HistoryBuilder builder_;
  int64_t line_ = 1;
  Event event_;  // the one that is being read
};

}  // namespace

// A line that begins with a process and a type, perhaps behind the logger.
bool looks_like_log(std::string_view head) {
  while (!head.empty()) {
    const size_t newline = std::min(head.find('\n'), head.size());
    std::string_view line = head.substr(0, newline);
    head.remove_prefix(std::min(newline + 1, head.size()));
    if (!names_a_type(line)) continue;
    if (line.find(kLogger) != std::string_view::npos) return true;
    const size_t start = line.find_first_not_of(" \t");
    if (line.substr(start, 8) == ":nemesis" || (line[start] >= '0' && line[start] <= '9')) return true;
  }
  return false;
}

tl::expected<History, ReadError> read_log(TextInput& in, const Reading& how) { return LogReader(how).read(in); }

}  // namespace checkers
