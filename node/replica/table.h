// Records by key, each in two states: what is on disk, which is all that anybody may be shown, and what is on its way
// there, on which the next write builds. Both are kept encoded, as they are stored and sent: to look at one costs a
// decoding, to hand it on costs nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "node/causality/encoded_record.h"
#include "node/causality/record.h"
#include "node/replica/journal.h"
#include "node/replica/tree.h"

namespace node {

class RecordTable {
 public:
  // `leaf_items`: of tree.h.
  RecordTable(Table table, Journal& journal, size_t leaf_items) : table_(table), journal_(journal), tree_(leaf_items) {}

  // What the disk held. False: no record.
  bool load(const StoredKey& key, std::string_view bytes);
  // The visible state; empty if there is none. The bytes are valid until the next change.
  std::string_view visible_bytes(const StoredKey& key) const;
  Record visible(const StoredKey& key) const;
  // What the next write builds on.
  Record latest(const StoredKey& key) const;
  bool unchanged_since(const StoredKey& key, uint64_t digest) const;  // visible, and nothing newer on its way
  // Merges an encoded record into the latest state. Returns the number to wait for before saying that it is here: of
  // this write, or of the one under way that already holds all of it, or 0 if the disk does. Nothing: it is no record.
  std::optional<uint64_t> merge(Turn& turn, Timers& timers, const StoredKey& key, std::string_view delta);
  // Puts this state in place of whatever is there.
  uint64_t replace(Turn& turn, Timers& timers, const StoredKey& key, const Record& record);
  void erase(Turn& turn, Timers& timers, const StoredKey& key);

  // Makes visible what has reached the disk.
  void show(uint64_t through, Instant now);

  const Tree& tree() const { return tree_; }  // of visible states
  std::vector<Slot> take_changed() { return tree_.take_changed(); }
  size_t size() const { return tree_.size(); }
  bool empty() const { return tree_.size() == 0 && staged_.empty(); }  // nothing on its way, either
  size_t bytes() const { return tree_.bytes(); }
  // How many digests of records were computed: one for each record that was loaded or became visible. Whose a slot is
  // changes none of them.
  uint64_t hashed() const { return hashed_; }

 private:
  struct Staged {
    uint64_t number;
    uint64_t before;  // number of the one before it whose key has the same hash; 0: none was on its way
    StoredKey key;
    bool erased;
    std::string bytes;
  };
  const Staged* newest(const StoredKey& key) const;  // null: none is on its way
  std::string_view latest_bytes(const StoredKey& key) const;
  void put(const StoredKey& key, std::string_view bytes, Instant now);
  uint64_t stage(Turn& turn, Timers& timers, const StoredKey& key, std::optional<std::string> bytes);

  Table table_;
  Journal& journal_;
  Tree tree_;
  EncodedRecord older_, newer_;  // for merge()
  uint64_t hashed_ = 0;
  std::deque<Staged> staged_;                       // by number
  std::unordered_map<uint64_t, uint64_t> staging_;  // hash of a key → number of its newest; only looked up
};

}  // namespace node
