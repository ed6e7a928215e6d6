#include "harness/sim/network.h"

#include <algorithm>

namespace harness::sim {

namespace {
enum NetworkPurpose : uint64_t { kMessageLoss, kDoubling, kLatency };
}

void Network::resize(int nodes) {
  std::vector<Link> old = std::move(links_);
  const size_t before = nodes_;
  nodes_ = static_cast<size_t>(nodes);
  links_.assign(nodes_ * nodes_, Link{});
  for (size_t i = 0; i < old.size(); ++i) links_[i / before * nodes_ + i % before] = old[i];
}

void Network::heal() {
  for (Link& each : links_) each.cut = false;
}

Network::Arrivals Network::send(Instant now, uint64_t identity, int from, int to) {
  Link& way = link(from, to);
  if (way.cut) return {};
  const auto drawn = [&](uint64_t purpose) { return draw(seed_, {identity, purpose}); };
  const auto percent = [](int value) { return static_cast<uint64_t>(value); };
  if (from != to && setup_.lost_percent > 0 && drawn(kMessageLoss) % 100 < percent(setup_.lost_percent)) return {};
  Arrivals arrivals;
  arrivals.count = setup_.doubled_percent > 0 && drawn(kDoubling) % 100 < percent(setup_.doubled_percent) ? 2 : 1;
  for (int copy = 0; copy < arrivals.count; ++copy) {
    const auto width = static_cast<uint64_t>((setup_.longest - setup_.shortest).count()) + 1;
    const uint64_t latency = drawn(kLatency + static_cast<uint64_t>(copy));
    const uint64_t spread = setup_.drawn.has(latency) ? latency % width : 0;
    Instant arrival = now + setup_.shortest + Duration(spread) + way.extra;
    if (setup_.in_order) arrival = std::max(arrival, way.last_arrival);
    way.last_arrival = std::max(arrival, way.last_arrival);
    arrivals.at[copy] = arrival;
  }
  return arrivals;
}

}  // namespace harness::sim
