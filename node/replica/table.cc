#include "node/replica/table.h"

#include <algorithm>

#include "node/base/hash.h"

namespace node {

namespace {

// With the key, so that two keys that swapped their states do not cancel out in the digest of their slot.
uint64_t digest_of(const StoredKey& key, std::string_view bytes) { return hash64(bytes, key.hash); }

// Of bytes that were a record before.
Record decoded(std::string_view bytes) {
  Record record;
  if (!bytes.empty()) Record::decode(bytes, record);
  return record;
}

}  // namespace

bool RecordTable::load(const StoredKey& key, std::string_view bytes) {
  Record record;
  if (!newer_.read(bytes) && !Record::decode(bytes, record)) return false;
  put(key, bytes, Instant{0});
  return true;
}

std::string_view RecordTable::visible_bytes(const StoredKey& key) const {
  const auto item = tree_.find(key);
  return item ? item->bytes : std::string_view();
}

Record RecordTable::visible(const StoredKey& key) const { return decoded(visible_bytes(key)); }

const RecordTable::Staged* RecordTable::newest(const StoredKey& key) const {
  const auto waiting = staging_.find(key.hash);
  if (waiting == staging_.end()) return nullptr;
  for (uint64_t number = waiting->second; number > 0 && number >= staged_.front().number;) {
    const Staged& staged = *std::lower_bound(staged_.begin(), staged_.end(), number,
                                             [](const Staged& s, uint64_t n) { return s.number < n; });
    if (staged.key.bytes == key.bytes) return &staged;
    number = staged.before;
  }
  return nullptr;
}

std::string_view RecordTable::latest_bytes(const StoredKey& key) const {
  const Staged* staged = newest(key);
  return staged == nullptr ? visible_bytes(key) : staged->bytes;
}

Record RecordTable::latest(const StoredKey& key) const { return decoded(latest_bytes(key)); }

bool RecordTable::unchanged_since(const StoredKey& key, uint64_t digest) const {
  const auto item = tree_.find(key);
  return item && item->digest == digest && newest(key) == nullptr;
}

std::optional<uint64_t> RecordTable::merge(Turn& turn, Timers& timers, const StoredKey& key, std::string_view delta) {
  const auto as_it_is = [&] {
    const Staged* staged = newest(key);
    return staged == nullptr ? 0 : staged->number;
  };
  const std::string_view before = latest_bytes(key);
  if (newer_.read(delta)) {
    if (before.empty()) {
      older_.clear();
    } else {
      older_.trust(before);
    }
    std::string joined;
    switch (older_.join(newer_, joined)) {
      case EncodedRecord::Joined::kSame:
        return as_it_is();
      case EncodedRecord::Joined::kNews:
        return stage(turn, timers, key, std::move(joined));
      case EncodedRecord::Joined::kUnclear:
        break;
    }
  }
  Record news;
  if (!Record::decode(delta, news)) return std::nullopt;
  Record latest = decoded(before);
  return latest.merge(news) ? stage(turn, timers, key, latest.encode()) : as_it_is();
}

uint64_t RecordTable::replace(Turn& turn, Timers& timers, const StoredKey& key, const Record& record) {
  return stage(turn, timers, key, record.encode());
}

void RecordTable::erase(Turn& turn, Timers& timers, const StoredKey& key) { stage(turn, timers, key, std::nullopt); }

uint64_t RecordTable::stage(Turn& turn, Timers& timers, const StoredKey& key, std::optional<std::string> bytes) {
  const uint64_t number = journal_.write(turn, timers, table_, key.bytes, bytes);
  uint64_t& newest = staging_[key.hash];
  staged_.push_back({number, newest, key, !bytes, std::move(bytes).value_or("")});
  newest = number;
  return number;
}

void RecordTable::put(const StoredKey& key, std::string_view bytes, Instant now) {
  const uint64_t digest = digest_of(key, bytes);
  ++hashed_;
  tree_.put(key, bytes, digest, now);
}

void RecordTable::show(uint64_t through, Instant now) {
  while (!staged_.empty() && staged_.front().number <= through) {
    Staged staged = std::move(staged_.front());
    staged_.pop_front();
    auto waiting = staging_.find(staged.key.hash);
    if (waiting->second == staged.number) staging_.erase(waiting);
    if (staged.erased) {
      tree_.erase(staged.key, now);
    } else {
      put(staged.key, staged.bytes, now);
    }
  }
}

}  // namespace node
