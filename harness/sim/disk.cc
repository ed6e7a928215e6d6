#include "harness/sim/disk.h"

#include <algorithm>

namespace harness::sim {

bool Disk::begin_sync() {
  if (held_ || waiting_.empty() || !syncing_.empty()) return false;
  syncing_.swap(waiting_);
  return true;
}

uint64_t Disk::finish_sync() {
  const uint64_t through = syncing_.back().number;
  commit(kAll);
  return through;
}

void Disk::crash(size_t survivors) {
  commit(survivors);
  waiting_.clear();
  held_ = false;
}

void Disk::commit(size_t count) {
  count = std::min(count, syncing_.size());
  for (size_t i = 0; i < count; ++i) {
    Persist& persist = syncing_[i];
    std::pair<node::Table, std::string> where{persist.table, std::move(persist.key)};
    if (persist.value) {
      durable_[std::move(where)] = std::move(*persist.value);
    } else {
      durable_.erase(where);
    }
  }
  syncing_.clear();
}

uint64_t Disk::first_pending() const {
  if (!syncing_.empty()) return syncing_.front().number;
  return waiting_.empty() ? 0 : waiting_.front().number;
}

std::vector<StoredItem> Disk::image() const {
  std::vector<StoredItem> items;
  items.reserve(durable_.size());
  for (const auto& [where, value] : durable_) items.push_back({where.first, where.second, value});
  return items;
}

}  // namespace harness::sim
