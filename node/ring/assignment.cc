#include "node/ring/assignment.h"

#include <algorithm>

#include "node/base/hash.h"
#include "node/ring/spread.h"

namespace node {

namespace {

bool has_points(const Points& points, size_t member) {
  return std::any_of(points.begin(), points.end(), [&](const Point& point) { return point.member == member; });
}

Points draw_tokens(int tokens, const std::vector<Member>& members, const Points& now) {
  Points points;
  std::vector<bool> taken(kSlots, false);
  for (const Point& point : now) {
    if (!members[point.member].after()) continue;
    points.push_back(point);
    taken[point.slot] = true;
  }
  for (size_t place = 0; place < members.size(); ++place) {
    const Member& member = members[place];
    if (!member.after() || has_points(now, place)) continue;
    const int share = std::max(1, (tokens * member.weight + Member::kOrdinary / 2) / Member::kOrdinary);
    for (int token = 0; token < share && points.size() < kSlots; ++token) {
      auto slot = static_cast<Slot>(hash64(member.name, static_cast<uint64_t>(token)) % kSlots);
      while (taken[slot]) slot = static_cast<Slot>((slot + 1) % kSlots);
      taken[slot] = true;
      points.push_back({slot, static_cast<NodeIndex>(place)});
    }
  }
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.slot < b.slot; });
  return points;
}

// Members take turns, the heavier ones more often, each as far from its last turn as its weight allows.
Points deal_partitions(int partitions, const std::vector<Member>& members) {
  const int width = kSlots / partitions;
  std::vector<int> credit(members.size(), 0);
  int whole = 0;
  for (const Member& member : members) whole += member.after() ? member.weight : 0;
  Points points;
  for (int partition = 0; partition < partitions && whole > 0; ++partition) {
    for (size_t place = 0; place < members.size(); ++place) {
      if (members[place].after()) credit[place] += members[place].weight;
    }
    const auto turn = std::max_element(credit.begin(), credit.end());
    *turn -= whole;
    points.push_back({static_cast<Slot>((partition + 1) * width - 1), static_cast<NodeIndex>(turn - credit.begin())});
  }
  return points;
}

Points spread_partitions(int partitions, const std::vector<Member>& members, int replicas, const Points& now) {
  const bool from_nothing = now.empty();
  Points points = from_nothing ? deal_partitions(partitions, members) : now;
  std::vector<NodeIndex> all, newcomers;
  std::vector<int> weights;
  for (size_t place = 0; place < members.size(); ++place) {
    weights.push_back(members[place].after() ? members[place].weight : 0);
    if (!members[place].after()) continue;
    all.push_back(static_cast<NodeIndex>(place));
    if (!has_points(points, place)) newcomers.push_back(static_cast<NodeIndex>(place));
  }
  std::vector<bool> movable(points.size(), from_nothing);
  for (size_t i = 0; i < points.size(); ++i) movable[i] = movable[i] || !members[points[i].member].after();
  Spread spread(std::move(points), std::move(weights), static_cast<size_t>(replicas));
  spread.even_out(movable, all);
  if (!newcomers.empty()) spread.even_out(std::vector<bool>(movable.size(), true), newcomers);
  return spread.points();
}

}  // namespace

Points assign(const RingKind& kind, const std::vector<Member>& members, int replicas, const Points& now) {
  switch (kind.cut) {
    case RingKind::Cut::kTokens:
      return draw_tokens(kind.count, members, now);
    case RingKind::Cut::kEqual:
      return spread_partitions(kind.count, members, replicas, now);
  }
  return now;
}

}  // namespace node
