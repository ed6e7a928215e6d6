#include "node/replica/replica.h"

#include <algorithm>

#include "node/base/hash.h"

namespace node {

Replica::Replica(const Options& options, Actor life, Instant now)
    : rare(options.rare_paths),
      liveness(options.suspect_after, now),
      meter(now),
      profiles(options.name, hash64(life.to_string())),
      journal(options.bug),
      records(Table::kRecords, journal, options.limits.leaf_items),
      hints(Table::kHints, journal, options.limits.leaf_items),
      options_(options),
      self_(nodes_.add(options.name)),
      life_(life),
      request_life_(options.bug == Bug::kReuseRequestIds ? Actor::life(hash64(options.name), 1) : life) {
  counters.since = now;
  install(RoutingTable::first(options));
}

void Replica::install(RoutingTable table) {
  table_ = std::move(table);
  layout_ = Layout(table_, nodes_);
  replicas_ = std::min(static_cast<size_t>(table_.replicas), std::max(table_.count_before(), table_.count_after()));
  liveness.grow(nodes_.size(), self_);
}

void Replica::send(Turn& turn, NodeIndex to, RequestId id, Body body) {
  Words words = encode(Message{name(self_), id, std::move(body)});
  ++counters.messages_sent;
  for (const std::string& word : words) counters.message_bytes_sent += word.size();
  turn.effects.push_back(Send{name(to), std::move(words)});
}

uint64_t Replica::merge(Turn& turn, const std::string& key, const Record& delta) {
  return records.merge(turn, timers, storage_key(slot_of(key), key), delta);
}

uint64_t Replica::merge(Turn& turn, const std::string& key, Record latest, const Record& delta) {
  return records.merge(turn, timers, storage_key(slot_of(key), key), std::move(latest), delta);
}

uint64_t Replica::replace(Turn& turn, const std::string& key, const Record& record) {
  return records.replace(turn, timers, storage_key(slot_of(key), key), record);
}

bool Replica::keep_hint(Turn& turn, NodeIndex home, const std::string& key, const std::string& delta,
                        uint64_t& number) {
  Record hint;
  const bool too_late = home != self_ && liveness.silence(home, turn.now) > options_.max_hint_age;
  if (too_late || hints.bytes() > options_.max_hint_bytes || !Record::decode(delta, hint)) return false;
  ++counters.hints_kept;
  number = hints.merge(turn, timers, hint_key(name(home), storage_key(slot_of(key), key)), hint);
  return true;
}

void Replica::drop_hint(Turn& turn, const std::string& key) { hints.erase(turn, timers, key); }

bool Replica::keeps_hint_of(const std::string& storage_key) const {
  if (hints.empty()) return false;
  const auto& names = nodes_.names();
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& home) { return !hints.latest(hint_key(home, storage_key)).empty(); });
}

void Replica::reap(Turn& turn, const std::string& storage_key) {
  reaped_dots_ = std::max(reaped_dots_, records.latest(storage_key).context.last(life_));
  ++counters.reaped;
  records.erase(turn, timers, storage_key);
}

std::string Replica::shown(const std::string& key, bool with_hints) const {
  std::string stored = storage_key(slot_of(key), key);
  const bool early = options_.bug == Bug::kShowEarly;
  std::string bytes = early ? records.latest(stored).encode() : std::string(records.visible_bytes(stored));
  if (!with_hints || hints.size() == 0) return bytes;
  Record record = early ? records.latest(stored) : records.visible(stored);
  bool more = false;
  for (const std::string& home : nodes_.names()) more |= record.merge(hints.visible(hint_key(home, stored)));
  return more ? record.encode() : bytes;
}

Record Replica::building_on(const std::string& key) const {
  std::string stored = storage_key(slot_of(key), key);
  Record record = records.latest(stored);
  if (is_home(slot_of(key), self_)) return record;
  for (const std::string& home : nodes_.names()) record.merge(hints.latest(hint_key(home, stored)));
  return record;
}

std::vector<Continuation> Replica::settle(Instant now) {
  uint64_t through = journal.visible_through();
  records.show(through, now);
  hints.show(through, now);
  return journal.take_due();
}

std::string Replica::hint_prefix(const std::string& home) {
  std::string bytes;
  Writer(bytes).fixed64(hash64(home));
  return bytes;
}

std::string Replica::hint_key(const std::string& home, const std::string& storage_key) {
  return hint_prefix(home) + storage_key;
}

std::string Replica::storage_key_of_hint(const std::string& hint_key) { return hint_key.substr(8); }

NodeIndex Replica::home_of_hint(const std::string& hint_key) const {
  for (NodeIndex node = 0; node < nodes_.size(); ++node) {
    if (hint_key.compare(0, 8, hint_prefix(name(node))) == 0) return node;
  }
  return Ring::kNobody;
}

}  // namespace node
