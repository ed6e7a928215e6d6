#include "node/antientropy/exchange.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>

#include "node/base/contains.h"

namespace node {

namespace {

constexpr size_t kGroups = 128;
constexpr size_t kSlotsPerGroup = kSlots / kGroups;
// A slot that changed so lately is left out: a write that is under way looks like a difference. Where writes never
// pause, one slot in kTurns takes part all the same, another one in each round.
constexpr Duration kQuiet = std::chrono::seconds(1);
constexpr Slot kTurns = 64;
constexpr Duration kPause = std::chrono::milliseconds(100);
constexpr unsigned kSkippedFrom = kSlots / 4 * 3;  // Bug::kSkipRange

uint64_t digest_of_all(const std::vector<uint64_t>& digests) {
  return std::accumulate(digests.begin(), digests.end(), uint64_t{0}, std::bit_xor<>());
}

}  // namespace

void Exchange::begin_epoch() {
  shared_.assign(replica_.nodes().size(), {});
  goes_on_.assign(replica_.nodes().size(), false);
  resume_.assign(replica_.nodes().size(), 0);
  groups_.assign(replica_.nodes().size(), std::vector<uint64_t>(kGroups, 0));
  counted_.assign(kSlots, 0);
  for (const Placement& placement : replica_.layout().placements()) {
    const unsigned end = std::min(placement.end, compared_until());
    if (placement.begin >= end || !contains(placement.owners.front(), replica_.self())) continue;
    for (NodeIndex owner : placement.owners.front()) {
      if (owner == replica_.self()) continue;
      std::vector<Slot>& slots = shared_[owner];
      const size_t before = slots.size();
      slots.resize(before + end - placement.begin);
      std::iota(slots.begin() + static_cast<std::ptrdiff_t>(before), slots.end(), static_cast<Slot>(placement.begin));
    }
  }
  const Tree& tree = replica_.records.tree();
  for (unsigned slot = tree.next_filled(0); slot < kSlots; slot = tree.next_filled(slot + 1)) {
    count(static_cast<Slot>(slot));
  }
}

unsigned Exchange::compared_until() const { return replica_.options().bug == Bug::kSkipRange ? kSkippedFrom : kSlots; }

// Of a slot that changes hands: by those who own it already. The others fetch it (reconfiguration/transfer.h).
bool Exchange::compared(Slot slot) const {
  return slot < compared_until() && contains(replica_.layout().at(slot).owners.front(), replica_.self());
}

bool Exchange::shares(NodeIndex peer, Slot slot) const {
  return compared(slot) && contains(replica_.layout().at(slot).owners.front(), peer);
}

const std::vector<Slot>& Exchange::shared(NodeIndex peer) const {
  static const std::vector<Slot> kNone;
  return peer < shared_.size() ? shared_[peer] : kNone;
}

bool Exchange::busy(Slot slot, Instant now) const {
  const Instant changed = replica_.records.tree().changed(slot);
  return changed > Instant{0} && now - changed <= kQuiet;
}

// Puts the slot's present digest in place of the one that it is counted with.
void Exchange::count(Slot slot) {
  const uint64_t change = replica_.records.tree().digest(slot) ^ counted_[slot];
  if (change == 0 || !compared(slot)) return;
  counted_[slot] ^= change;
  for (NodeIndex owner : replica_.layout().at(slot).owners.front()) groups_[owner][slot / kSlotsPerGroup] ^= change;
}

void Exchange::catch_up(Instant now) {
  std::vector<Slot> changed = replica_.records.take_changed();
  if (!changed.empty()) {
    for (Slot slot : changed) count(slot);
    std::sort(changed.begin(), changed.end());
    std::vector<Slot> both;
    std::set_union(busy_.begin(), busy_.end(), changed.begin(), changed.end(), std::back_inserter(both));
    busy_ = std::move(both);
  }
  std::erase_if(busy_, [&](Slot slot) { return !busy(slot, now); });
}

std::vector<uint64_t> Exchange::group_digests(NodeIndex peer, bool all, Instant now) {
  catch_up(now);
  if (peer >= groups_.size()) return std::vector<uint64_t>(kGroups, 0);
  std::vector<uint64_t> digests = groups_[peer];
  if (all) return digests;
  for (Slot slot : busy_) {
    if (shares(peer, slot)) digests[slot / kSlotsPerGroup] ^= counted_[slot];
  }
  return digests;
}

void Exchange::begin(Turn& turn) {
  const size_t nodes = shared_.size();
  for (size_t step = 1; step <= nodes; ++step) {
    auto peer = static_cast<NodeIndex>((last_ + step) % nodes);
    if (peer == replica_.self() || shared(peer).empty() || !replica_.up(peer, turn.now)) continue;
    last_ = peer;
    begin_round(turn, peer, false);
    return;
  }
}

void Exchange::begin_with(Turn& turn, NodeIndex peer) {
  if (shared(peer).empty()) return;
  const bool goes_on = goes_on_[peer];
  goes_on_[peer] = false;
  begin_round(turn, peer, !goes_on);
}

void Exchange::begin_round(Turn& turn, NodeIndex peer, bool all) {
  ++replica_.counters.exchanges;
  SyncGroups groups{all, group_digests(peer, all, turn.now), {}};
  if (!all) groups.digests = {digest_of_all(groups.digests)};
  const auto turn_of = static_cast<Slot>(++round_ % kTurns);
  for (Slot slot : busy_) {
    if (all || slot % kTurns != turn_of || !shares(peer, slot)) continue;
    groups.busy.emplace_back(slot, replica_.records.tree().digest(slot));
  }
  replica_.send(turn, peer, {}, std::move(groups));
}

void Exchange::on_groups(Turn& turn, NodeIndex from, const SyncGroups& message) {
  std::vector<uint64_t> ours = group_digests(from, message.all, turn.now);
  if (message.digests.size() == 1) {
    const bool same = message.digests.front() == digest_of_all(ours);
    if (!same) replica_.send(turn, from, {}, SyncGroups{message.all, std::move(ours), {}});
    return compare(turn, from, message.busy);
  }
  if (message.digests.size() != kGroups) return;
  const std::vector<Slot>& slots = shared(from);
  SyncSlots answer;
  for (size_t group = 0; group < kGroups; ++group) {
    if (ours[group] == message.digests[group]) continue;
    auto slot = std::lower_bound(slots.begin(), slots.end(), group * kSlotsPerGroup);
    for (; slot != slots.end() && *slot / kSlotsPerGroup == group; ++slot) {
      if (!message.all && busy(*slot, turn.now)) continue;
      answer.digests.emplace_back(*slot, replica_.records.tree().digest(*slot));
    }
  }
  if (!answer.digests.empty()) replica_.send(turn, from, {}, std::move(answer));
  compare(turn, from, message.busy);
}

struct Exchange::Answer {
  const Limits& limits;
  SyncBranches branches;
  SyncLeaves leaves;
  size_t items = 0;
  bool cut_short = false;
  bool full() const { return items >= limits.sync_items || branches.branches.size() >= limits.sync_branches; }
};

// What this node has of a region in which it and the peer differ.
void Exchange::look_into(const Region& region, Answer& answer) const {
  const Tree& tree = replica_.records.tree();
  if (answer.full()) {
    answer.cut_short = true;
    return;
  }
  if (tree.count(region) > limits_.leaf_items && region.depth < Region::kDeepest) {
    SyncBranches::Branch branch{region, {}};
    for (unsigned nibble = 0; nibble < 16; ++nibble) branch.digests[nibble] = tree.digest(region.child(nibble));
    answer.branches.branches.push_back(branch);
    return;
  }
  SyncLeaves::Leaf leaf{region, {}};
  tree.each(region, [&](const Tree::Item& item) {
    leaf.items.emplace_back(item.hash, item.digest);
    return true;
  });
  answer.items += 1 + leaf.items.size();
  answer.leaves.leaves.push_back(std::move(leaf));
}

void Exchange::send(Turn& turn, NodeIndex to, Answer answer) {
  if (!answer.branches.branches.empty()) replica_.send(turn, to, {}, std::move(answer.branches));
  if (!answer.leaves.leaves.empty()) replica_.send(turn, to, {}, std::move(answer.leaves));
  if (answer.cut_short) go_on_with(turn, to);
}

// What one exchange leaves out differs again in the next one, which follows as soon as this one can be over.
void Exchange::go_on_with(Turn& turn, NodeIndex peer) {
  if (peer >= goes_on_.size() || goes_on_[peer]) return;
  goes_on_[peer] = true;
  replica_.timers.add(turn.now + kPause, {Timer::Kind::kReconcile, peer});
}

void Exchange::on_slots(Turn& turn, NodeIndex from, const SyncSlots& message) { compare(turn, from, message.digests); }

void Exchange::compare(Turn& turn, NodeIndex from, const std::vector<std::pair<Slot, uint64_t>>& digests) {
  if (from >= resume_.size() || digests.empty()) return;
  // Where the last one was cut short, so that each slot has its turn.
  const auto start = static_cast<size_t>(
      std::find_if(digests.begin(), digests.end(), [&](const auto& slot) { return slot.first >= resume_[from]; }) -
      digests.begin());
  Answer answer{limits_, {}, {}};
  for (size_t i = 0; i < digests.size(); ++i) {
    const auto& [slot, digest] = digests[(start + i) % digests.size()];
    if (replica_.records.tree().digest(slot) == digest) continue;
    if (answer.full()) resume_[from] = slot;
    look_into({slot, 0, 0}, answer);
    if (answer.cut_short) break;
  }
  if (!answer.cut_short) resume_[from] = 0;
  send(turn, from, std::move(answer));
}

void Exchange::on_branches(Turn& turn, NodeIndex from, const SyncBranches& message) {
  Answer answer{limits_, {}, {}};
  for (const SyncBranches::Branch& branch : message.branches) {
    if (branch.region.depth >= Region::kDeepest) continue;
    for (unsigned nibble = 0; nibble < 16; ++nibble) {
      const Region part = branch.region.child(nibble);
      if (replica_.records.tree().digest(part) != branch.digests[nibble]) look_into(part, answer);
    }
  }
  send(turn, from, std::move(answer));
}

void Exchange::on_leaves(Turn& turn, NodeIndex from, const SyncLeaves& message) {
  SyncWant want;
  size_t sent = 0;
  for (const SyncLeaves::Leaf& leaf : message.leaves) {
    std::vector<std::pair<uint64_t, uint64_t>> theirs = leaf.items;
    std::sort(theirs.begin(), theirs.end());
    std::vector<std::pair<uint64_t, uint64_t>> ours;
    replica_.records.tree().each(leaf.region, [&](const Tree::Item& item) {
      ours.emplace_back(item.hash, item.digest);
      if (!std::binary_search(theirs.begin(), theirs.end(), ours.back())) send_record(turn, from, item, sent);
      return true;
    });
    std::sort(ours.begin(), ours.end());
    for (const auto& their : theirs) {
      if (!std::binary_search(ours.begin(), ours.end(), their)) want.hashes.emplace_back(leaf.region.slot, their.first);
    }
  }
  if (!want.hashes.empty()) replica_.send(turn, from, {}, std::move(want));
  if (sent >= limits_.sync_bytes) go_on_with(turn, from);
}

void Exchange::on_want(Turn& turn, NodeIndex from, const SyncWant& message) {
  size_t sent = 0;
  for (const auto& wanted : message.hashes) {
    replica_.records.tree().each({wanted.first, Region::kDeepest, wanted.second}, [&](const Tree::Item& item) {
      send_record(turn, from, item, sent);
      return true;
    });
  }
  if (sent >= limits_.sync_bytes) go_on_with(turn, from);
}

void Exchange::send_record(Turn& turn, NodeIndex to, const Tree::Item& item, size_t& sent) {
  if (sent >= limits_.sync_bytes || !replica_.background.may(turn.now, item.key.size() + item.bytes.size())) {
    sent = limits_.sync_bytes;
    return;
  }
  sent += item.bytes.size();
  ++replica_.counters.synced;
  replica_.send(turn, to, {}, Repair{key_of_storage_key(item.key), std::string(item.bytes)});
}

}  // namespace node
