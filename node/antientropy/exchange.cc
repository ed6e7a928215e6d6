#include "node/antientropy/exchange.h"

#include <algorithm>

namespace node {

namespace {

constexpr size_t kGroups = 128;
constexpr size_t kSlotsPerGroup = kSlots / kGroups;
// Limits of one exchange, so that no message grows without bound; what is left out differs again in the next round.
constexpr size_t kMaxSlots = 1024;
constexpr size_t kMaxKeys = 4096;

// The records of a slot are a range of the table.
RecordTable::Map::const_iterator first_of(const RecordTable::Map& records, Slot slot) {
  return records.lower_bound(storage_key(slot, ""));
}
bool in_slot(const RecordTable::Map& records, RecordTable::Map::const_iterator it, Slot slot) {
  return it != records.end() && slot_of_storage_key(it->first) == slot;
}

}  // namespace

void Exchange::begin_epoch() {
  shared_.assign(replica_.nodes().size(), {});
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

std::vector<uint64_t> Exchange::group_digests(NodeIndex peer) const {
  std::vector<uint64_t> digests(kGroups, 0);
  for (Slot slot : shared(peer)) digests[slot / kSlotsPerGroup] ^= replica_.slot_digest(slot);
  return digests;
}

void Exchange::begin(Turn& turn) {
  const size_t nodes = shared_.size();
  for (size_t step = 1; step <= nodes; ++step) {
    auto peer = static_cast<NodeIndex>((last_ + step) % nodes);
    if (peer == replica_.self() || shared(peer).empty() || !replica_.up(peer, turn.now)) continue;
    last_ = peer;
    begin_with(turn, peer);
    return;
  }
}

void Exchange::begin_with(Turn& turn, NodeIndex peer) {
  if (shared(peer).empty()) return;
  ++replica_.counters.exchanges;
  replica_.send(turn, peer, {}, SyncGroups{group_digests(peer)});
}

void Exchange::on_groups(Turn& turn, NodeIndex from, const SyncGroups& message) {
  if (message.digests.size() != kGroups) return;
  std::vector<uint64_t> ours = group_digests(from);
  SyncSlots answer;
  for (Slot slot : shared(from)) {
    size_t group = slot / kSlotsPerGroup;
    if (ours[group] != message.digests[group]) answer.digests.emplace_back(slot, replica_.slot_digest(slot));
  }
  if (!answer.digests.empty()) replica_.send(turn, from, {}, std::move(answer));
}

void Exchange::on_slots(Turn& turn, NodeIndex from, const SyncSlots& message) {
  const RecordTable::Map& records = replica_.records.entries();
  SyncKeys answer;
  for (const auto& theirs : message.digests) {
    Slot slot = theirs.first;
    if (replica_.slot_digest(slot) == theirs.second) continue;
    if (answer.slots.size() == kMaxSlots || answer.digests.size() >= kMaxKeys) break;
    answer.slots.push_back(slot);
    for (auto it = first_of(records, slot); in_slot(records, it, slot); ++it) {
      answer.digests.emplace_back(it->first, it->second.digest);
    }
  }
  if (!answer.slots.empty()) replica_.send(turn, from, {}, std::move(answer));
}

void Exchange::on_keys(Turn& turn, NodeIndex from, const SyncKeys& message) {
  const RecordTable::Map& records = replica_.records.entries();
  std::map<std::string, uint64_t> theirs(message.digests.begin(), message.digests.end());
  SyncWant want;
  for (const auto& [key, digest] : theirs) {
    if (key.size() < 2) return;
    auto it = records.find(key);
    if (it == records.end() || it->second.digest != digest) want.keys.push_back(key);
  }
  for (Slot slot : message.slots) {
    for (auto it = first_of(records, slot); in_slot(records, it, slot); ++it) {
      auto their = theirs.find(it->first);
      if (their == theirs.end() || their->second != it->second.digest) send_record(turn, from, it->first);
    }
  }
  if (!want.keys.empty()) replica_.send(turn, from, {}, std::move(want));
}

void Exchange::on_want(Turn& turn, NodeIndex from, const SyncWant& message) {
  for (const std::string& key : message.keys) send_record(turn, from, key);
}

void Exchange::send_record(Turn& turn, NodeIndex to, const std::string& storage_key) {
  const Record& record = replica_.records.visible(storage_key);
  if (record.empty() || storage_key.size() < 2) return;
  ++replica_.counters.synced;
  replica_.send(turn, to, {}, Repair{key_of_storage_key(storage_key), record});
}

}  // namespace node
