#include "node/ring/spread.h"

#include <algorithm>
#include <utility>

#include "node/base/contains.h"
#include "node/ring/member.h"

namespace node {

Spread::Spread(Points points, std::vector<int> weights, size_t replicas, std::vector<uint32_t> loads)
    : points_(std::move(points)),
      weights_(std::move(weights)),
      loads_(std::move(loads)),
      kept_(weights_.size(), 0),
      first_(weights_.size(), 0) {
  if (loads_.empty()) loads_.assign(points_.size(), 1);
  // Never more than there are owners: a walk would go round and round for one that it cannot meet.
  std::vector<NodeIndex> owners;
  for (const Point& point : points_) {
    if (!contains(owners, point.member)) owners.push_back(point.member);
  }
  replicas_ = std::min(replicas, owners.size());
  for (size_t start = 0; start < points_.size(); ++start) count(start, 1);
}

void Spread::add(int64_t& load, int64_t more, NodeIndex member, int64_t& cost) const {
  constexpr int64_t kPrecision = 100 * Member::kHeaviest;
  // Whoever should keep nothing costs more than anybody else.
  const int64_t price = kPrecision / std::max(weights_[member], 1);
  cost -= load * load * price;
  load += more;
  cost += load * load * price;
}

// The range that ends at this point, added to what its homes keep, or taken away.
void Spread::count(size_t start, int64_t sign) {
  const int64_t load = sign * static_cast<int64_t>(loads_[start]);
  met_.clear();
  for (size_t i = start, steps = 0; steps < points_.size() && met_.size() < replicas_; ++steps) {
    const NodeIndex member = points_[i].member;
    if (!contains(met_, member)) {
      met_.push_back(member);
      add(kept_[member], load, member, cost_.kept);
    }
    if (++i == points_.size()) i = 0;
  }
  const NodeIndex first = points_[start].member;
  add(first_[first], load, first, cost_.first);
}

void Spread::hand_over(size_t point, NodeIndex taker) {
  // The ranges that it is among the homes of: back from it, until N others stand between.
  starts_.clear();
  between_.clear();
  for (size_t i = point; starts_.size() < points_.size() && between_.size() < replicas_;) {
    starts_.push_back(i);
    i = i == 0 ? points_.size() - 1 : i - 1;
    if (!contains(between_, points_[i].member)) between_.push_back(points_[i].member);
  }
  for (size_t start : starts_) count(start, -1);
  points_[point].member = taker;
  for (size_t start : starts_) count(start, 1);
}

Spread::Cost Spread::cost_after(size_t point, NodeIndex taker) {
  const NodeIndex owner = points_[point].member;
  kept_before_ = kept_;
  first_before_ = first_;
  const Cost before = cost_;
  hand_over(point, taker);
  points_[point].member = owner;
  kept_.swap(kept_before_);
  first_.swap(first_before_);
  return std::exchange(cost_, before);
}

// Those that have the least for their weight first.
std::vector<NodeIndex> Spread::by_need(std::vector<NodeIndex> takers) const {
  std::stable_sort(takers.begin(), takers.end(), [this](NodeIndex a, NodeIndex b) {
    const int64_t left = kept_[a] * weights_[b], right = kept_[b] * weights_[a];
    return left != right ? left < right : first_[a] * weights_[b] < first_[b] * weights_[a];
  });
  return takers;
}

size_t Spread::even_out(const std::vector<bool>& movable, const std::vector<NodeIndex>& takers, size_t most) {
  size_t moved = 0;
  for (bool found = true; found && moved < most;) {
    found = false;
    size_t best_point = 0;
    NodeIndex best_taker = 0;
    Cost best;
    for (NodeIndex taker : by_need(takers)) {
      for (size_t point = 0; point < points_.size(); ++point) {
        if (!movable[point] || points_[point].member == taker) continue;
        const Cost cost = cost_after(point, taker);
        const bool must = weights_[points_[point].member] == 0;
        if ((!must && !(cost < cost_)) || (found && !(cost < best))) continue;
        found = true;
        best = cost;
        best_point = point;
        best_taker = taker;
      }
      if (found) break;
    }
    if (!found) break;
    hand_over(best_point, best_taker);
    ++moved;
  }
  return moved;
}

}  // namespace node
