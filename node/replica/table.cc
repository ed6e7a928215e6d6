#include "node/replica/table.h"

#include <algorithm>

#include "node/base/hash.h"

namespace node {

namespace {
const Record kNothing;

// With the key, so that two keys that swapped their states do not cancel out in the digest of their slot.
uint64_t digest_of(const std::string& key, const std::string& bytes) { return hash64(bytes, hash64(key)); }
}  // namespace

std::string storage_key(Slot slot, const std::string& key) {
  std::string bytes;
  bytes.reserve(key.size() + 2);
  bytes.push_back(static_cast<char>(slot >> 8));
  bytes.push_back(static_cast<char>(slot & 0xff));
  bytes += key;
  return bytes;
}

Slot slot_of_storage_key(const std::string& storage_key) {
  return static_cast<Slot>(static_cast<unsigned char>(storage_key[0]) << 8 |
                           static_cast<unsigned char>(storage_key[1]));
}

std::string key_of_storage_key(const std::string& storage_key) { return storage_key.substr(2); }

void RecordTable::load(const std::string& key, Record record) {
  std::string bytes = record.encode();
  size_t size = key.size() + bytes.size();
  bytes_ += size;
  entries_[key] = Entry{std::move(record), digest_of(key, bytes), size};
}

const Record& RecordTable::visible(const std::string& key) const {
  auto it = entries_.find(key);
  return it == entries_.end() ? kNothing : it->second.visible;
}

const Record& RecordTable::latest(const std::string& key) const {
  auto waiting = staging_.find(key);
  if (waiting == staging_.end()) return visible(key);
  auto staged = std::lower_bound(staged_.begin(), staged_.end(), waiting->second,
                                 [](const Staged& s, uint64_t number) { return s.number < number; });
  return staged->record;
}

uint64_t RecordTable::merge(Turn& turn, Timers& timers, const std::string& key, const Record& delta) {
  Record next = latest(key);
  if (next.merge(delta)) return stage(turn, timers, key, std::move(next));
  auto waiting = staging_.find(key);
  return waiting == staging_.end() ? 0 : waiting->second;
}

uint64_t RecordTable::replace(Turn& turn, Timers& timers, const std::string& key, Record record) {
  return stage(turn, timers, key, std::move(record));
}

uint64_t RecordTable::stage(Turn& turn, Timers& timers, const std::string& key, Record record) {
  std::string bytes = record.encode();
  uint64_t digest = digest_of(key, bytes);
  size_t size = key.size() + bytes.size();
  uint64_t number = journal_.write(turn, timers, table_, key, std::move(bytes));
  staged_.push_back({number, key, false, std::move(record), digest, size});
  staging_[key] = number;
  return number;
}

void RecordTable::erase(Turn& turn, Timers& timers, const std::string& key) {
  uint64_t number = journal_.write(turn, timers, table_, key, std::nullopt);
  staged_.push_back({number, key, true, {}, 0, 0});
  staging_[key] = number;
}

}  // namespace node
