#include "nemesis/simulated.h"

#include <algorithm>

namespace nemesis {

namespace {

using workloads::Random;
using Action = FaultEvent::Action;

int between(int least, int most, Random& random) {
  const int count = most - least + 1;
  return least + static_cast<int>(random.below(static_cast<uint64_t>(count)));
}

}  // namespace

std::vector<FaultEvent> draw_bad_networks(const Settings& settings, const std::vector<Span>& blocked) {
  Random random = random_of("bad-network", settings.seed);
  Track track(settings, settings.interval / 4, settings.interval / 2, blocked, random);
  std::vector<FaultEvent> events;
  while (const std::optional<Span> span = track.next()) {
    FaultEvent bad = event_of(span->from, Action::kBadNetwork);
    bad.count = random.chance(70) ? between(1, 30, random) : 0;
    bad.doubled = random.chance(50) ? between(1, 50, random) : 0;
    bad.disordered = random.chance(60) || bad.count + bad.doubled == 0;
    events.push_back(bad);
    events.push_back(event_of(span->to, Action::kGoodNetwork));
  }
  return events;
}

std::vector<FaultEvent> draw_slow_links(const Settings& settings, const std::vector<Span>& blocked) {
  Random random = random_of("slow-links", settings.seed);
  Track track(settings, settings.interval / 4, settings.interval / 2, blocked, random);
  std::vector<FaultEvent> events;
  if (settings.nodes.size() < 2) return events;
  while (const std::optional<Span> span = track.next()) {
    FaultEvent slow = event_of(span->from, Action::kSlowLinks);
    slow.count = between(1, 8, random) * 40;  // past the patience with silent homes, not past that with silent nodes
    const Nodes order = shuffled(settings.nodes, random);
    const size_t slowed = 1 + random.below(order.size() - 1);
    const bool both_ways = random.chance(50);
    for (size_t i = 0; i < slowed; ++i) {
      for (size_t j = slowed; j < order.size(); ++j) {
        slow.cuts.push_back({order[i], order[j]});
        if (both_ways) slow.cuts.push_back({order[j], order[i]});
      }
    }
    events.push_back(slow);
    events.push_back(event_of(span->to, Action::kFastLinks));
  }
  return events;
}

std::vector<FaultEvent> draw_clocks(const Settings& settings, const std::vector<Span>& blocked) {
  Random random = random_of("clock", settings.seed);
  Track track(settings, settings.interval / 4, settings.interval / 2, blocked, random);
  std::vector<FaultEvent> events;
  while (const std::optional<Span> span = track.next()) {
    const size_t count = one_or_minority(settings.nodes.size(), random);
    const Nodes nodes = choose(settings.nodes, count, random);
    const bool jumps = random.chance(60);
    FaultEvent wrong = event_of(span->from, jumps ? Action::kSkewClock : Action::kDriftClock, nodes);
    // Milliseconds up to a minute off; or up to 20 % too fast or too slow, far beyond what a crystal does.
    wrong.count = jumps ? between(-60'000, 60'000, random) : between(-200'000, 200'000, random);
    events.push_back(wrong);
    events.push_back(event_of(span->to, Action::kTrueClock, nodes));
  }
  return events;
}

std::vector<FaultEvent> draw_disks(const Settings& settings, const std::vector<Strike>& busy,
                                   const std::vector<Span>& blocked) {
  Random random = random_of("disk", settings.seed);
  Track track(settings, settings.interval / 4, settings.interval / 2, blocked, random);
  std::vector<FaultEvent> events;
  while (const std::optional<Span> span = track.next()) {
    constexpr Action kKinds[] = {Action::kSlowDisk, Action::kHangDisk, Action::kFailDisk, Action::kTearDisk};
    const Action kind = kKinds[random.below(std::size(kKinds))];
    const Nodes living = without(settings.nodes, busy, *span);
    if (living.empty()) continue;
    const size_t count = std::min(one_or_minority(settings.nodes.size(), random), living.size());
    const Nodes nodes = choose(living, count, random);
    events.push_back(event_of(span->from, kind, nodes));
    // A torn batch shows at a crash alone.
    if (kind == Action::kTearDisk) events.push_back(event_of((span->from + span->to) / 2, Action::kKill, nodes));
    events.push_back(event_of(span->to, Action::kGoodDisk, nodes));
    const bool ended = kind == Action::kFailDisk || kind == Action::kTearDisk;
    if (ended) events.push_back(event_of(span->to, Action::kRestart, nodes));
  }
  return events;
}

}  // namespace nemesis
