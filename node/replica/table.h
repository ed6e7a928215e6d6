// Records by key, each in two states: what is on disk, which is all that anybody may be shown, and what is on its way
// there, on which the next write builds.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "node/causality/record.h"
#include "node/replica/journal.h"

namespace node {

// Keys of storage begin with their slot, so that a slot is a range: "\x2a\x01cart:17".
std::string storage_key(Slot slot, const std::string& key);
Slot slot_of_storage_key(const std::string& storage_key);
std::string key_of_storage_key(const std::string& storage_key);

class RecordTable {
 public:
  struct Entry {
    Record visible;
    uint64_t digest = 0;  // of key and visible state; 0 for none
    size_t size = 0;      // bytes of both
  };
  using Map = std::map<std::string, Entry>;

  RecordTable(Table table, Journal& journal) : table_(table), journal_(journal) {}

  void load(const std::string& key, Record record);
  // The visible state, or an empty record.
  const Record& visible(const std::string& key) const;
  // What the next write builds on.
  const Record& latest(const std::string& key) const;
  // Merges into the latest state. Returns the number to wait for before saying that it is here: of this write, or of
  // the one under way that already holds all of it, or 0 if the disk does.
  uint64_t merge(Turn& turn, Timers& timers, const std::string& key, const Record& delta);
  // Puts this state in place of whatever is there.
  uint64_t replace(Turn& turn, Timers& timers, const std::string& key, Record record);
  void erase(Turn& turn, Timers& timers, const std::string& key);

  // Makes visible what has reached the disk. Calls changed(key, digest before, digest after) for each record.
  template <typename Changed>
  void show(uint64_t through, Changed changed) {
    while (!staged_.empty() && staged_.front().number <= through) {
      Staged staged = std::move(staged_.front());
      staged_.pop_front();
      auto waiting = staging_.find(staged.key);
      if (waiting->second == staged.number) staging_.erase(waiting);
      apply(std::move(staged), changed);
    }
  }

  const Map& entries() const { return entries_; }
  size_t bytes() const { return bytes_; }  // of all keys and encoded records

 private:
  struct Staged {
    uint64_t number;
    std::string key;
    bool erased;
    Record record;
    uint64_t digest;
    size_t size;
  };
  uint64_t stage(Turn& turn, Timers& timers, const std::string& key, Record record);
  template <typename Changed>
  void apply(Staged staged, Changed changed) {
    Entry& entry = entries_[staged.key];
    changed(staged.key, entry.digest, staged.digest);
    bytes_ += staged.size - entry.size;
    if (staged.erased) {
      entries_.erase(staged.key);
    } else {
      entry = Entry{std::move(staged.record), staged.digest, staged.size};
    }
  }

  Table table_;
  Journal& journal_;
  Map entries_;
  std::deque<Staged> staged_;                // by number
  std::map<std::string, uint64_t> staging_;  // key → number of its newest staged state
  size_t bytes_ = 0;
};

}  // namespace node
