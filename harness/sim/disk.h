// A simulated disk. What the node asked for becomes durable in batches, each all or nothing, in order, one after
// another (the group commit of a storage thread); a crash keeps what was durable, and perhaps the batch that was on its
// way, whose success nobody heard of.
//
// Faults: held (no batch is taken up: a disk that hangs), slow (each sync takes longer), broken (every sync fails:
// full, or an I/O error), torn (a crash leaves the beginning of the batch that was on its way, as a store without
// atomic batches would: the record at which the power failed is gone, not garbled, as behind a checksum). Left out:
// disks that say that they have synced and have not, bits that rot, reads that fail; the node reads its disk only at
// its start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/wire/effects.h"

namespace harness::sim {

using node::Persist;
using node::StoredItem;

class Disk {
 public:
  void write(Persist persist) { waiting_.push_back(std::move(persist)); }

  // Takes up the next batch. False if there is nothing to do, or a batch is still on its way, or the disk is held.
  bool begin_sync();
  // The batch is durable. Returns the number through which everything is.
  uint64_t finish_sync();
  // So many writes of the batch on its way survive, from its first on; kAll of it.
  void crash(size_t survivors);
  static constexpr size_t kAll = SIZE_MAX;
  size_t batch() const { return syncing_.size(); }

  // While held, no batch is taken up.
  void hold(bool held) { held_ = held; }
  // From now on every sync fails for this reason; empty: it works again.
  void breaks(std::string reason) { broken_ = std::move(reason); }
  const std::string& broken() const { return broken_; }
  void slow_down(int factor) { slowness_ = factor; }
  int slowness() const { return slowness_; }

  void erase() { durable_.clear(); }
  // The first number that is not durable; 0 if all are.
  uint64_t first_pending() const;
  std::vector<StoredItem> image() const;

 private:
  void commit(size_t count);

  std::map<std::pair<node::Table, std::string>, std::string> durable_;
  std::vector<Persist> waiting_;
  std::vector<Persist> syncing_;
  bool held_ = false;
  int slowness_ = 1;
  std::string broken_;
};

}  // namespace harness::sim
