// history.jsonl: one JSON object a line. The only file of the judge that includes the JSON library.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "checkers/history_builder.h"

namespace checkers {
namespace {

constexpr size_t kMaxDepth = 64;  // deeper than any record; keeps a hostile file from exhausting the stack

// Builds a Value from the parser's events, without the library's own tree in between.
class ValueBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return put(Value()); }
  bool boolean(bool b) override { return put(Value(b)); }
  bool number_integer(number_integer_t i) override { return put(Value(static_cast<int64_t>(i))); }
  bool number_unsigned(number_unsigned_t u) override {
    if (u > static_cast<number_unsigned_t>(std::numeric_limits<int64_t>::max()))
      return put(Value(static_cast<double>(u)));
    return put(Value(static_cast<int64_t>(u)));
  }
  bool number_float(number_float_t d, const string_t&) override { return put(Value(static_cast<double>(d))); }
  bool string(string_t& s) override { return put(Value(std::move(s))); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(false); }
  bool start_array(std::size_t) override { return open(true); }
  bool key(string_t& name) override {
    open_.back().map.emplace_back(std::move(name), Value());
    return true;
  }
  bool end_object() override {
    Map map = std::move(open_.back().map);
    if (has_duplicates(map)) return false;
    open_.pop_back();
    return put(Value(std::move(map)));
  }
  bool end_array() override {
    List list = std::move(open_.back().list);
    open_.pop_back();
    return put(Value(std::move(list)));
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& e) override {
    column = static_cast<int64_t>(position);
    reason = e.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 7: syntax error while …": the middle is ours to
    // say.
    if (const size_t colon = reason.find(": "); colon != std::string::npos) reason.erase(0, colon + 2);
    return false;
  }

  Value result;
  std::string reason;
  int64_t column = 1;

 private:
  struct Open {
    bool is_list = false;
    List list;
    Map map;
  };

  bool put(Value value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (open_.back().is_list) {
      open_.back().list.push_back(std::move(value));
    } else {
      open_.back().map.back().second = std::move(value);
    }
    return true;
  }

  bool open(bool is_list) {
    if (open_.size() == kMaxDepth) {
      reason = fmt::format("values are nested deeper than {}", kMaxDepth);
      return false;
    }
    open_.emplace_back().is_list = is_list;
    return true;
  }

  bool has_duplicates(const Map& map) {
    names_.clear();
    for (const auto& entry : map) names_.push_back(entry.first);
    std::sort(names_.begin(), names_.end());
    const auto twice = std::adjacent_find(names_.begin(), names_.end());
    if (twice == names_.end()) return false;
    reason = fmt::format("field \"{}\" appears twice", *twice);
    return true;
  }

  std::vector<Open> open_;
  std::vector<std::string_view> names_;  // reused from object to object
};

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
  fields.optional_text("storage", test.storage);
  fields.optional_bool("hints", test.hints);
  fields.optional_bool("anti_entropy", test.anti_entropy);
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
  Dump dump{Nanos(fields.integer("time")), fields.text("node"), fields.text("stage"), {}, {}, record["error"].string()};
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

class JsonLines {
 public:
  tl::expected<History, ReadError> read(std::string line, int64_t number, std::istream& in) {
    bool more = true;
    while (more) {
      if (line.find_first_not_of(" \t\r") != std::string::npos) {
        // A run that was killed leaves half a last line. That is no damage: what is missing was never recorded.
        const bool unfinished = in.eof();
        if (auto error = read_line(line, unfinished)) {
          error->line = number;
          return tl::unexpected(std::move(*error));
        }
      }
      more = static_cast<bool>(std::getline(in, line));
      ++number;
    }
    return std::move(builder_.history);
  }

 private:
  std::optional<ReadError> read_line(const std::string& line, bool unfinished) {
    ValueBuilder parser;
    if (!nlohmann::json::sax_parse(line.data(), line.data() + line.size(), &parser)) {
      const bool at_the_end = parser.column > static_cast<int64_t>(line.size());
      if (unfinished && at_the_end) return std::nullopt;
      return ReadError{0, parser.column, parser.reason};
    }
    Fields fields(parser.result);
    if (!parser.result.is_map()) {
      fields.fail("", "expected a JSON object");
    } else {
      read_record(fields, parser.result);
    }
    if (!fields.failed()) return std::nullopt;
    const size_t column = fields.bad_field.empty() ? 0 : line.find('"' + fields.bad_field + '"');
    return ReadError{0, column == std::string::npos ? 1 : static_cast<int64_t>(column) + 1, fields.reason};
  }

  void read_record(Fields& fields, Value& record) {
    History& history = builder_.history;
    const std::string type = fields.text("type");
    if (fields.failed()) return;
    const bool first = std::exchange(first_, false);
    if (const auto event = event_type(type)) {
      read_event(fields, record, *event);
    } else if (type == "test") {
      if (!first) fields.fail("type", "the test record must be the first line");
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
  }

  void read_event(Fields& fields, Value& record, EventType type) {
    Event event;
    event.type = type;
    bool has_index = false, has_time = false, has_process = false;
    Map rest;
    rest.reserve(record.map().size());
    for (auto& [name, value] : record.take_map()) {
      if (name == "type") continue;
      if (name == "index") {
        event.index = fields.check(value, name, &Value::is_int, "an integer").integer();
        has_index = true;
      } else if (name == "time") {
        event.time = Nanos(fields.check(value, name, &Value::is_int, "an integer").integer());
        has_time = true;
      } else if (name == "process") {
        if (!value.is_int() && value != Value("nemesis")) {
          fields.fail(name,
                      fmt::format("field \"process\" must be an integer or \"nemesis\", found {}", to_json(value)));
        }
        event.process = value.is_int() ? value.integer() : kNemesisProcess;
        has_process = true;
      } else if (name == "f") {
        event.f = fields.check(value, name, &Value::is_string, "a string").string();
      } else if (name == "key") {
        if (!value.is_null()) event.key = value.is_string() ? value.string() : to_json(value);
      } else if (name == "value") {
        event.value = std::move(value);
      } else {
        rest.emplace_back(std::move(name), std::move(value));
      }
    }
    if (!has_process) fields.fail("process", "field \"process\" is missing");
    if (event.f.empty()) fields.fail("f", "field \"f\" is missing");
    if (fields.failed()) return;
    if (!rest.empty()) {
      rest.shrink_to_fit();
      event.fields = Value(std::move(rest));
    }
    if (auto reason = builder_.add(std::move(event), has_index, has_time)) fields.fail("index", std::move(*reason));
  }

  HistoryBuilder builder_{HistoryBuilder::Clock::kOne};
  bool first_ = true;
};

}  // namespace

tl::expected<History, ReadError> read_json_lines(std::string first_line, int64_t first_line_number, std::istream& in) {
  return JsonLines().read(std::move(first_line), first_line_number, in);
}

}  // namespace checkers
