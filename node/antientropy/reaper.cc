#include "node/antientropy/reaper.h"

#include <algorithm>

namespace node {

namespace {

constexpr unsigned kTicks = 16;  // until all slots have been looked at

bool is_tombstone(std::string_view bytes) {
  // Three counts of nothing at the end; a set's last member may look the same.
  if (bytes.size() < 4 || bytes.compare(bytes.size() - 3, 3, std::string(3, '\0')) != 0) return false;
  Record record;
  return Record::decode(bytes, record) && record.siblings.empty() && record.tallies.empty() && record.linear.empty();
}

}  // namespace

void Reaper::tick(Turn& turn) {
  if (!round_.tombs.empty() && turn.now >= round_.ends) round_ = Round{};
  const unsigned slots = replica_.options().bug == Bug::kReapEarly ? kSlots : kSlots / kTicks;
  look(turn.now, next_slot_, next_slot_ + slots);
  next_slot_ = (next_slot_ + slots) % kSlots;
  if (round_.tombs.empty()) begin_round(turn);
}

bool Reaper::first_home(Slot slot) const {
  const Placement& placement = replica_.layout().at(slot);
  return !placement.changes_hands() && !placement.walk.empty() && placement.walk[0] == replica_.self();
}

void Reaper::look(Instant now, unsigned first, unsigned end) {
  const Tree& tree = replica_.records.tree();
  const auto slot_of_seen = [](const auto& seen) { return slot_of_storage_key(seen->first); };
  for (auto old = seen_.lower_bound(storage_key(static_cast<Slot>(first), ""));
       old != seen_.end() && slot_of_seen(old) < end;) {
    const auto item = tree.find(old->first);
    const bool still = first_home(slot_of_seen(old)) && item && item->digest == old->second.digest;
    old = still ? std::next(old) : seen_.erase(old);
  }
  for (unsigned i = first; i < end; ++i) {
    const auto slot = static_cast<Slot>(i);
    if (tree.empty(slot) || !first_home(slot)) continue;
    tree.each({slot, 0, 0}, [&](const Tree::Item& item) {
      if (is_tombstone(item.bytes)) seen_.emplace(item.key, Seen{item.digest, now});
      return true;
    });
  }
}

void Reaper::begin_round(Turn& turn) {
  const bool at_once = replica_.options().bug == Bug::kReapEarly;
  if (seen_.empty() || !(everybody_is_up(turn.now) || at_once)) return;
  ReapAsk ask;
  for (const auto& [key, seen] : seen_) {
    const bool young = turn.now - seen.since < replica_.options().reap_after && !at_once;
    if (young || !agrees(key, seen.digest)) continue;
    ask.tombs.emplace_back(key, seen.digest);
    if (ask.tombs.size() == replica_.options().limits.reaped_at_once) break;
  }
  if (ask.tombs.empty()) return;
  round_.id = replica_.new_request();
  round_.ends = turn.now + replica_.options().request_timeout;
  round_.tombs.insert(ask.tombs.begin(), ask.tombs.end());
  for (const Member& member : replica_.table().members) {
    const NodeIndex node = replica_.nodes().index(member.name);
    if (member.state == Member::State::kLeft || node == replica_.self() || at_once) continue;
    round_.missing.insert(node);
    replica_.send(turn, node, round_.id, ask);
  }
  if (round_.missing.empty()) finish_round(turn);
}

void Reaper::on_ask(Turn& turn, NodeIndex from, const RequestId& id, const ReapAsk& message) {
  ReapAgree agree;
  for (const auto& [key, digest] : message.tombs) {
    if (agrees(key, digest)) agree.tombs.emplace_back(key, digest);
  }
  replica_.send(turn, from, id, std::move(agree));
}

void Reaper::on_agree(Turn& turn, NodeIndex from, const RequestId& id, const ReapAgree& message) {
  if (!(id == round_.id) || round_.missing.erase(from) == 0) return;
  std::map<std::string, uint64_t> both;
  for (const auto& tomb : message.tombs) {
    const auto ours = round_.tombs.find(tomb.first);
    if (ours != round_.tombs.end() && ours->second == tomb.second) both.insert(tomb);
  }
  round_.tombs = std::move(both);
  if (round_.missing.empty()) finish_round(turn);
}

void Reaper::finish_round(Turn& turn) {
  std::map<NodeIndex, Reap> by_home;
  for (const auto& tomb : round_.tombs) {
    const Placement& placement = replica_.layout().at(slot_of_storage_key(tomb.first));
    for (size_t i = 0; i < placement.homes; ++i) by_home[placement.walk[i]].tombs.push_back(tomb);
  }
  for (const auto& [home, reap] : by_home) {
    if (home == replica_.self()) {
      on_reap(turn, reap);
    } else {
      replica_.send(turn, home, round_.id, reap);
    }
  }
  round_ = Round{};
}

void Reaper::on_reap(Turn& turn, const Reap& message) {
  for (const auto& [key, digest] : message.tombs) {
    if (key.size() > 2 && replica_.records.unchanged_since(key, digest)) replica_.reap(turn, key);
  }
}

bool Reaper::agrees(const std::string& key, uint64_t digest) const {
  if (key.size() <= 2 || slot_of_storage_key(key) >= kSlots || replica_.keeps_hint_of(key)) return false;
  if (replica_.is_home(slot_of_storage_key(key), replica_.self())) {
    return replica_.whole && replica_.records.unchanged_since(key, digest);
  }
  return replica_.records.latest(key).empty();
}

bool Reaper::everybody_is_up(Instant now) const {
  const auto& members = replica_.table().members;
  return !replica_.table().in_transition() && std::all_of(members.begin(), members.end(), [&](const Member& member) {
    return member.state == Member::State::kLeft || replica_.up(replica_.nodes().index(member.name), now);
  });
}

}  // namespace node
