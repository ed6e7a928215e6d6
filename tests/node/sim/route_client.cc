#include "tests/node/sim/route_client.h"

#include <algorithm>

namespace node::sim {

const RouteClient::Route* RouteClient::route_of(const std::string& key) {
  if (const auto known = routes_.find(key); known != routes_.end() && cluster_.now() < known->second.until) {
    return &known->second;
  }
  for (int contact : contacts_) {
    const Answer answer = cluster_.call(contact, {"ROUTE", key});
    // An older table than one that it has seen is no use.
    if (answer.elements.empty() || static_cast<uint64_t>(answer.elements[0].number) < epoch_) continue;
    ++routes_asked_;
    epoch_ = static_cast<uint64_t>(answer.elements[0].number);
    Route& route = routes_[key] = {{}, cluster_.now() + kKept};
    for (size_t i = 1; i < answer.elements.size(); ++i) {
      route.nodes.push_back(std::stoi(answer.elements[i].texts().at(0).substr(1)) - 1);  // n1 is 0
    }
    return &route;
  }
  return nullptr;
}

// True: some node took the request.
bool RouteClient::walk(const Route& route, const Words& words, Answer& answer) {
  for (int node : route.nodes) {
    answer = cluster_.call(node, words, {"TABLE", std::to_string(epoch_)});
    const std::string word = answer.none()    ? "unreachable"
                             : answer.error() ? answer.text.substr(0, answer.text.find(' '))
                                              : "answered";
    attempts_.push_back({node, word});
    if (word == "unreachable" || word == "STALE" || word == "UNAVAIL" || word == "BUSY") continue;
    return word != "MOVED";  // the route is an old one
  }
  return false;
}

Answer RouteClient::ask(const Words& words) {
  attempts_.clear();
  const std::string key = words.at(1);
  Answer answer;
  for (int round = 0; round <= kRetries; ++round) {
    if (round > 0) cluster_.run_for(std::chrono::milliseconds(50 << round));
    const Route* route = route_of(key);
    if (route == nullptr) continue;
    const bool taken = walk(*route, words, answer);
    // Whatever did not go as the table said is a reason to look at a newer one.
    if (attempts_.size() > 1 || !taken) routes_.erase(key);
    if (taken) return answer;
  }
  return answer;
}

}  // namespace node::sim
