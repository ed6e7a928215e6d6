#include "tests/node/sim/dump.h"

#include <nlohmann/json.hpp>

namespace node::sim {

Held parse_held(const std::string& json) {
  nlohmann::json line = nlohmann::json::parse(json, nullptr, false);
  Held held;
  if (line.is_discarded() || !line["versions"].is_array() || !line["key"].is_string() || !line["context"].is_string()) {
    ADD_FAILURE() << "not a line of a dump: " << json;
    return held;
  }
  held.key = line["key"];
  held.versions = line["versions"].dump();
  held.context = line["context"];
  held.siblings = line["versions"].size();
  if (line.contains("home")) held.home = line["home"];
  return held;
}

}  // namespace node::sim
