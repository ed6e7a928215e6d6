#include "node/replica/table.h"

#include <algorithm>

#include "node/base/hash.h"

namespace node {

namespace {

// With the key, so that two keys that swapped their states do not cancel out in the digest of their slot.
uint64_t digest_of(const std::string& key, const std::string& bytes) { return hash64(bytes, Tree::hash_of(key)); }

// Of bytes that were a record before.
Record decoded(std::string_view bytes) {
  Record record;
  if (!bytes.empty()) Record::decode(bytes, record);
  return record;
}

}  // namespace

bool RecordTable::load(const std::string& key, std::string bytes) {
  Record record;
  if (!Record::decode(bytes, record)) return false;
  const uint64_t digest = digest_of(key, bytes);
  tree_.put(key, std::move(bytes), digest, Instant{0});
  return true;
}

std::string_view RecordTable::visible_bytes(const std::string& key) const {
  const Tree::Item* item = tree_.find(key);
  return item == nullptr ? std::string_view() : item->bytes;
}

Record RecordTable::visible(const std::string& key) const { return decoded(visible_bytes(key)); }

const RecordTable::Staged* RecordTable::newest(const std::string& key) const {
  if (staging_.empty()) return nullptr;
  auto waiting = staging_.find(key);
  if (waiting == staging_.end()) return nullptr;
  return &*std::lower_bound(staged_.begin(), staged_.end(), waiting->second,
                            [](const Staged& s, uint64_t number) { return s.number < number; });
}

Record RecordTable::latest(const std::string& key) const {
  const Staged* staged = newest(key);
  return staged == nullptr ? visible(key) : decoded(staged->bytes);
}

bool RecordTable::unchanged_since(const std::string& key, uint64_t digest) const {
  const Tree::Item* item = tree_.find(key);
  return item != nullptr && item->digest == digest && newest(key) == nullptr;
}

uint64_t RecordTable::merge(Turn& turn, Timers& timers, const std::string& key, const Record& delta) {
  return merge(turn, timers, key, latest(key), delta);
}

uint64_t RecordTable::merge(Turn& turn, Timers& timers, const std::string& key, Record latest, const Record& delta) {
  if (latest.merge(delta)) return stage(turn, timers, key, latest.encode());
  const Staged* staged = newest(key);
  return staged == nullptr ? 0 : staged->number;
}

uint64_t RecordTable::replace(Turn& turn, Timers& timers, const std::string& key, const Record& record) {
  return stage(turn, timers, key, record.encode());
}

uint64_t RecordTable::stage(Turn& turn, Timers& timers, const std::string& key, std::string bytes) {
  uint64_t number = journal_.write(turn, timers, table_, key, bytes);
  staged_.push_back({number, key, false, std::move(bytes)});
  staging_[key] = number;
  return number;
}

void RecordTable::erase(Turn& turn, Timers& timers, const std::string& key) {
  uint64_t number = journal_.write(turn, timers, table_, key, std::nullopt);
  staged_.push_back({number, key, true, {}});
  staging_[key] = number;
}

void RecordTable::show(uint64_t through, Instant now) {
  while (!staged_.empty() && staged_.front().number <= through) {
    Staged staged = std::move(staged_.front());
    staged_.pop_front();
    auto waiting = staging_.find(staged.key);
    if (waiting->second == staged.number) staging_.erase(waiting);
    if (staged.erased) {
      tree_.erase(staged.key, now);
    } else {
      const uint64_t digest = digest_of(staged.key, staged.bytes);
      tree_.put(staged.key, std::move(staged.bytes), digest, now);
    }
  }
}

}  // namespace node
