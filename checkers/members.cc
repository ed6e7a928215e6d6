#include "checkers/members.h"

#include <algorithm>

namespace checkers {

std::vector<std::string> members_at_end(const History& history) {
  std::vector<std::string> members = history.test.nodes;
  for (const Event& event : history.events) {
    if (event.process != kNemesisProcess) continue;
    const bool done = event.fields["done"].boolean() && !event.fields["error"].is_string();
    // A node that is removed is dead from the command on, whatever the others make of it.
    const bool joins = event.f == "join" && done;
    const bool goes = (event.f == "leave" && done) || event.f == "remove";
    if (!joins && !goes) continue;
    for (const Value& node : event.value["nodes"].list()) {
      const auto found = std::find(members.begin(), members.end(), node.string());
      if (joins && found == members.end()) members.push_back(node.string());
      if (goes && found != members.end()) members.erase(found);
    }
  }
  return members;
}

std::vector<std::string> members_ever(const History& history) {
  std::vector<std::string> members = history.test.nodes;
  for (const Event& event : history.events) {
    if (event.process != kNemesisProcess || event.f != "join") continue;
    for (const Value& node : event.value["nodes"].list()) {
      if (std::find(members.begin(), members.end(), node.string()) == members.end()) members.push_back(node.string());
    }
  }
  return members;
}

}  // namespace checkers
