// Who has a vote in the agreement on routing tables (agreement.h). A vote is as good as the memory behind it, and the
// memory of a node is its disk. So it is disks that vote: each gets a random name when a node first starts on it, and
// the table of an epoch says, for each member, which disk of its has the vote on the next one. A node that comes back
// without its disk is another voter: it has no vote until the others have agreed on a table that names its new disk.
// It asks for one. What its former disk has promised or accepted counts only in votes in which the new one has none.
//
// A new cluster has nobody who could agree on anything: in the table that its nodes are started with, no disk is named.
// There a disk has a vote if it is a founder's: if each other member had no vote either at some time since this disk
// has its name. For then nothing was agreed on before that a majority of the disks still knows of. Heartbeats tell:
// each names the receiver's disk as the sender met it while it had no vote itself. Members that a human has given up
// (ADMIN REMOVE) are not waited for: a node that dies before a new cluster has met can be removed like any other.
//
// That makes as many votes vanish as disks are lost at once. When they are those of a majority, what was agreed on may
// be forgotten, and nobody is left who could agree on more: no protocol brings back what is on no disk.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "node/replica/replica.h"

namespace node {

class Electorate {
 public:
  explicit Electorate(Replica& replica) : replica_(replica) {}

  // From storage. Error: it cannot be read.
  bool load_disk(const std::string& bytes);
  bool load_founder(const std::string& bytes);
  void begin(Turn& turn);  // all that storage has is loaded

  const Actor& disk() const { return disk_; }
  bool votes() const;
  // It has no vote, and others have: they must agree on a table that names its disk.
  bool must_be_named() const;

  // These are dead for good, as a human says to this node.
  void give_up(Turn& turn, std::vector<std::string> names);
  void on_heartbeat(Turn& turn, NodeIndex from, const Heartbeat& heartbeat);
  void put_into(Heartbeat& heartbeat, NodeIndex to) const;

  static constexpr const char* kDiskKey = "disk";  // in Table::kState
  static constexpr const char* kFounderKey = "founder";

 private:
  struct Other {
    Actor disk;                  // that this node met while it had no vote; null: none
    bool met_us = false;         // it had no vote when it met this disk
    bool votes_without = false;  // it has a vote, and had one before it knew this disk
  };
  void found(Turn& turn);

  Replica& replica_;
  Actor disk_;
  bool founder_ = false;
  std::map<std::string, Actor> loaded_;                     // disks that it met as a founder
  std::vector<Other> others_;                               // by node
  size_t met_us_ = 0;                                       // so many of them
  std::map<NodeIndex, std::vector<std::string>> given_up_;  // by whom, if by anybody
};

}  // namespace node
