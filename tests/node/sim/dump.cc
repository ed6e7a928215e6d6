#include "tests/node/sim/dump.h"

#include <nlohmann/json.hpp>

namespace node::sim {

namespace {

// Bytes travel as the code points U+0000 to U+00FF, which JSON's UTF-8 spells in up to two bytes.
std::string bytes_of(const std::string& utf8) {
  std::string bytes;
  for (size_t i = 0; i < utf8.size(); ++i) {
    auto lead = static_cast<unsigned char>(utf8[i]);
    if (lead >= 0x80 && i + 1 < utf8.size()) lead = static_cast<unsigned char>(lead << 6 | (utf8[++i] & 0x3f));
    bytes.push_back(static_cast<char>(lead));
  }
  return bytes;
}

}  // namespace

Held parse_held(const std::string& json) {
  nlohmann::json line = nlohmann::json::parse(json, nullptr, false);
  Held held;
  if (line.is_discarded() || !line["versions"].is_array() || !line["key"].is_string() || !line["context"].is_string()) {
    ADD_FAILURE() << "not a line of a dump: " << json;
    return held;
  }
  held.key = bytes_of(line["key"]);
  held.versions = line["versions"].dump();
  held.context = line["context"];
  held.siblings = line["versions"].size();
  if (line.contains("home")) held.home = line["home"];
  return held;
}

}  // namespace node::sim
