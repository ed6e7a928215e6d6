// A reconciler that students write first: it keeps whatever either side holds. Removed items come back, superseded
// values stay, a total is the larger one.
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

using nlohmann::json;

namespace {

json answer(const json& request) {
  const std::string op = request.at("op");
  const std::string kind = request.at("kind");
  if (op == "merge") {
    if (kind == "counter") {
      const auto total = [](const json& state) { return state.is_null() ? 0 : state.get<int64_t>(); };
      return {{"state", std::max(total(request["a"]), total(request["b"]))}};
    }
    json both = request["a"].is_null() ? json::object() : request["a"];
    if (!request["b"].is_null()) both.update(request["b"]);
    return {{"state", both}};
  }
  json state = request["state"];
  if (op == "read") {
    if (kind == "counter") return {{"total", state.is_null() ? json(0) : state}};
    json shown = kind == "values" ? json::array() : json::object();
    for (const auto& [name, item] : state.items()) {
      if (kind == "values") {
        shown.push_back(name);
      } else {
        shown[item.get<std::string>()].push_back(name);
      }
    }
    return kind == "values" ? json{{"values", shown}, {"context", shown}} : json{{"items", shown}};
  }
  if (op == "increment")
    return {{"state", (state.is_null() ? 0 : state.get<int64_t>()) + request["amount"].get<int64_t>()}};
  if (state.is_null()) state = json::object();
  if (op == "write") {
    for (const json& seen : request["context"]) state.erase(seen.get<std::string>());
    state[request["value"].get<std::string>()] = "";
  } else if (op == "add") {
    state[request["tag"].get<std::string>()] = request["item"];
  } else {
    for (const json& tag : request["observed"]) state.erase(tag.get<std::string>());
  }
  return {{"state", state}};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) std::cout << answer(json::parse(line)).dump() << std::endl;
}
