#include "harness/systems/dynamo_routing.h"

namespace harness {
namespace {

class DynamoRouting : public Routing {
 public:
  // The items of a segregated cart are in the slot of the cart's own key.
  Request route_request(const std::string& key) const override { return {"ROUTE", key}; }

  std::optional<Route> read_route(const Reply& reply) const override {
    if (reply.elements.empty() || reply.elements[0].kind != Reply::Kind::kInteger) return std::nullopt;
    Route route;
    route.epoch = static_cast<uint64_t>(reply.elements[0].integer);
    for (size_t i = 1; i < reply.elements.size(); ++i) {
      const Reply& node = reply.elements[i];  // its name and its address
      if (node.elements.empty()) return std::nullopt;
      route.nodes.push_back(node.elements[0].text);
    }
    return route;
  }

  Request with_table(Request request, uint64_t epoch) const override {
    request.insert(request.end(), {"TABLE", std::to_string(epoch)});
    return request;
  }

  bool refused(const Reply& reply) const override {
    if (reply.kind != Reply::Kind::kError) return false;
    const std::string word = reply.text.substr(0, reply.text.find(' '));
    return word == "MOVED" || word == "STALE" || word == "UNAVAIL" || word == "BUSY";
  }

  std::string moved_to(const Reply& reply) const override {
    if (!refused(reply) || !reply.text.starts_with("MOVED ")) return "";
    return reply.text.substr(reply.text.rfind(' ') + 1);
  }
};

}  // namespace

const Routing& dynamo_routing() {
  static const DynamoRouting kRouting;
  return kRouting;
}

}  // namespace harness
