#include "node/reconfiguration/transfer.h"

#include <algorithm>
#include <map>
#include <utility>

namespace node {

namespace {

constexpr size_t kMostPageBytes = 256u << 10;
constexpr size_t kLeastPageBytes = 4u << 10;
constexpr size_t kPagesASecond = 20;  // so many at least, at the rate that is allowed
constexpr size_t kSlotsAPage = 4096;
constexpr Duration kPumpInterval = std::chrono::milliseconds(10);
constexpr Duration kAnswerWithin = std::chrono::milliseconds(500);

bool owned_by(const std::vector<NodeIndex>& owners, NodeIndex node) {
  return std::find(owners.begin(), owners.end(), node) != owners.end();
}

// How many of `owners` owners must be asked to the end: see the header.
size_t enough(const RoutingTable& table, size_t owners) {
  const size_t read = std::min(static_cast<size_t>(table.read_quorum), owners);
  const size_t write = std::min(static_cast<size_t>(table.write_quorum), owners);
  return std::max({owners - write, owners - read, owners / 2}) + 1;
}

}  // namespace

void Transfer::begin_epoch(Turn& turn) {
  const RoutingTable& table = replica_.table();
  gaining_.clear();
  sources_.clear();
  asked_.reset();
  last_ = 0;
  needed_.assign(kSlots, 0);
  needy_ = 0;
  const std::vector<Placement>& placements = replica_.layout().placements();
  if (std::none_of(placements.begin(), placements.end(), [](const Placement& p) { return p.changes_hands(); })) return;
  std::map<NodeIndex, Source> sources;
  for (Slot slot = 0; slot < kSlots; ++slot) {
    const Placement& placement = replica_.layout().at(slot);
    if (!placement.changes_hands()) continue;
    const std::vector<NodeIndex>& before = placement.owners[0];
    for (NodeIndex node : placement.owners[1]) {
      if (!owned_by(before, node)) gaining_.insert(node);
    }
    if (owned_by(before, replica_.self()) || !owned_by(placement.owners[1], replica_.self())) continue;
    size_t asked = 0;
    for (NodeIndex owner : before) {
      if (replica_.lost(owner)) continue;
      sources[owner].slots.push_back(slot);
      ++asked;
    }
    // Of those that are lost nothing can be had: a human said so.
    needed_[slot] = static_cast<uint16_t>(std::min(enough(table, before.size()), asked));
    needy_ += needed_[slot] > 0;
  }
  for (auto& [node, source] : sources) {
    source.node = node;
    sources_.push_back(std::move(source));
  }
  if (!sources_.empty() && !std::exchange(due_set_, true)) replica_.timers.add(turn.now, {Timer::Kind::kTransfer});
}

bool Transfer::done(Instant now) const {
  return needy_ == 0 && std::all_of(sources_.begin(), sources_.end(), [&](const Source& source) {
           return source.finished() || !replica_.up(source.node, now);
         });
}

void Transfer::on_due(Turn& turn) {
  due_set_ = std::any_of(sources_.begin(), sources_.end(), [](const Source& source) { return !source.finished(); });
  if (!due_set_) return;
  replica_.timers.add(turn.now + kPumpInterval, {Timer::Kind::kTransfer});
  pump(turn);
}

// Asks the next question, if it is time for one: the same owner's as before, unless that has no more to say, or does
// not answer.
void Transfer::pump(Turn& turn) {
  if (asked_ && turn.now - asked_->at < kAnswerWithin) return;
  if (asked_) ++last_;
  asked_.reset();
  if (turn.now < std::max(not_before_, replica_.former_life_over)) return;
  for (size_t step = 0; step < sources_.size(); ++step) {
    const size_t source = (last_ + step) % sources_.size();
    if (sources_[source].finished() || !replica_.up(sources_[source].node, turn.now)) continue;
    ask(turn, source);
    return;
  }
}

void Transfer::ask(Turn& turn, size_t source) {
  const Source& from = sources_[source];
  last_ = source;
  asked_ = Question{source, ++last_number_, turn.now};
  const size_t page = replica_.options().transfer_bytes_per_second / kPagesASecond;
  Fetch question{last_number_, std::clamp(page, kLeastPageBytes, kMostPageBytes), from.next, {}};
  const size_t end = std::min(from.slots.size(), from.complete + kSlotsAPage);
  for (size_t i = from.complete; i < end; ++i) {
    question.slots.emplace_back(from.slots[i], replica_.records.tree().digest(from.slots[i]));
  }
  replica_.send(turn, from.node, {}, std::move(question));
}

void Transfer::on_fetch(Turn& turn, NodeIndex from, const Fetch& message) {
  if (!replica_.whole) return;
  const Tree& tree = replica_.records.tree();
  Fetched page;
  page.number = message.number;
  const auto most = std::min({static_cast<size_t>(message.bytes), kMostPageBytes, replica_.background.rate() / 10});
  size_t bytes = 0;
  const auto take = [&](const Tree::Item& item) {
    if (bytes >= most) {
      page.next = item.key;
      return false;
    }
    bytes += item.key.size() + item.bytes.size();
    page.records.emplace_back(item.key, item.bytes);
    return true;
  };
  for (const auto& [slot, digest] : message.slots) {
    const bool goes_on = page.slots == 0 && !message.next.empty();
    const bool same = tree.empty(slot) || tree.digest(slot) == digest;
    if (!same && !tree.each_in_slot_from(goes_on ? message.next : storage_key(slot, ""), take)) break;
    ++page.slots;
  }
  replica_.send(turn, from, {}, std::move(page));
}

void Transfer::on_fetched(Turn& turn, NodeIndex from, const Fetched& message) {
  if (!asked_ || asked_->number != message.number || sources_[asked_->source].node != from) return;
  uint64_t on_disk = 0;
  size_t bytes = 0;
  for (const auto& [stored, encoded] : message.records) {
    Record record;
    if (stored.size() < 3 || !Record::decode(encoded, record)) continue;
    bytes += stored.size() + encoded.size();
    on_disk = std::max(on_disk, replica_.merge(turn, key_of_storage_key(stored), record));
  }
  replica_.counters.fetched += message.records.size();
  const auto rate = static_cast<int64_t>(std::max<size_t>(replica_.options().transfer_bytes_per_second, 1));
  constexpr int64_t kSecond = std::chrono::nanoseconds(std::chrono::seconds(1)).count();
  not_before_ = turn.now + Duration(static_cast<int64_t>(bytes) * kSecond / rate);
  asked_->at = turn.now;  // the disk may take its time
  replica_.journal.when(on_disk, PageKept{message.number, message.slots, message.next});
}

void Transfer::on_kept(Turn& turn, const PageKept& page) {
  if (!asked_ || asked_->number != page.number) return;
  Source& source = sources_[asked_->source];
  for (uint64_t i = 0; i < page.slots && !source.finished(); ++i) {
    uint16_t& needed = needed_[source.slots[source.complete++]];
    if (needed > 0 && --needed == 0) --needy_;
  }
  source.next = page.next;
  asked_.reset();
  pump(turn);
}

}  // namespace node
