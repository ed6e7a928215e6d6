#include "node/ring/ring.h"

#include <algorithm>

#include "node/base/hash.h"

namespace node {

Slot slot_of(std::string_view key) {
  size_t open = key.find('{');
  if (open != std::string_view::npos) {
    size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % kSlots;
}

Ring::Ring(const Points& points, const std::vector<NodeIndex>& members) : walk_of_slot_(kSlots, 0) {
  const size_t numbers = members.empty() ? 0 : *std::max_element(members.begin(), members.end()) + size_t{1};
  std::vector<bool> met;
  walks_.reserve(points.size());
  ends_.reserve(points.size());
  size_t next = 0;  // first slot whose walk is not known yet
  for (size_t start = 0; start < points.size(); ++start) {
    std::vector<NodeIndex> walk;
    walk.reserve(members.size());
    met.assign(numbers, false);
    const auto meet = [&](NodeIndex member) {
      if (met[member]) return;
      met[member] = true;
      walk.push_back(member);
    };
    // A member met before is skipped: N homes are N machines, however its points cluster (Dynamo §4.3).
    for (size_t step = 0; step < points.size() && walk.size() < members.size(); ++step) {
      meet(points[(start + step) % points.size()].member);
    }
    for (NodeIndex member : members) meet(member);
    for (; next <= points[start].slot; ++next) walk_of_slot_[next] = static_cast<uint16_t>(walks_.size());
    walks_.push_back(std::move(walk));
    ends_.push_back(points[start].slot + 1u);
  }
  // Slots behind the last point belong to the first: they hold 0.
  if (walks_.empty()) {
    walks_.push_back(members);
    ends_.push_back(kSlots);
  }
}

unsigned Ring::end(Slot slot) const {
  const unsigned end = ends_[walk_of_slot_[slot]];
  return end > slot ? end : kSlots;
}

}  // namespace node
