#include "node/reconfiguration/strays.h"

#include <algorithm>
#include <utility>

namespace node {

namespace {
constexpr size_t kMostSlots = 256;   // on their way at a time
constexpr size_t kForgotten = 4096;  // records a tick
}  // namespace

void Strays::begin_epoch() {
  moving_.clear();
  by_request_.clear();
  hints_looked_at_ = false;
  none_at_.reset();
}

size_t Strays::slots() const {
  size_t count = 0;
  replica_.each_stray([&](Slot) {
    ++count;
    return true;
  });
  return count;
}

std::vector<NodeIndex> Strays::homes(Slot slot) const {
  const Placement& placement = replica_.layout().at(slot);
  std::vector<NodeIndex> homes(placement.walk.begin(),
                               placement.walk.begin() + static_cast<std::ptrdiff_t>(placement.homes));
  homes.erase(std::remove_if(homes.begin(), homes.end(), [this](NodeIndex home) { return replica_.lost(home); }),
              homes.end());
  return homes;
}

void Strays::tick(Turn& turn) {
  if (replica_.table().epoch == 0) return;
  if (!replica_.member()) return forget_some(turn);
  if (replica_.options().bug == Bug::kMisdeliverHints) return;  // what came to the wrong node stays there
  take_hints_over(turn);
  for (auto it = moving_.begin(); it != moving_.end();) {
    // An answer that has not come by now never will: from the start.
    const bool late = turn.now - it->second.since > replica_.options().request_timeout;
    it = late ? moving_.erase(it) : std::next(it);
  }
  if (moving_.empty()) by_request_.clear();
  if (none_at_ == tree().filled()) return;
  bool none = true;
  std::map<NodeIndex, StraysHeld> questions;
  replica_.each_stray([&](Slot slot) {
    none = false;
    if (moving_.size() == kMostSlots) return false;
    if (moving_.count(slot) > 0) return true;
    const std::vector<NodeIndex> owners = homes(slot);
    const bool all_up =
        std::all_of(owners.begin(), owners.end(), [&](NodeIndex home) { return replica_.up(home, turn.now); });
    if (owners.empty() || !all_up) return true;
    Moving& moving = moving_[slot];
    moving.round = ++last_round_;
    moving.digest = tree().digest(slot);
    moving.since = turn.now;
    for (NodeIndex home : owners) {
      moving.homes[home] = {};
      questions[home].slots.emplace_back(slot, moving.digest);
    }
    return true;
  });
  if (none && moving_.empty()) none_at_ = tree().filled();
  if (replica_.options().bug == Bug::kJoinLosesRange) {  // does not wait to hear that others have it
    for (const auto& entry : std::map<Slot, Moving>(moving_)) drop(turn, entry.first);
    return;
  }
  for (auto& [home, question] : questions) replica_.send(turn, home, {}, std::move(question));
}

// A hint whose home is no longer one, or goes: what it holds goes the way of everything else that does not belong here.
// A home that goes would take it, and then forget it, though the new owners may have asked it for its data before.
void Strays::take_hints_over(Turn& turn) {
  if (std::exchange(hints_looked_at_, true)) return;
  for (const std::string& hint_key : keys_of(replica_.hints, SIZE_MAX)) {
    const std::string stored = Replica::storage_key_of_hint(hint_key);
    const NodeIndex home = replica_.home_of_hint(hint_key);
    const bool owned = home != Directory::kNobody && replica_.is_home(slot_of_storage_key(stored), home);
    if (owned && replica_.stays(home)) continue;
    const Record latest = replica_.hints.latest(hint_key);
    if (latest.empty()) continue;  // it is being dropped
    replica_.merge(turn, key_of_storage_key(stored), latest);
    replica_.drop_hint(turn, hint_key);  // after the merge, also on disk
  }
}

void Strays::forget_some(Turn& turn) {
  if (tree().size() == 0 && replica_.hints.size() == 0) return;
  for (const std::string& key : keys_of(replica_.records, kForgotten)) replica_.drop(turn, key);
  for (const std::string& key : keys_of(replica_.hints, kForgotten)) replica_.drop_hint(turn, key);
}

void Strays::on_held(Turn& turn, NodeIndex from, const StraysHeld& message) {
  StraysKnown answer;
  for (const auto& [slot, digest] : message.slots) {
    if (tree().digest(slot) == digest) {
      answer.same.push_back(slot);
      continue;
    }
    SyncLeaves::Leaf leaf{{slot, 0, 0}, {}};
    tree().each(leaf.region, [&](const Tree::Item& item) {
      leaf.items.emplace_back(item.hash, item.digest);
      return true;
    });
    answer.others.push_back(std::move(leaf));
  }
  replica_.send(turn, from, {}, std::move(answer));
}

void Strays::on_known(Turn& turn, NodeIndex from, const StraysKnown& message) {
  const auto awaited = [&](Slot slot) -> Home* {
    const auto moving = moving_.find(slot);
    if (moving == moving_.end()) return nullptr;
    const auto home = moving->second.homes.find(from);
    return home != moving->second.homes.end() && home->second.asked ? &home->second : nullptr;
  };
  for (Slot slot : message.same) {
    Home* home = awaited(slot);
    if (home == nullptr) continue;
    home->asked = false;
    look_at(turn, slot);
  }
  for (const SyncLeaves::Leaf& leaf : message.others) {
    Home* home = awaited(leaf.region.slot);
    if (home == nullptr) continue;
    home->asked = false;
    push(turn, from, leaf.region.slot, leaf.items);
    look_at(turn, leaf.region.slot);
  }
}

void Strays::push(Turn& turn, NodeIndex to, Slot slot, std::vector<std::pair<uint64_t, uint64_t>> known) {
  std::sort(known.begin(), known.end());
  const uint64_t round = moving_[slot].round;
  Home& home = moving_[slot].homes[to];
  tree().each({slot, 0, 0}, [&](const Tree::Item& item) {
    if (std::binary_search(known.begin(), known.end(), std::pair(item.hash, item.digest))) return true;
    if (!replica_.background.may(turn.now, item.key.size() + item.bytes.size())) {
      home.held_back = true;
      return false;
    }
    const RequestId id = replica_.new_request();
    by_request_[id.n] = {slot, to, round};
    ++home.under_way;
    replica_.send(turn, to, id, WriteRequest{key_of_storage_key(item.key), "", std::string(item.bytes)});
    return true;
  });
}

bool Strays::acknowledged(Turn& turn, const RequestId& id) {
  auto it = by_request_.find(id.n);
  if (it == by_request_.end()) return false;
  const OnItsWay record = it->second;
  by_request_.erase(it);
  auto moving = moving_.find(record.slot);
  if (moving == moving_.end() || moving->second.round != record.round) return true;
  --moving->second.homes[record.home].under_way;
  look_at(turn, record.slot);
  return true;
}

// Once all homes have said what there is to say: the slot goes, or begins anew.
void Strays::look_at(Turn& turn, Slot slot) {
  auto it = moving_.find(slot);
  bool all = true;
  for (const auto& [home, state] : it->second.homes) {
    if (state.asked || state.under_way > 0) return;
    all = all && !state.held_back;
  }
  // Only what the homes were asked about: something may have come in since.
  if (all && tree().digest(slot) == it->second.digest) return drop(turn, slot);
  moving_.erase(it);
}

void Strays::drop(Turn& turn, Slot slot) {
  moving_.erase(slot);
  std::vector<std::string> keys;
  tree().each({slot, 0, 0}, [&](const Tree::Item& item) {
    // What is on its way to the disk was not in the digest.
    std::string key(item.key);
    if (replica_.records.unchanged_since(key, item.digest)) keys.push_back(std::move(key));
    return true;
  });
  for (const std::string& key : keys) replica_.drop(turn, key);
}

}  // namespace node
