// history.jsonl: one JSON object a line (docs/history.md).
//
// Nearly all lines are operations: those are read straight into an Event, many pieces of the file at a time where the
// caller lends threads. The few other records become a Value first. Everything is then put together in the order of the
// file, so that what is wrong is told of the first line that is wrong.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "checkers/formats/history_builder.h"
#include "checkers/formats/json.h"

namespace checkers {
namespace {

constexpr size_t kPiece = size_t{256} << 10;
constexpr size_t kShortLine = 80;  // bytes, to guess how many lines there are

// Reads the fields of one record; the first that has the wrong kind is kept as the error.
class Fields {
 public:
  explicit Fields(const Value& record) : record_(record) {}

  std::string bad_field;  // name of the field that is wrong, or missing
  std::string reason;

  bool failed() const { return !reason.empty(); }
  const Value& required(std::string_view name) {
    const Value& value = record_[name];
    if (value.is_null()) fail(name, fmt::format("field \"{}\" is missing", name));
    return value;
  }
  std::string text(std::string_view name) {
    return check(required(name), name, &Value::is_string, "a string").string();
  }
  int64_t integer(std::string_view name) { return check(required(name), name, &Value::is_int, "an integer").integer(); }
  bool boolean(std::string_view name) {
    return check(required(name), name, &Value::is_bool, "true or false").boolean();
  }

  void optional_text(std::string_view name, std::string& out) {
    if (!record_[name].is_null()) out = text(name);
  }
  void optional_integer(std::string_view name, int64_t& out) {
    if (!record_[name].is_null()) out = integer(name);
  }
  void optional_int(std::string_view name, int& out) {
    if (!record_[name].is_null()) out = static_cast<int>(integer(name));
  }
  void optional_bool(std::string_view name, bool& out) {
    if (!record_[name].is_null()) out = boolean(name);
  }
  void optional_time(std::string_view name, Nanos& out) {
    if (!record_[name].is_null()) out = Nanos(integer(name));
  }
  void optional_texts(std::string_view name, std::vector<std::string>& out) {
    const Value& list = record_[name];
    if (list.is_null()) return;
    check(list, name, &Value::is_list, "a list of strings");
    out.clear();
    for (const Value& element : list.list())
      out.push_back(check(element, name, &Value::is_string, "a list of strings").string());
  }

  const Value& check(const Value& value, std::string_view name, bool (Value::*is)() const, std::string_view expected) {
    if (!(value.*is)()) fail(name, fmt::format("field \"{}\" must be {}, found {}", name, expected, to_json(value)));
    return value;
  }
  void fail(std::string_view name, std::string why) {
    if (failed()) return;
    bad_field = name;
    reason = std::move(why);
  }

 private:
  const Value& record_;
};

std::vector<Promise> read_promises(Fields& fields, const Value& rows) {
  std::vector<Promise> promises;
  for (const Value& row : rows.list()) {
    const std::string& status = row["status"].string();
    Promise promise{row["checker"].string(), Promise::Status::kPromised, row["text"].string()};
    if (status == "expected") {
      promise.status = Promise::Status::kExpected;
    } else if (status == "not judged") {
      promise.status = Promise::Status::kNotJudged;
    } else if (status != "promised") {
      fields.fail("promises",
                  fmt::format("a promise's status must be promised, expected or not judged, found \"{}\"", status));
    }
    promises.push_back(std::move(promise));
  }
  return promises;
}

TestInfo read_test(Fields& fields, const Value& record) {
  TestInfo test;
  test.version = static_cast<int>(fields.integer("version"));
  if (!fields.failed() && test.version != 1) {
    fields.fail("version",
                fmt::format("version {} of the format is unknown: this program reads version 1", test.version));
  }
  fields.optional_text("workload", test.workload);
  fields.optional_texts("nemesis", test.nemesis);
  fields.optional_text("system", test.system);
  if (const Value& seed = record["seed"]; seed.is_int()) {
    test.seed = static_cast<uint64_t>(seed.integer());
  } else if (seed.is_string()) {  // above 2^63−1
    const std::string& digits = seed.string();
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), test.seed);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size())
      fields.fail("seed", "field \"seed\" must be a number");
  }
  fields.optional_texts("nodes", test.nodes);
  fields.optional_int("replicas", test.replicas);
  fields.optional_int("read_quorum", test.read_quorum);
  fields.optional_int("write_quorum", test.write_quorum);
  fields.optional_text("mode", test.mode);
  fields.optional_text("merge", test.merge);
  fields.optional_bool("segregated_carts", test.segregated_carts);
  fields.optional_bool("client_driven", test.client_driven);
  fields.optional_text("storage", test.storage);
  fields.optional_bool("hints", test.hints);
  fields.optional_bool("anti_entropy", test.anti_entropy);
  fields.optional_text("experiment", test.experiment);
  fields.optional_texts("capabilities", test.capabilities);
  fields.optional_text("bug", test.bug);
  if (const Value& share = record["require_availability"]; !share.is_null()) {
    if (!share.is_int() && !share.is_double())
      fields.fail("require_availability", "field \"require_availability\" must be a number");
    test.require_availability = share.number();
  }
  fields.optional_time("convergence_limit_ns", test.convergence_limit);
  test.promises = read_promises(fields, record["promises"]);
  return test;
}

std::vector<Record> read_records(Fields& fields, const Value& list, std::string_view name) {
  std::vector<Record> records;
  if (list.is_null()) return records;
  fields.check(list, name, &Value::is_list, "a list of records");
  records.reserve(list.list().size());
  for (const Value& item : list.list()) {
    if (!item["key"].is_string() || !item["versions"].is_list()) {
      fields.fail(name, fmt::format("a record needs a key and a list of versions, found {}", to_json(item)));
    }
    records.push_back({item["key"].string(), item["versions"].list(), item["context"].string(), item["home"].string()});
  }
  return records;
}

Dump read_dump(Fields& fields, const Value& record) {
  Dump dump;
  dump.time = Nanos(fields.integer("time"));
  dump.node = fields.text("node");
  dump.stage = fields.text("stage");
  dump.error = record["error"].string();
  if (record["unsynced"].is_int()) dump.unsynced = record["unsynced"].integer();
  if (record["strays"].is_int()) dump.strays = record["strays"].integer();
  if (dump.error.empty()) fields.required("records");
  dump.records = read_records(fields, record["records"], "records");
  dump.hints = read_records(fields, record["hints"], "hints");
  return dump;
}

NodeExit read_exit(Fields& fields) {
  NodeExit exit;
  exit.time = Nanos(fields.integer("time"));
  exit.node = fields.text("node");
  fields.optional_int("code", exit.code);
  fields.optional_int("signal", exit.signal);
  fields.optional_bool("expected", exit.expected);
  fields.optional_text("report", exit.report);
  return exit;
}

// Where in its line an error is, and what it is.
struct Failure {
  int64_t column = 1;
  std::string reason;
  bool at_end = false;  // the line broke off
};

// Reads lines that are operations.
class EventReader {
 public:
  enum class Line { kEvent, kOther, kBroken };

  Line read(std::string_view line, Event& event);

  Failure failure;           // of kBroken
  int64_t index_column = 1;  // of the field "index", where an operation that contradicts others is pointed at

 private:
  enum Field : unsigned { kType = 1, kIndex = 2, kTime = 4, kProcess = 8, kF = 16, kKey = 32, kValue = 64, kRest = 0 };

  static Field field_of(std::string_view name) {
    if (name == "type") return kType;
    if (name == "index") return kIndex;
    if (name == "time") return kTime;
    if (name == "process") return kProcess;
    if (name == "f") return kF;
    if (name == "key") return kKey;
    if (name == "value") return kValue;
    return kRest;
  }

  bool read_field(JsonReader& json, Field field, Event& event);
  bool read_integer(JsonReader& json, std::string_view name, int64_t& out);
  bool read_process(JsonReader& json, Event& event);
  bool read_key(JsonReader& json, Event& event);
  bool read_f(JsonReader& json, Event& event);
  bool read_type(JsonReader& json, Event& event);
  // Reads the value that is there instead.
  bool unexpected(JsonReader& json, std::string_view name, std::string_view expected);
  void fail(int64_t column, std::string reason) {
    if (failure.reason.empty()) failure = {column, std::move(reason), false};
  }
  Line broken(const JsonReader& json) {
    failure = {json.column(), json.reason(), json.at_end()};
    return Line::kBroken;
  }

  int64_t field_column_ = 1;  // of the field that is being read
  bool other_ = false;        // its type is none of an operation
  Map rest_;                  // reused from line to line
};

EventReader::Line EventReader::read(std::string_view line, Event& event) {
  failure.reason.clear();
  index_column = 1;
  other_ = false;
  rest_.clear();
  event.index = HistoryBuilder::kMissing;
  event.time = Nanos(HistoryBuilder::kMissing);
  JsonReader json(line);
  if (json.peek() != '{') {
    failure = {json.column(), "expected a JSON object", false};
    return Line::kBroken;
  }
  unsigned seen = 0;
  json.skip('{');
  if (!json.skip('}')) {
    do {
      json.peek();
      field_column_ = json.column();
      std::string_view name;
      if (!json.string(name)) return broken(json);
      const Field field = field_of(name);
      if (field == kRest) rest_.emplace_back(std::string(name), Value());
      if ((seen & field) != 0) fail(1, fmt::format("field \"{}\" appears twice", name));
      seen |= field;
      if (!json.expect(':') || !read_field(json, field, event)) return broken(json);
      if (other_) return Line::kOther;
    } while (json.skip(','));
    if (!json.skip('}')) {
      json.expected("',' or '}'");
      return broken(json);
    }
  }
  if (!json.end()) return broken(json);
  if (const std::string_view twice = name_twice(rest_); twice.data() != nullptr)
    fail(1, fmt::format("field \"{}\" appears twice", twice));
  for (const auto& [field, name] : {std::pair(kType, "type"), std::pair(kProcess, "process"), std::pair(kF, "f")}) {
    if ((seen & field) == 0) fail(1, fmt::format("field \"{}\" is missing", name));
  }
  if (!failure.reason.empty()) return Line::kBroken;
  if (!rest_.empty()) event.fields = Value(Map(std::move_iterator(rest_.begin()), std::move_iterator(rest_.end())));
  return Line::kEvent;
}

bool EventReader::read_field(JsonReader& json, Field field, Event& event) {
  switch (field) {
    case kType:
      return read_type(json, event);
    case kIndex:
      index_column = field_column_;
      return read_integer(json, "index", event.index);
    case kTime: {
      int64_t time = 0;
      if (!read_integer(json, "time", time)) return false;
      event.time = Nanos(time);
      return true;
    }
    case kProcess:
      return read_process(json, event);
    case kF:
      return read_f(json, event);
    case kKey:
      return read_key(json, event);
    case kValue:
      return json.read(event.value);
    case kRest:
      return json.read(rest_.back().second);
  }
  return false;
}

bool EventReader::unexpected(JsonReader& json, std::string_view name, std::string_view expected) {
  Value found;
  if (!json.read(found)) return false;
  fail(field_column_, fmt::format("field \"{}\" must be {}, found {}", name, expected, to_json(found)));
  return true;
}

bool EventReader::read_integer(JsonReader& json, std::string_view name, int64_t& out) {
  return json.integer(out) || unexpected(json, name, "an integer");
}

bool EventReader::read_process(JsonReader& json, Event& event) {
  constexpr std::string_view kExpected = "an integer from 0 or \"nemesis\"";
  const size_t start = json.offset();
  std::string_view word;
  if (json.integer(event.process)) {
    if (event.process >= 0) return true;
  } else if (json.peek() == '"' && json.string(word) && word == "nemesis") {
    event.process = kNemesisProcess;
    return true;
  }
  json.back_to(start);
  return unexpected(json, "process", kExpected);
}

bool EventReader::read_type(JsonReader& json, Event& event) {
  if (json.peek() != '"') return unexpected(json, "type", "a string");
  std::string_view word;
  if (!json.string(word)) return false;
  const auto type = event_type(word);
  other_ = !type;
  if (type) event.type = *type;
  return true;
}

bool EventReader::read_f(JsonReader& json, Event& event) {
  if (json.peek() != '"') return unexpected(json, "f", "a string");
  std::string_view word;
  if (!json.string(word)) return false;
  if (word.empty()) fail(field_column_, "field \"f\" is empty");
  event.f = word;
  return true;
}

bool EventReader::read_key(JsonReader& json, Event& event) {
  if (json.peek() == '"') {
    std::string_view word;
    if (!json.string(word)) return false;
    event.key = word;
    return true;
  }
  Value key;
  if (!json.read(key)) return false;
  if (!key.is_null()) event.key = to_json(key);
  return true;
}

// A part of the file, whole lines, and what was read in it.
struct Piece {
  struct Other {
    size_t events_before = 0;
    size_t line_start = 0;
    Value record;
  };
  struct Place {
    uint32_t line_start = 0;
    uint32_t column = 1;
  };

  std::string_view text;
  std::vector<Event> events;
  std::vector<Place> places;  // of each event
  std::vector<Other> others;
  std::optional<Failure> failure;  // reading ended there
  size_t failed_line_start = 0;
  bool failed_in_last_line = false;

  void read();
};

void Piece::read() {
  EventReader reader;
  events.reserve(text.size() / kShortLine + 1);
  places.reserve(text.size() / kShortLine + 1);
  for (size_t start = 0; start < text.size();) {
    const size_t newline = text.find('\n', start);
    const size_t end = newline != std::string_view::npos ? newline : text.size();
    const std::string_view line = text.substr(start, end - start);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      Event& event = events.emplace_back();
      EventReader::Line kind = reader.read(line, event);
      if (kind == EventReader::Line::kEvent) {
        places.push_back({static_cast<uint32_t>(start), static_cast<uint32_t>(reader.index_column)});
      } else {
        events.pop_back();
      }
      if (kind == EventReader::Line::kOther) {
        JsonReader json(line);
        Value record;
        if (json.read(record) && json.end()) {
          others.push_back({events.size(), start, std::move(record)});
        } else {
          reader.failure = {json.column(), json.reason(), json.at_end()};
          kind = EventReader::Line::kBroken;
        }
      }
      if (kind == EventReader::Line::kBroken) {
        failure = reader.failure;
        failed_line_start = start;
        failed_in_last_line = newline == std::string_view::npos;
        return;
      }
    }
    start = end + 1;
  }
}

class JsonLines {
 public:
  explicit JsonLines(const Reading& how) : how_(how), builder_(HistoryBuilder::Clock::kOne, how) {}

  tl::expected<History, ReadError> read(TextInput& in) {
    const size_t size = in.size();
    Headway headway(how_, "bytes read", size);
    size_t done = 0;
    std::string block;
    while (in.next(block)) {
      if (!headway.advance(block.size())) return tl::unexpected(ReadError{line_, 1, "interrupted while it was read"});
      std::vector<Piece> pieces = cut(block);
      const auto work = [&pieces](size_t i) { pieces[i].read(); };
      if (how_.for_each) {
        how_.for_each(pieces.size(), work);
      } else {
        for (size_t i = 0; i < pieces.size(); ++i) work(i);
      }
      for (Piece& piece : pieces) {
        if (auto error = add(piece)) return tl::unexpected(std::move(*error));
        line_ += std::count(piece.text.begin(), piece.text.end(), '\n');
        piece = Piece();  // the next ones need the memory
      }
      done += block.size();
      if (done == block.size()) builder_.expect_more(done, size);  // it was the first
    }
    return builder_.finish();
  }

 private:
  static std::vector<Piece> cut(std::string_view block) {
    std::vector<Piece> pieces;
    while (!block.empty()) {
      const size_t newline = block.size() > kPiece ? block.find('\n', kPiece) : std::string_view::npos;
      const size_t length = newline != std::string_view::npos ? newline + 1 : block.size();
      pieces.emplace_back().text = block.substr(0, length);
      block.remove_prefix(length);
    }
    return pieces;
  }

  std::optional<ReadError> add(Piece& piece) {
    const auto error_at = [&](size_t line_start, int64_t column, std::string reason) {
      const auto begin = piece.text.begin();
      return ReadError{line_ + std::count(begin, begin + static_cast<ptrdiff_t>(line_start), '\n'), column,
                       std::move(reason)};
    };
    auto other = piece.others.begin();
    for (size_t i = 0; i <= piece.events.size(); ++i) {
      for (; other != piece.others.end() && other->events_before == i; ++other) {
        if (auto failure = add_record(other->record)) {
          const std::string_view line = piece.text.substr(other->line_start);
          const size_t column = failure->first.empty() ? std::string_view::npos : line.find('"' + failure->first + '"');
          const bool in_line = column < line.find('\n');
          return error_at(other->line_start, in_line ? static_cast<int64_t>(column) + 1 : 1, failure->second);
        }
        first_ = false;
      }
      if (i == piece.events.size()) break;
      first_ = false;
      if (auto reason = builder_.add(std::move(piece.events[i]), 0))
        return error_at(piece.places[i].line_start, piece.places[i].column, std::move(*reason));
    }
    if (!piece.failure) return std::nullopt;
    // A run that was killed leaves half a last line. That is no damage: what is missing was never recorded.
    if (piece.failed_in_last_line && piece.failure->at_end) return std::nullopt;
    return error_at(piece.failed_line_start, piece.failure->column, piece.failure->reason);
  }

  // The field that is wrong, and why.
  std::optional<std::pair<std::string, std::string>> add_record(const Value& record) {
    Fields fields(record);
    History& history = builder_.history;
    const std::string type = fields.text("type");
    if (type == "test") {
      if (!first_) fields.fail("type", "the test record must be the first line");
      history.test = read_test(fields, record);
    } else if (type == "phase") {
      history.phases.push_back({Nanos(fields.integer("time")), fields.text("name")});
    } else if (type == "poll") {
      Poll poll{Nanos(fields.integer("time")), fields.integer("differing"), {}};
      fields.optional_texts("keys", poll.keys);
      history.polls.push_back(std::move(poll));
    } else if (type == "dump") {
      history.dumps.push_back(read_dump(fields, record));
    } else if (type == "node-exit") {
      history.exits.push_back(read_exit(fields));
    } else if (type == "harness") {
      history.lateness = std::max(history.lateness, Nanos(fields.integer("lateness_ns")));
    } else {
      fields.fail("type", fmt::format("unknown type \"{}\"", type));
    }
    if (!fields.failed()) return std::nullopt;
    return std::pair(fields.bad_field, fields.reason);
  }

  const Reading& how_;
  HistoryBuilder builder_;
  int64_t line_ = 1;  // of the piece that is being added
  bool first_ = true;
};

}  // namespace

tl::expected<History, ReadError> read_json_lines(TextInput& in, const Reading& how) { return JsonLines(how).read(in); }

}  // namespace checkers
