// A simulated disk. What the node asked for becomes durable in batches, each all or nothing, in order, one after
// another (the group commit of a storage thread); a crash keeps what was durable, and perhaps the batch that was on its
// way, whose success nobody heard of.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "node/wire/effects.h"

namespace node::sim {

class Disk {
 public:
  void write(Persist persist) { waiting_.push_back(std::move(persist)); }

  // Takes up the next batch. False if there is nothing to do, or a batch is still on its way, or the disk is held.
  bool begin_sync();
  // The batch is durable. Returns the number through which everything is.
  uint64_t finish_sync();
  void crash(bool batch_survives);

  // While held, no batch is taken up.
  void hold(bool held) { held_ = held; }
  void erase() { durable_.clear(); }
  // The first number that is not durable; 0 if all are.
  uint64_t first_pending() const;
  std::vector<StoredItem> image() const;

 private:
  void commit();

  std::map<std::pair<Table, std::string>, std::string> durable_;
  std::vector<Persist> waiting_;
  std::vector<Persist> syncing_;
  bool held_ = false;
};

}  // namespace node::sim
