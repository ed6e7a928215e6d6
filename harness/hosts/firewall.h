// Partitions as iptables rules in the hub, where every packet between two hosts crosses FORWARD:
//
//   FORWARD ── DYNAMOCS ── DYNAMOCS-A or -B   one rule for each cut; the next cuts are prepared in the other chain
//                             └─ DYNAMOCS-DROP   one DROP, never replaced: its counter is all that was ever dropped
//
// What a node says to a client ends in the hub, where the harness lives, and crosses INPUT:
//
//   INPUT ── DYNAMOCS-REPLIES   one rule for each node: every kEveryReply-th packet with data
//                └─ DYNAMOCS-LOST   rejected with a reset to the node, so that it is never sent again
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "harness/hosts/posix.h"

namespace harness {

// Packets from the first address to the second.
using AddressPair = std::pair<std::string, std::string>;

class Firewall {
 public:
  // Finds the programs and hooks the chains into this network namespace.
  static tl::expected<Firewall, std::string> create();

  // From now on exactly these pairs are cut: one atomic change, however many they are. After an error the cuts before
  // are in force.
  Status cut(const std::vector<AddressPair>& pairs);
  tl::expected<uint64_t, std::string> dropped_packets() const;

  // From now on replies of exactly these addresses are lost, one of kEveryReply. The chains are made when they are
  // first asked for: the error says what this machine's firewall lacks for them.
  Status lose_replies(const std::vector<std::string>& addresses);
  tl::expected<uint64_t, std::string> lost_replies() const;
  static constexpr int kEveryReply = 20;

  // "iptables-nft" or whichever was found.
  const std::string& name() const { return name_; }

 private:
  Status restore(const std::string& rules) const;
  // Packets that met the only rule of a chain.
  tl::expected<uint64_t, std::string> packets_of(const std::string& chain) const;

  std::string name_;
  std::string restore_program_;
  std::string list_program_;
  std::string in_force_ = "DYNAMOCS-A";
  std::string prepared_ = "DYNAMOCS-B";
  bool has_replies_ = false;  // their chains
};

}  // namespace harness
