#include "harness/systems/dump_json.h"

#include <fmt/format.h>

#include "checkers/formats/json.h"

namespace harness {

using checkers::Value;

namespace {

tl::unexpected<std::string> bad(std::string_view what, const std::string& json) {
  constexpr size_t kShown = 160;
  return tl::unexpected(fmt::format("dump element: {}: {}", what, json.substr(0, kShown)));
}

}  // namespace

tl::expected<void, std::string> add_to_dump(const std::string& json, checkers::Dump& dump) {
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
  if (!root["key"].is_string()) return bad("expected a string \"key\"", json);
  if (!root["versions"].is_list()) return bad("expected a list \"versions\"", json);
  if (!root["context"].is_string() && !root["context"].is_null()) return bad("expected a string \"context\"", json);
  checkers::Record record;
  record.key = root["key"].string();
  record.versions = root["versions"].list();
  record.context = root["context"].string();
  record.home = root["home"].string();
  (record.home.empty() ? dump.records : dump.hints).push_back(std::move(record));
  return {};
}

}  // namespace harness
