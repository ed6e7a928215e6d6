// Partitions as iptables rules in the hub, where every packet between two hosts crosses FORWARD:
//
//   FORWARD ── DYNAMOCS ── DYNAMOCS-A or -B   one rule for each cut; the next cuts are prepared in the other chain
//                             └─ DYNAMOCS-DROP   one DROP, never replaced: its counter is all that was ever dropped
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
  // "iptables-nft" or whichever was found.
  const std::string& name() const { return name_; }

 private:
  Status restore(const std::string& rules) const;

  std::string name_;
  std::string restore_program_;
  std::string list_program_;
  std::string in_force_ = "DYNAMOCS-A";
  std::string prepared_ = "DYNAMOCS-B";
};

}  // namespace harness
