#include "harness/systems/dump_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace harness {

using checkers::List;
using checkers::Map;
using checkers::Value;

namespace {

// Builds a checkers::Value straight from the parser's events: a dump has hundreds of thousands of small objects, and a
// tree of the parser's own would double the work.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return put(Value()); }
  bool boolean(bool value) override { return put(Value(value)); }
  bool number_integer(number_integer_t value) override { return put(Value(int64_t{value})); }
  bool number_unsigned(number_unsigned_t value) override { return put(Value(static_cast<int64_t>(value))); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return put(Value(value)); }
  bool string(string_t& value) override { return put(Value(std::move(value))); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return open(true); }
  bool start_array(std::size_t /*elements*/) override { return open(false); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    open_.back().key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& e) override {
    error_ = e.what();
    return false;
  }

  Value root;
  const std::string& error() const { return error_; }

 private:
  struct Open {
    std::string key;  // of the field that comes next, if this is an object
    bool is_map = false;
    Map map;
    List list;
  };

  bool open(bool is_map) {
    open_.push_back({.key = {}, .is_map = is_map, .map = {}, .list = {}});
    return true;
  }

  bool close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    return put(done.is_map ? Value(std::move(done.map)) : Value(std::move(done.list)));
  }

  // Not inlined: g++ 12 then takes the variant's other members for used uninitialized (-Wmaybe-uninitialized).
  [[gnu::noinline]] bool put(Value value) {
    if (open_.empty()) {
      root = std::move(value);
    } else if (open_.back().is_map) {
      open_.back().map.emplace_back(std::move(open_.back().key), std::move(value));
    } else {
      open_.back().list.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Open> open_;
  std::string error_;
};

tl::unexpected<std::string> bad(std::string_view what, const std::string& json) {
  constexpr size_t kShown = 160;
  return tl::unexpected(fmt::format("dump element: {}: {}", what, json.substr(0, kShown)));
}

}  // namespace

tl::expected<checkers::Record, std::string> parse_record(const std::string& json) {
  Builder builder;
  if (!nlohmann::json::sax_parse(json, &builder)) return bad(builder.error(), json);
  const Value& root = builder.root;
  if (!root.is_map()) return bad("expected an object", json);
  if (!root["key"].is_string()) return bad("expected a string \"key\"", json);
  if (!root["versions"].is_list()) return bad("expected a list \"versions\"", json);
  if (!root["context"].is_string() && !root["context"].is_null()) return bad("expected a string \"context\"", json);
  checkers::Record record;
  record.key = root["key"].string();
  record.versions = root["versions"].list();
  record.context = root["context"].string();
  record.home = root["home"].string();
  return record;
}

}  // namespace harness
