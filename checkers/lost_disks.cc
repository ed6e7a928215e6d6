#include <algorithm>
#include <map>
#include <set>

#include "checkers/trial.h"

namespace checkers {
namespace {

// A node whose storage server came back empty writes its image back as soon as it notices; it has surely done so after
// this time. If it ends before, the image is gone with it.
constexpr Nanos kWriteBack = std::chrono::seconds(5);

}  // namespace

LostDisks::LostDisks(const History& history, const std::vector<const Event*>& faults, int replicas,
                     bool kill_loses_disk)
    : replicas_(replicas) {
  std::map<std::string, std::vector<Nanos>> ends;  // of processes, by node
  for (const NodeExit& exit : history.exits) {
    ends[exit.node].push_back(exit.time);
    if (kill_loses_disk) losses_.emplace_back(exit.time, exit.node);
  }
  std::map<std::string, Nanos> emptied;  // storage servers that are not back yet
  const auto ended_between = [&](const std::string& node, Nanos since, Nanos until) {
    for (const Nanos end : ends[node]) {
      if (end >= since && end <= until) losses_.emplace_back(end, node);
    }
  };
  for (const Event* fault : faults) {
    const Event& event = *fault;
    for (const Value& name : event.value["nodes"].list()) {
      const std::string& node = name.string();
      const bool lost = event.f == "lose-disk" || event.f == "remove" || (event.f == "kill" && kill_loses_disk);
      if (lost) losses_.emplace_back(event.time, node);
      if (event.f == "lose-storage") emptied.emplace(node, event.time);
      if (event.f == "restart-storage" && event.fields["done"].boolean() && emptied.count(node) > 0) {
        ended_between(node, emptied[node], event.time + kWriteBack);
        emptied.erase(node);
      }
    }
  }
  for (const auto& [node, since] : emptied) ended_between(node, since, Nanos::max());
  std::sort(losses_.begin(), losses_.end());
}

std::optional<Nanos> LostDisks::beyond(int nodes) const {
  std::set<std::string_view> lost;
  for (const auto& [time, node] : losses_) {
    lost.insert(node);
    if (static_cast<int>(lost.size()) > nodes) return time;
  }
  return std::nullopt;
}

// Of the nodes that acknowledged the write, how many have lost their disks since? W of them excuse it. A node that kept
// it only as a hint has handed it to a home since, whichever that is: then W lost disks of any nodes do. And N lost
// disks may have been those of all its homes.
bool LostDisks::excuse(const Operation& write, Nanos until) const {
  if (losses_.empty()) return false;
  const auto count = [](const auto& nodes) { return static_cast<int>(nodes.size()); };
  const std::vector<std::string> acks = write.acks();
  std::set<std::string_view> lost;
  std::set<std::string_view> lost_acks;
  for (auto loss = std::lower_bound(losses_.begin(), losses_.end(), std::pair(write.start(), std::string()));
       loss != losses_.end(); ++loss) {
    if (loss->first > until) break;
    lost.insert(loss->second);
    if (count(lost) >= replicas_) return true;
    if (std::find(acks.begin(), acks.end(), loss->second) != acks.end()) lost_acks.insert(loss->second);
  }
  const bool anywhere = acks.empty() || write.field("hints").integer() > 0;
  return count(anywhere ? lost : lost_acks) >= write.w;
}

}  // namespace checkers
