#include "harness/systems/dump_json.h"

#include <fmt/format.h>

#include "checkers/formats/json.h"

namespace harness {

using checkers::Record;
using checkers::Value;

namespace {

tl::unexpected<std::string> bad(std::string_view what, const std::string& json) {
  constexpr size_t kShown = 160;
  return tl::unexpected(fmt::format("dump element: {}: {}", what, json.substr(0, kShown)));
}

tl::expected<Record, std::string> record_of(const Value& root, const std::string& json) {
  if (!root["key"].is_string()) return bad("expected a string \"key\"", json);
  if (!root["versions"].is_list()) return bad("expected a list \"versions\"", json);
  if (!root["context"].is_string() && !root["context"].is_null()) return bad("expected a string \"context\"", json);
  return Record{root["key"].string(), root["versions"].list(), root["context"].string(), root["home"].string()};
}

void add_record(checkers::Dump& dump, const Record& record) {
  (record.home.empty() ? dump.records : dump.hints).push_back(record);
}

}  // namespace

void DumpReader::begin() {
  known_before_ = std::move(known_);
  known_.clear();
}

tl::expected<void, std::string> DumpReader::add(const std::string& json, checkers::Dump& dump) {
  auto known = known_.find(json);
  if (known == known_.end()) {
    if (auto before = known_before_.extract(json)) known = known_.insert(std::move(before)).position;
  }
  if (known != known_.end()) {
    add_record(dump, known->second);
    return {};
  }
  checkers::JsonReader reader(json);
  Value root;
  if (!reader.read(root) || !reader.end()) {
    return bad(fmt::format("parse error at column {}: {}", reader.column(), reader.reason()), json);
  }
  if (!root.is_map()) return bad("expected an object", json);
  if (root["unsynced"].is_int() || root["strays"].is_int()) {
    if (root["unsynced"].is_int()) dump.unsynced = root["unsynced"].integer();
    if (root["strays"].is_int()) dump.strays = root["strays"].integer();
    return {};
  }
  tl::expected<Record, std::string> record = record_of(root, json);
  if (!record) return tl::unexpected(record.error());
  add_record(dump, *record);
  known_.emplace(json, std::move(*record));
  return {};
}

}  // namespace harness
