#include "nemesis/track.h"

#include <algorithm>
#include <utility>

namespace nemesis {

using workloads::Random;

bool overlap(const Span& a, const Span& b) { return a.from <= b.to && b.from <= a.to; }

Millis around(Millis mean, Random& random) {
  return mean * 3 / 4 + Millis(random.below(static_cast<uint64_t>(mean.count() / 2 + 1)));
}

Random random_of(std::string_view nemesis, uint64_t seed) {
  uint64_t name = 0;
  for (const char c : nemesis) name = name * 257 + static_cast<unsigned char>(c);
  return Random(seed ^ Random(name).next());
}

Nodes shuffled(Nodes nodes, Random& random) {
  for (size_t left = nodes.size(); left > 1; --left) std::swap(nodes[left - 1], nodes[random.below(left)]);
  return nodes;
}

Nodes choose(const Nodes& nodes, size_t count, Random& random) {
  Nodes chosen = shuffled(nodes, random);
  chosen.resize(count);
  Nodes in_order;
  for (const std::string& node : nodes) {
    if (std::find(chosen.begin(), chosen.end(), node) != chosen.end()) in_order.push_back(node);
  }
  return in_order;
}

size_t largest_minority(size_t count) { return std::max<size_t>(1, (count - 1) / 2); }

size_t one_or_minority(size_t count, Random& random) { return random.below(2) == 0 ? 1 : largest_minority(count); }

FaultEvent event_of(Millis at, FaultEvent::Action action, Nodes nodes) {
  FaultEvent event;
  event.at = at;
  event.action = action;
  event.nodes = std::move(nodes);
  return event;
}

Nodes without(Nodes nodes, const std::vector<Strike>& strikes, const Span& span) {
  for (const Strike& strike : strikes) {
    if (!overlap(strike.span, span)) continue;
    for (const std::string& node : strike.nodes)
      nodes.erase(std::remove(nodes.begin(), nodes.end(), node), nodes.end());
  }
  return nodes;
}

std::optional<Span> Track::next() {
  Span span = free_from(next_);
  if (span.to - span.from < shortest()) return std::nullopt;
  next_ = std::max(span.from + around(settings_.interval, random_), span.to + settings_.interval / 4);
  return span;
}

Span Track::free_from(Millis from) {
  Span span{from, from + around(length_, random_)};
  for (const Span& other : blocked_) {
    if (!overlap(span, other)) continue;
    if (other.from - span.from > shortest()) {
      span.to = other.from - Millis(1);
    } else {
      span = {other.to + Millis(1), other.to + Millis(1) + around(length_, random_)};
    }
  }
  span.to = std::min(span.to, settings_.time_limit - Millis(1));
  return span;
}

}  // namespace nemesis
