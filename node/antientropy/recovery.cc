#include "node/antientropy/recovery.h"

#include <algorithm>
#include <utility>

namespace node {

namespace {

constexpr Duration kTick = std::chrono::milliseconds(50);

}  // namespace

void Recovery::begin_epoch(Turn& turn) {
  sources_.clear();
  if (replica_.whole || last_write_ > 0) return;
  // Nobody to pull from, because there is nobody else, or because nothing is ours. Without a table that is not known.
  if (replica_.table().epoch > 0 && enough()) {
    last_write_ = replica_.journal.write(turn, replica_.timers, Table::kState, kWhole, "");
    replica_.whole = true;
  } else if (!std::exchange(timer_set_, true)) {
    replica_.timers.add(replica_.former_life_over, {Timer::Kind::kRecovery});
  }
}

void Recovery::tick(Turn& turn) {
  if (replica_.whole || last_write_ > 0) return;
  replica_.timers.add(turn.now + kTick, {Timer::Kind::kRecovery});
  if (replica_.table().epoch == 0) return;
  if (enough()) {
    last_write_ = replica_.journal.write(turn, replica_.timers, Table::kState, kWhole, "");
    return;
  }
  for (NodeIndex peer = 0; peer < replica_.nodes().size(); ++peer) {
    if (exchange_.shared(peer).empty() || !replica_.up(peer, turn.now)) continue;
    Source& source = sources_[peer];
    const bool lost = turn.now - source.asked > replica_.options().request_timeout;
    if (source.asked >= Instant{0} && !lost) continue;
    // One that was not whole may have become so.
    if (source.finished && source.whole) continue;
    if (source.finished) source = Source{};
    ask(turn, peer, source);
  }
}

void Recovery::settle(Turn&) {
  if (last_write_ > 0 && replica_.journal.visible_through() >= last_write_) replica_.whole = true;
}

void Recovery::ask(Turn& turn, NodeIndex peer, Source& source) {
  const Tree& tree = replica_.records.tree();
  const std::vector<Slot>& shared = exchange_.shared(peer);
  SyncPull pull;
  pull.next = source.next;
  const Slot first = source.next.empty() ? 0 : slot_of_storage_key(source.next);
  for (auto slot = std::lower_bound(shared.begin(), shared.end(), first); slot != shared.end(); ++slot) {
    if (tree.empty(*slot)) continue;
    pull.digests.emplace_back(*slot, tree.digest(*slot));
    if (pull.digests.size() == replica_.options().limits.pull_digests) {
      pull.until = *slot;
      break;
    }
  }
  source.asked = turn.now;
  replica_.send(turn, peer, {}, std::move(pull));
}

void Recovery::on_pull(Turn& turn, NodeIndex from, const SyncPull& message) {
  const Tree& tree = replica_.records.tree();
  SyncPage page{replica_.life(), replica_.whole, message.next, "", {}};
  size_t bytes = 0;
  const size_t most = std::min(replica_.options().limits.page_bytes, replica_.background.rate() / 10);
  const auto take = [&](const Tree::Item& item) {
    if (bytes > most) {
      page.next = item.key;
      return false;
    }
    bytes += item.key.size() + item.bytes.size();
    page.records.emplace_back(key_of_storage_key(item.key), item.bytes);
    return true;
  };
  const std::vector<Slot>& shared = exchange_.shared(from);
  const Slot first = message.next.size() < 2 ? 0 : slot_of_storage_key(message.next);
  auto theirs = message.digests.begin();
  bool all = true;
  for (auto slot = std::lower_bound(shared.begin(), shared.end(), first);
       all && slot != shared.end() && *slot <= message.until; ++slot) {
    while (theirs != message.digests.end() && theirs->first < *slot) ++theirs;
    const uint64_t digest = theirs != message.digests.end() && theirs->first == *slot ? theirs->second : 0;
    if (tree.empty(*slot) || tree.digest(*slot) == digest) continue;
    const bool goes_on = *slot == first && message.next.size() > 2;
    all = tree.each_in_slot_from(goes_on ? message.next : storage_key(*slot, ""), take);
  }
  if (all && message.until + 1 < kSlots) page.next = storage_key(static_cast<Slot>(message.until + 1), "");
  replica_.send(turn, from, {}, std::move(page));
}

void Recovery::on_page(Turn& turn, NodeIndex from, const SyncPage& message) {
  const auto found = sources_.find(from);
  if (replica_.whole || found == sources_.end() || found->second.finished || found->second.next != message.asked)
    return;
  Source& source = found->second;
  source.asked = Instant{-1};
  if (!source.life.is_null() && source.life != message.life) {
    source = Source{};  // what the former one held may be lost
    return ask(turn, from, source);
  }
  source.whole = message.whole && (source.life.is_null() || source.whole);
  source.life = message.life;
  for (const auto& [key, bytes] : message.records) {
    Record record;
    const bool ours = replica_.is_home(slot_of(key), replica_.self());
    if (ours && Record::decode(bytes, record)) replica_.merge(turn, key, record);
  }
  source.next = message.next;
  const std::vector<Slot>& shared = exchange_.shared(from);
  source.finished = message.next.empty() || shared.empty() || shared.back() < slot_of_storage_key(message.next);
  if (!source.finished) ask(turn, from, source);
}

bool Recovery::pulled(NodeIndex peer, bool whole) const {
  const auto source = sources_.find(peer);
  return source != sources_.end() && source->second.finished && (source->second.whole || !whole);
}

bool Recovery::enough() const {
  const size_t w = static_cast<size_t>(replica_.table().write_quorum);
  for (const Placement& placement : replica_.layout().placements()) {
    const std::vector<NodeIndex>& owners = placement.owners.front();
    if (std::find(owners.begin(), owners.end(), replica_.self()) == owners.end()) continue;
    const size_t n = owners.size();
    const size_t needed = n - std::min(w, n / 2 + 1) + 1;  // MODE lin writes to majorities, whatever W is
    const auto count = [&](bool whole) {
      return static_cast<size_t>(
          std::count_if(owners.begin(), owners.end(), [&](NodeIndex owner) { return pulled(owner, whole); }));
    };
    // Of those that are lost nothing can be had: a human said so.
    const auto others = static_cast<size_t>(std::count_if(owners.begin(), owners.end(), [&](NodeIndex owner) {
      return owner != replica_.self() && !replica_.lost(owner);
    }));
    if (count(true) < std::min(needed, others) && count(false) < others) return false;
  }
  return true;
}

}  // namespace node
