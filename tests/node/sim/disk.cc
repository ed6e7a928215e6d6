#include "tests/node/sim/disk.h"

namespace node::sim {

bool Disk::begin_sync() {
  if (held_ || waiting_.empty() || !syncing_.empty()) return false;
  syncing_.swap(waiting_);
  return true;
}

uint64_t Disk::finish_sync() {
  uint64_t through = syncing_.back().number;
  commit();
  return through;
}

void Disk::crash(bool batch_survives) {
  if (batch_survives) commit();
  syncing_.clear();
  waiting_.clear();
  held_ = false;
}

void Disk::commit() {
  for (Persist& persist : syncing_) {
    std::pair<Table, std::string> where{persist.table, std::move(persist.key)};
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
  for (const auto& [where, value] : durable_) items.push_back({where.first, where.second, value});
  return items;
}

}  // namespace node::sim
