#include "node/replica/replica.h"

#include <algorithm>

#include "node/base/hash.h"

namespace node {

std::vector<std::string> keys_of(const RecordTable& table, size_t most) {
  std::vector<std::string> keys;
  table.tree().each_from("", [&](const Tree::Item& item) {
    keys.emplace_back(item.key);
    return keys.size() < most;
  });
  return keys;
}

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
  if (options.join.empty()) {
    install(RoutingTable::first(options));
  } else {
    // By their addresses: their names are not known yet.
    for (const std::string& contact : options.join) contacts_.push_back(nodes_.add(contact));
    install({});
  }
}

void Replica::adopt(Turn& turn, RoutingTable table) {
  // A table that does not name this node is another cluster's.
  if (table.epoch <= std::max(table_.epoch, adopted_) || table.find(name(self_)) == nullptr) return;
  adopted_ = table.epoch;
  // Who joins brings nothing along: what it held as a member of old was handed over or given up then, and deleted
  // since.
  const auto joins = [&](const RoutingTable& t) {
    const Member* me = t.find(name(self_));
    return me != nullptr && me->state == Member::State::kJoining;
  };
  if (joins(table) && !joins(table_)) forget_everything(turn);
  std::string bytes;
  Writer w(bytes);
  table.encode(w);
  journal.when(journal.write(turn, timers, Table::kState, kTableKey, std::move(bytes)),
               Install{std::make_unique<RoutingTable>(std::move(table))});
}

void Replica::forget_everything(Turn& turn) {
  for (const std::string& key : keys_of(records, SIZE_MAX)) drop(turn, key);
  for (const std::string& key : keys_of(hints, SIZE_MAX)) drop_hint(turn, key);
}

bool Replica::member() const {
  const Member* me = table_.find(name(self_));
  return me != nullptr && (me->before() || me->after());
}

uint64_t Replica::delay_of(NodeIndex node) const {
  constexpr uint64_t kClearlyUs = 10'000;
  const Profile* profile = profiles.of(name(node));
  return profile == nullptr ? 0 : profile->load.delay_us / kClearlyUs;
}

bool Replica::leaving() const {
  const Member* me = table_.find(name(self_));
  return me != nullptr && !me->after();
}

void Replica::install(RoutingTable table) {
  table_ = std::move(table);
  layout_ = table_.members.empty() ? Layout() : Layout(table_, nodes_);
  if (table_.epoch > 0) {  // the cluster's, whatever this node was started with
    options_.replicas = table_.replicas;
    options_.read_quorum = table_.read_quorum;
    options_.write_quorum = table_.write_quorum;
    options_.ring = table_.ring;
  }
  others_.clear();
  lost_.clear();
  staying_.clear();
  for (const Member& member : table_.members) {
    const NodeIndex node = nodes_.index(member.name);
    if (member.state == Member::State::kLost) lost_.insert(node);
    if (member.after()) staying_.insert(node);
    if (node != self_ && (member.before() || member.after())) others_.push_back(node);
  }
  replicas_ = std::min(static_cast<size_t>(table_.replicas), std::max(table_.count_before(), table_.count_after()));
  liveness.grow(nodes_.size(), self_);
  const size_t turns = (others_.size() + options_.heartbeat_fanout - 1) / options_.heartbeat_fanout;
  liveness.take_turns(options_.heartbeat_interval * (std::max<size_t>(turns, 1) - 1));
}

void Replica::send(Turn& turn, NodeIndex to, const RequestId& id, const Body& body) { send(turn, {&to, 1}, id, body); }

void Replica::send(Turn& turn, std::span<const NodeIndex> to, const RequestId& id, const Body& body) {
  if (to.empty()) return;
  Packet packet = encode(name(self_), id, table_.epoch, body);
  counters.messages_sent += to.size();
  counters.message_bytes_sent += to.size() * packet.size();
  for (const NodeIndex node : to.first(to.size() - 1)) turn.effects.push_back(Send{name(node), packet});
  turn.effects.push_back(Send{name(to.back()), std::move(packet)});
}

uint64_t Replica::merge(Turn& turn, const std::string& key, const Record& delta) {
  return *merge(turn, StoredKey::of(key), delta.encode());
}

uint64_t Replica::replace(Turn& turn, const std::string& key, const Record& record) {
  return records.replace(turn, timers, StoredKey::of(key), record);
}

bool Replica::keep_hint(Turn& turn, NodeIndex home, const StoredKey& key, std::string_view delta, uint64_t& number) {
  const bool too_late = home != self_ && liveness.silence(home, turn.now) > options_.max_hint_age;
  if (too_late || leaving() || hints.bytes() > options_.max_hint_bytes) return false;
  const std::optional<uint64_t> kept = hints.merge(turn, timers, hint_key(name(home), key.bytes), delta);
  if (!kept) return false;
  ++counters.hints_kept;
  number = *kept;
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

void Replica::drop(Turn& turn, const std::string& storage_key) {
  const Record record = records.latest(storage_key);
  const bool ours = record.context.last(life_) > 0 || record.find(life_) != nullptr;
  if (ours && before_drop) before_drop(key_of_storage_key(storage_key), record);
  records.erase(turn, timers, storage_key);
}

std::string Replica::shown(const StoredKey& key, bool with_hints) const {
  const bool early = options_.bug == Bug::kShowEarly;
  std::string bytes = early ? records.latest(key).encode() : std::string(records.visible_bytes(key));
  if (!with_hints || hints.size() == 0) return bytes;
  Record record = early ? records.latest(key) : records.visible(key);
  bool more = false;
  for (const std::string& home : nodes_.names()) more |= record.merge(hints.visible(hint_key(home, key.bytes)));
  return more ? record.encode() : bytes;
}

Record Replica::building_on(const StoredKey& key) const {
  Record record = records.latest(key);
  if (is_home(key.slot(), self_)) return record;
  for (const std::string& home : nodes_.names()) record.merge(hints.latest(hint_key(home, key.bytes)));
  return record;
}

const std::vector<Continuation>& Replica::settle(Instant now) {
  const uint64_t through = journal.visible_through();
  records.show(through, now);
  hints.show(through, now);
  journal.take_due(due_);
  return due_;
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
