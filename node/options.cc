#include "node/options.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace node {

namespace {

using Verdict = tl::expected<void, std::string>;

Verdict at_least(std::string_view what, int64_t value, int64_t least) {
  if (value >= least) return {};
  return tl::unexpected(std::string(what) + " " + std::to_string(value) + " is less than " + std::to_string(least));
}

Verdict at_most(std::string_view what, int64_t value, std::string_view bound_name, int64_t bound) {
  if (value <= bound) return {};
  return tl::unexpected(std::string(what) + " " + std::to_string(value) + " exceeds " +
                        (bound_name.empty() ? "" : std::string(bound_name) + " ") + std::to_string(bound));
}

std::string in_ms(Duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

Verdict positive(std::string_view what, Duration time) {
  if (time >= std::chrono::milliseconds(1)) return {};
  return tl::unexpected(std::string(what) + " " + in_ms(time) + " is less than 1 ms");
}

Verdict shorter(std::string_view what, Duration time, std::string_view than, Duration bound) {
  if (time < bound) return {};
  return tl::unexpected(std::string(what) + " " + in_ms(time) + " is not below " + std::string(than) + " " +
                        in_ms(bound));
}

Verdict good_peers(const Options& options) {
  std::set<std::string_view> names, addresses;
  for (const Peer& peer : options.peers) {
    if (Verdict verdict = good_name(peer.name); !verdict) return verdict;
    if (peer.address.empty()) return tl::unexpected("peer " + peer.name + " has no address");
    const std::string weight = "weight of peer " + peer.name + ", in percent,";
    if (Verdict verdict = at_least(weight, peer.weight, 1); !verdict) return verdict;
    if (Verdict verdict = at_most(weight, peer.weight, "", 10'000); !verdict) return verdict;
    if (!names.insert(peer.name).second) return tl::unexpected("peers name " + peer.name + " twice");
    if (!addresses.insert(peer.address).second) {
      return tl::unexpected("peers give " + peer.address + " to two nodes, the second is " + peer.name);
    }
  }
  if (!options.join.empty()) {
    if (options.peers.empty()) return {};
    return tl::unexpected("a node is told its peers or joins, not both: it learns of them from " +
                          options.join.front());
  }
  if (!options.replaces.empty()) return tl::unexpected(std::string("only a node that joins can replace another"));
  if (names.count(options.name) == 0) return tl::unexpected("peers do not name this node, " + options.name);
  return {};
}

Verdict good_ring(const Options& options) {
  constexpr int kPoints = 16384;  // as many as slots (ring/ring.h)
  constexpr int kMost = 4096;
  const RingKind& ring = options.ring;
  const std::string name = "ring " + ring.to_string();
  if (ring.count < 1 || ring.count > kMost)
    return tl::unexpected(name + " does not count 1 to " + std::to_string(kMost));
  if (ring.cut == RingKind::Cut::kEqual) {
    if (kPoints % ring.count == 0) return {};
    return tl::unexpected(name + " is no power of two: partitions would not be equal");
  }
  int64_t points = 0;
  for (const Peer& peer : options.peers) points += std::max(1, (ring.count * peer.weight + 50) / 100);
  return at_most(name + " of all members: points", points, "the number of slots,", kPoints);
}

}  // namespace

std::string RingKind::to_string() const { return (cut == Cut::kTokens ? "tokens:" : "equal:") + std::to_string(count); }

tl::expected<RingKind, std::string> RingKind::parse(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view cut = text.substr(0, colon);
  RingKind ring;
  bool good = cut == "tokens" || cut == "equal";
  if (cut == "equal") ring = {Cut::kEqual, kPartitions};
  if (colon != std::string_view::npos) {
    const std::string_view count = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), ring.count);
    good = good && error == std::errc() && end == count.data() + count.size();
  }
  if (good) return ring;
  return tl::unexpected("ring '" + std::string(text) + "' is not tokens[:count] or equal[:partitions]");
}

tl::expected<void, std::string> good_name(const std::string& name) {
  constexpr size_t kMaxNameBytes = 15;
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  if (!name.empty() && name.size() <= kMaxNameBytes && name.find_first_not_of(kAllowed) == std::string::npos) return {};
  return tl::unexpected("name '" + name + "' is not 1 to 15 characters of A-Z a-z 0-9 _ -");
}

const std::vector<BugName>& all_bugs() {
  static const std::vector<BugName> bugs = {
      {Bug::kAcknowledgeEarly, "acknowledge-early", "answers a write after its own copy, before W replicas have it"},
      {Bug::kRepairWithFirstReply, "repair-with-first-reply", "read repair takes the first reply for the truth"},
      {Bug::kNoAntiEntropy, "no-anti-entropy", "replicas that nobody reads stay behind"},
      {Bug::kDoubleIncrement, "double-increment", "applies an identified increment again when it is retried"},
      {Bug::kForgetHints, "forget-hints", "keeps hints in memory only: a restart loses them"},
      {Bug::kPersistLate, "persist-late", "acknowledges at once, writes to disk half a second later"},
      {Bug::kReuseActor, "reuse-actor", "its actor id is its name: after losing its disk it counts from one again"},
      {Bug::kReuseRequestIds, "reuse-request-ids",
       "numbers its requests from one again after a restart: late answers to its former life count"},
      {Bug::kShowEarly, "show-early", "shows readers what is not on its disk yet"},
      {Bug::kMisdeliverHints, "misdeliver-hints", "hands a hint to another node than its home, and drops it"},
      {Bug::kReapEarly, "reap-early", "forgets a tombstone as soon as it finds it, and asks nobody"},
      {Bug::kSkipRange, "skip-range", "replicas never compare the last quarter of the slots"},
      {Bug::kClockDecides, "clock-decides",
       "throws away a write whose time is earlier than that of what it was built on"},
      {Bug::kStaleTable, "stale-table",
       "serves requests of nodes with an older routing table, tells nobody of newer ones"},
      {Bug::kJoinLosesRange, "join-loses-range",
       "of two nodes that join at once, the first owns before it has the data"},
  };
  return bugs;
}

std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::kStrict:
      return "strict";
    case Mode::kSloppy:
      return "sloppy";
    case Mode::kLin:
      return "lin";
  }
  return "";
}

std::string_view name_of(Merge merge) {
  switch (merge) {
    case Merge::kObservedRemove:
      return "observed-remove";
    case Merge::kUnion:
      return "union";
    case Merge::kLastWriteWins:
      return "last-write-wins";
  }
  return "";
}

tl::expected<void, std::string> validate(const Options& options) {
  constexpr size_t kMaxPeers = 256;
  const int peers = static_cast<int>(options.peers.size());
  const bool joins = !options.join.empty();  // then N, R, W are the cluster's
  const Verdict verdicts[] = {
      good_name(options.name),
      good_peers(options),
      at_most("number of peers", peers, "", kMaxPeers),
      good_ring(options),
      at_least("replicas", options.replicas, 1),
      at_most("replicas", options.replicas, "the number of peers,", joins ? options.replicas : peers),
      at_least("read_quorum", options.read_quorum, 1),
      at_most("read_quorum", options.read_quorum, "replicas", options.replicas),
      at_least("write_quorum", options.write_quorum, 1),
      at_most("write_quorum", options.write_quorum, "replicas", options.replicas),
      positive("request_timeout", options.request_timeout),
      positive("max_queue_delay", options.max_queue_delay),
      at_least("max_open_requests", static_cast<int64_t>(options.max_open_requests), 1),
      positive("max_hint_age", options.max_hint_age),
      shorter("max_hint_age", options.max_hint_age, "reap_after", options.reap_after),
      positive("hint_timeout", options.hint_timeout),
      shorter("hint_timeout", options.hint_timeout, "request_timeout", options.request_timeout),
      positive("heartbeat_interval", options.heartbeat_interval),
      shorter("heartbeat_interval", options.heartbeat_interval, "suspect_after", options.suspect_after),
      at_least("heartbeat_fanout", static_cast<int64_t>(options.heartbeat_fanout), 1),
      positive("gossip_interval", options.gossip_interval),
      positive("anti_entropy_interval", options.anti_entropy_interval),
      positive("handoff_interval", options.handoff_interval),
      at_least("transfer_bytes_per_second", static_cast<int64_t>(options.transfer_bytes_per_second), 1),
      at_least("hint_batch", static_cast<int64_t>(options.hint_batch), 1),
  };
  for (const Verdict& verdict : verdicts) {
    if (!verdict) return verdict;
  }
  if (options.non_expanding && (options.hints || options.anti_entropy || options.mode != Mode::kStrict)) {
    return tl::unexpected<std::string>(
        "experiment non-expanding needs mode strict, and hints and anti_entropy off: they mend what it measures");
  }
  return {};
}

}  // namespace node
