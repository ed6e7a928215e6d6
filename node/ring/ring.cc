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

namespace {

struct Point {
  Slot slot = 0;
  NodeIndex node = 0;
};

// Points in clockwise order. Two nodes may draw the same slot; the order of their names decides then.
std::vector<Point> draw_points(const std::vector<std::string>& names, int tokens) {
  std::vector<Point> points;
  for (size_t node = 0; node < names.size(); ++node) {
    for (int token = 0; token < tokens; ++token) {
      uint64_t hash = hash64(names[node], static_cast<uint64_t>(token));
      points.push_back({static_cast<Slot>(hash % kSlots), static_cast<NodeIndex>(node)});
    }
  }
  std::stable_sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.slot < b.slot; });
  return points;
}

}  // namespace

Ring::Ring(std::vector<std::string> names, int tokens) : names_(std::move(names)) {
  std::vector<Point> points = draw_points(names_, tokens);
  walk_of_slot_.resize(kSlots);
  Slot next = 0;  // first slot whose walk is not known yet
  for (size_t start = 0; start < points.size(); ++start) {
    if (start > 0 && points[start].slot == points[start - 1].slot) continue;  // no slot's walk begins here
    std::vector<NodeIndex> walk;
    std::vector<bool> met(names_.size(), false);
    // A node met before is skipped: N homes are N machines, however its points cluster (Dynamo §4.3).
    for (size_t step = 0; step < points.size() && walk.size() < names_.size(); ++step) {
      NodeIndex node = points[(start + step) % points.size()].node;
      if (met[node]) continue;
      met[node] = true;
      walk.push_back(node);
    }
    for (; next <= points[start].slot; ++next) walk_of_slot_[next] = static_cast<uint16_t>(walks_.size());
    walks_.push_back(std::move(walk));
  }
  // Slots behind the last point belong to the first: they hold 0.
}

NodeIndex Ring::index(std::string_view name) const {
  auto it = std::lower_bound(names_.begin(), names_.end(), name);
  return it != names_.end() && *it == name ? static_cast<NodeIndex>(it - names_.begin()) : kNobody;
}

size_t Ring::rank(Slot slot, NodeIndex node) const {
  const std::vector<NodeIndex>& nodes = walk(slot);
  return static_cast<size_t>(std::find(nodes.begin(), nodes.end(), node) - nodes.begin());
}

int Ring::slots_owned(NodeIndex node) const {
  return static_cast<int>(std::count_if(walk_of_slot_.begin(), walk_of_slot_.end(),
                                        [&](uint16_t point) { return walks_[point].front() == node; }));
}

}  // namespace node
