// Which of the hosts have a node that takes part: they are asked by clients, dumped, read through, and brought back by
// a power cycle. Nodes that join enter it, those that have left or were removed are out.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/hosts/hosts.h"

namespace harness {

class Roster {
 public:
  Roster() = default;  // all
  // The last `spares` of them are not in it yet.
  Roster(const std::vector<Host>& hosts, int spares) {
    for (size_t i = hosts.size() - static_cast<size_t>(spares); i < hosts.size(); ++i) out_.insert(hosts[i].name);
  }
  bool has(const std::string& node) const { return out_.count(node) == 0; }
  void enter(const std::string& node) { out_.erase(node); }
  void leave(const std::string& node) { out_.insert(node); }

 private:
  std::set<std::string> out_;
};

}  // namespace harness
