// One node's share of the data: the records that it is a home of, the hints that it keeps for others, and the helpers
// that every part of the node needs (who am I, whom can I reach, what may I show).
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "node/base/histogram.h"
#include "node/base/timers.h"
#include "node/membership/liveness.h"
#include "node/membership/load_meter.h"
#include "node/membership/profiles.h"
#include "node/options.h"
#include "node/rare_paths.h"
#include "node/replica/background.h"
#include "node/replica/journal.h"
#include "node/replica/table.h"
#include "node/ring/layout.h"
#include "node/wire/message.h"

namespace node {

struct CommandStats {
  uint64_t failed = 0;     // answered with an error
  Histogram microseconds;  // from request to answer, of all
};

struct Counters {  // since the start of the process, for DEBUG STATS and INFO
  Instant since{0};
  std::map<std::string_view, CommandStats> commands;  // of this node's own clients, by name
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t forwards = 0;
  uint64_t timeouts = 0;
  uint64_t unavailable = 0;
  uint64_t busy = 0;           // refused for overload
  uint64_t expired = 0;        // requests of other nodes that were done with before their turn came
  uint64_t many_siblings = 0;  // writes that left a key with Options::kManySiblings or more
  uint64_t repairs = 0;        // records sent by read repair
  uint64_t exchanges = 0;      // anti-entropy rounds begun
  uint64_t synced = 0;         // records sent by anti-entropy
  uint64_t reaped = 0;         // tombstones
  uint64_t hints_kept = 0;
  uint64_t hints_delivered = 0;
  uint64_t messages_sent = 0;
  uint64_t message_bytes_sent = 0;
  uint64_t fetched = 0;  // records, of slots that it became an owner of
};

// So many of its keys at most, of storage.
std::vector<std::string> keys_of(const RecordTable& table, size_t most);

class Replica {
 public:
  Replica(const Options& options, Actor life, Instant now);

  const Options& options() const { return options_; }
  const Directory& nodes() const { return nodes_; }
  NodeIndex self() const { return self_; }
  const std::string& name(NodeIndex node) const { return nodes_.name(node); }
  const Actor& life() const { return life_; }
  const Actor& request_life() const { return request_life_; }  // that its requests are named after: this one

  // ---- Who keeps a key
  const RoutingTable& table() const { return table_; }
  const Layout& layout() const { return layout_; }
  // A table was agreed on: writes it down, and once it is on disk lets it be installed (journal.h).
  void adopt(Turn& turn, RoutingTable table);
  // Takes a newer table, which is on disk, into use.
  void install(RoutingTable table);
  bool member() const;                                               // or about to be one
  bool leaving() const;                                              // a node that goes keeps nothing more for others
  bool lost(NodeIndex node) const { return lost_.count(node) > 0; }  // a member that is being removed, as dead
  bool stays(NodeIndex node) const { return staying_.count(node) > 0; }  // a member, and one after the change, too
  const std::vector<NodeIndex>& others() const { return others_; }       // all other members, coming and going ones too
  const std::vector<NodeIndex>& contacts() const { return contacts_; }   // through whom this node joins
  size_t replicas() const { return replicas_; }                          // N, or fewer if there are fewer members
  const Placement& placement(const std::string& key) const { return layout_.at(slot_of(key)); }
  bool is_home(Slot slot, NodeIndex node) const { return layout_.at(slot).is_home(node); }
  // Calls visit(slot) for each that holds something here and does not belong here, until it returns false: it goes to
  // those whom it belongs to (reconfiguration/strays.h).
  template <typename Visit>
  void each_stray(Visit visit) const {
    const Tree& tree = records.tree();
    for (unsigned slot = tree.next_filled(0); slot < kSlots; slot = tree.next_filled(slot + 1)) {
      const auto stray = static_cast<Slot>(slot);
      if (!is_home(stray, self_) && !visit(stray)) return;
    }
  }
  bool up(NodeIndex node, Instant now) const { return liveness.up(node, now); }
  // How long what is sent to it waits there, as it says itself, in steps for which it is worth going elsewhere.
  uint64_t delay_of(NodeIndex node) const;

  // ---- Talking
  void send(Turn& turn, NodeIndex to, const RequestId& id, const Body& body);
  void send(Turn& turn, std::span<const NodeIndex> to, const RequestId& id, const Body& body);  // the same to all
  RequestId new_request() { return {request_life_, ++last_request_}; }

  // ---- Records and hints. Each write returns the number that the journal must reach before anybody is told of it.
  uint64_t merge(Turn& turn, const std::string& key, const Record& delta);
  // `delta` is encoded. Nothing: it is no record.
  std::optional<uint64_t> merge(Turn& turn, const StoredKey& key, std::string_view delta) {
    return records.merge(turn, timers, key, delta);
  }
  uint64_t replace(Turn& turn, const std::string& key, const Record& record);
  // `delta` is encoded. False: over the limits of hints, or no record; not kept.
  bool keep_hint(Turn& turn, NodeIndex home, const StoredKey& key, std::string_view delta, uint64_t& number);
  void drop_hint(Turn& turn, const std::string& hint_key);
  bool keeps_hint_of(const std::string& storage_key) const;  // for any home
  // Forgets a tombstone, except how far this life's own dots went: one that was used again would name an old update.
  void reap(Turn& turn, const std::string& storage_key);
  // Forgets a record that others own. What this life did to it is told to `before_drop` first: its next dots and totals
  // there must not be lower.
  void drop(Turn& turn, const std::string& storage_key);
  std::function<void(const std::string& key, const Record& record)> before_drop;
  uint64_t reaped_dots() const { return reaped_dots_; }
  // What may be shown of a key, encoded: what this node holds on disk, and (sloppy quorum) what it keeps there for
  // others.
  std::string shown(const StoredKey& key, bool with_hints) const;
  // What the next write of this coordinator builds on.
  Record building_on(const StoredKey& key) const;
  // Makes visible what the disk has; finds what may be said now. Call until it finds nothing.
  const std::vector<Continuation>& settle(Instant now);

  static constexpr const char* kTableKey = "table";  // in Table::kState

  static std::string hint_key(const std::string& home, const std::string& storage_key);
  static std::string hint_prefix(const std::string& home);
  static std::string storage_key_of_hint(const std::string& hint_key);
  NodeIndex home_of_hint(const std::string& hint_key) const;  // kNobody: no member any more

  Timers timers;
  const RarePaths rare;
  Liveness liveness;
  LoadMeter meter;
  Profiles profiles;
  Journal journal;
  RecordTable records;
  RecordTable hints;
  Counters counters;
  Background background;
  // Holds whatever it ever acknowledged: it has not lost its disk, or has filled it again (antientropy/recovery.h).
  // Until then it answers no strict read.
  bool whole = true;
  bool shows(bool sloppy) const { return sloppy || whole; }
  // Of a node whose disk was empty at the start: from then on no write can still count on an acknowledgement that a
  // former life gave, and what it acknowledged can be had from others.
  Instant former_life_over{0};

 private:
  Options options_;
  Directory nodes_;
  NodeIndex self_;
  std::vector<NodeIndex> contacts_;
  RoutingTable table_;
  uint64_t adopted_ = 0;  // epoch of the newest table that is on its way to the disk
  Layout layout_;
  std::vector<NodeIndex> others_;
  std::set<NodeIndex> lost_;
  std::set<NodeIndex> staying_;
  size_t replicas_ = 0;
  Actor life_;
  Actor request_life_;
  uint64_t last_request_ = 0;
  uint64_t reaped_dots_ = 0;
  std::vector<Continuation> due_;  // kept for its memory

  void forget_everything(Turn& turn);
};

}  // namespace node
