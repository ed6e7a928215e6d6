#include "node/antientropy/exchange.h"

#include <algorithm>

namespace node {

namespace {

constexpr size_t kGroups = 128;
constexpr size_t kSlotsPerGroup = kSlots / kGroups;
// Limits of one exchange, so that no message grows without bound; what is left out differs again in the next round.
constexpr size_t kMaxBranches = 1024;
constexpr size_t kMaxItems = 4096;
// A slot that changed so lately is left out: a write that is under way looks like a difference. Where writes never
// pause, one slot in kTurns takes part all the same, another one in each round.
constexpr Duration kQuiet = std::chrono::seconds(1);
constexpr Slot kTurns = 64;
constexpr Duration kPause = std::chrono::milliseconds(100);
constexpr size_t kMaxBytes = 4u << 20;  // of records sent in answer to one message

}  // namespace

void Exchange::begin_epoch() {
  shared_.assign(replica_.nodes().size(), {});
  goes_on_.assign(replica_.nodes().size(), false);
  resume_.assign(replica_.nodes().size(), 0);
  for (Slot slot = 0; slot < kSlots; ++slot) {
    // Of a slot that changes hands: those who own it already. The others fetch it (reconfiguration/transfer.h).
    const std::vector<NodeIndex>& owners = replica_.layout().at(slot).owners.front();
    if (std::find(owners.begin(), owners.end(), replica_.self()) == owners.end()) continue;
    for (NodeIndex owner : owners) {
      if (owner != replica_.self()) shared_[owner].push_back(slot);
    }
  }
}

const std::vector<Slot>& Exchange::shared(NodeIndex peer) const {
  static const std::vector<Slot> kNone;
  return peer < shared_.size() ? shared_[peer] : kNone;
}

bool Exchange::busy(Slot slot, Instant now) const {
  const Instant changed = replica_.records.tree().changed(slot);
  return changed > Instant{0} && now - changed <= kQuiet;
}

std::vector<uint64_t> Exchange::group_digests(NodeIndex peer, bool all, Instant now) const {
  std::vector<uint64_t> digests(kGroups, 0);
  for (Slot slot : shared(peer)) {
    if (all || !busy(slot, now)) digests[slot / kSlotsPerGroup] ^= replica_.records.tree().digest(slot);
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
  const auto turn_of = static_cast<Slot>(++round_ % kTurns);
  for (Slot slot : shared(peer)) {
    if (all || slot % kTurns != turn_of || !busy(slot, turn.now)) continue;
    groups.busy.emplace_back(slot, replica_.records.tree().digest(slot));
  }
  replica_.send(turn, peer, {}, std::move(groups));
}

void Exchange::on_groups(Turn& turn, NodeIndex from, const SyncGroups& message) {
  if (message.digests.size() != kGroups) return;
  std::vector<uint64_t> ours = group_digests(from, message.all, turn.now);
  SyncSlots answer;
  for (Slot slot : shared(from)) {
    size_t group = slot / kSlotsPerGroup;
    if (ours[group] == message.digests[group] || (!message.all && busy(slot, turn.now))) continue;
    answer.digests.emplace_back(slot, replica_.records.tree().digest(slot));
  }
  if (!answer.digests.empty()) replica_.send(turn, from, {}, std::move(answer));
  compare(turn, from, message.busy);
}

struct Exchange::Answer {
  SyncBranches branches;
  SyncLeaves leaves;
  size_t items = 0;
  bool cut_short = false;
  bool full() const { return items >= kMaxItems || branches.branches.size() >= kMaxBranches; }
};

// What this node has of a region in which it and the peer differ.
void Exchange::look_into(const Region& region, Answer& answer) const {
  const Tree& tree = replica_.records.tree();
  if (answer.full()) {
    answer.cut_short = true;
    return;
  }
  if (tree.count(region) > Tree::kLeafItems && region.depth < Region::kDeepest) {
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
  Answer answer;
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
  Answer answer;
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
  if (sent >= kMaxBytes) go_on_with(turn, from);
}

void Exchange::on_want(Turn& turn, NodeIndex from, const SyncWant& message) {
  size_t sent = 0;
  for (const auto& wanted : message.hashes) {
    replica_.records.tree().each({wanted.first, Region::kDeepest, wanted.second}, [&](const Tree::Item& item) {
      send_record(turn, from, item, sent);
      return true;
    });
  }
  if (sent >= kMaxBytes) go_on_with(turn, from);
}

void Exchange::send_record(Turn& turn, NodeIndex to, const Tree::Item& item, size_t& sent) {
  if (sent >= kMaxBytes || !replica_.background.may(turn.now, item.key.size() + item.bytes.size())) {
    sent = kMaxBytes;
    return;
  }
  sent += item.bytes.size();
  ++replica_.counters.synced;
  replica_.send(turn, to, {}, Repair{key_of_storage_key(item.key), item.bytes});
}

}  // namespace node
