#include "tests/node/sim/network.h"

#include <algorithm>

#include "tests/node/sim/random.h"

namespace node::sim {

namespace {
enum Purpose : uint64_t { kLoss, kDoubling, kLatency };
}

std::vector<Instant> Network::send(Instant now, int from, int to) {
  Link& link = links_[{from, to}];
  const uint64_t number = link.sent++;
  auto drawn = [&](uint64_t purpose, uint64_t copy) {
    return draw(seed_, {purpose, static_cast<uint64_t>(from), static_cast<uint64_t>(to), number, copy});
  };
  if (is_cut(from, to)) return {};
  if (from != to && drawn(kLoss, 0) % 100 < static_cast<uint64_t>(setup_.lost_percent)) return {};
  uint64_t copies = drawn(kDoubling, 0) % 100 < static_cast<uint64_t>(setup_.doubled_percent) ? 2 : 1;
  std::vector<Instant> arrivals;
  for (uint64_t copy = 0; copy < copies; ++copy) {
    auto width = static_cast<uint64_t>((setup_.longest - setup_.shortest).count()) + 1;
    Instant arrival = now + setup_.shortest + Duration(drawn(kLatency, copy) % width);
    if (setup_.in_order) arrival = std::max(arrival, link.last_arrival);
    link.last_arrival = std::max(arrival, link.last_arrival);
    arrivals.push_back(arrival);
  }
  return arrivals;
}

}  // namespace node::sim
