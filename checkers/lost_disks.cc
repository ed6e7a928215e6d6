#include <algorithm>
#include <set>

#include "checkers/trial.h"

namespace checkers {

LostDisks::LostDisks(const History& history, bool kill_loses_disk) {
  if (!kill_loses_disk) return;
  for (const Event& event : history.events) {
    if (event.process != kNemesisProcess || event.f != "kill") continue;
    for (const Value& node : event.value["nodes"].list()) losses_.emplace_back(event.time, node.string());
  }
  for (const NodeExit& exit : history.exits) losses_.emplace_back(exit.time, exit.node);
  std::sort(losses_.begin(), losses_.end());
}

bool LostDisks::excuse(const Operation& write, Nanos until) const {
  if (losses_.empty()) return false;
  const std::vector<std::string> acks = write.acks();
  std::set<std::string_view> lost;
  for (auto loss = std::lower_bound(losses_.begin(), losses_.end(), std::pair(write.start(), std::string()));
       loss != losses_.end(); ++loss) {
    if (loss->first > until) break;
    if (acks.empty() || std::find(acks.begin(), acks.end(), loss->second) != acks.end()) lost.insert(loss->second);
  }
  return static_cast<int>(lost.size()) >= write.w;
}

}  // namespace checkers
