// Every node that this process has ever heard of, under a number that it keeps: members, nodes that joined later, nodes
// that have left. So what is under way may speak of nodes by number while the members change.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace node {

using NodeIndex = uint16_t;  // position in the directory of one process; between nodes, only names count

class Directory {
 public:
  static constexpr NodeIndex kNobody = UINT16_MAX;
  static constexpr size_t kMost = 1024;  // names; a cluster has at most 256 members at a time

  // Its number, new or old; kNobody when the directory is full.
  NodeIndex add(const std::string& name) {
    auto known = numbers_.find(name);
    if (known != numbers_.end()) return known->second;
    if (names_.size() == kMost) return kNobody;
    auto number = static_cast<NodeIndex>(names_.size());
    numbers_.emplace(name, number);
    names_.push_back(name);
    return number;
  }
  NodeIndex index(std::string_view name) const {
    auto known = numbers_.find(name);
    return known == numbers_.end() ? kNobody : known->second;
  }
  const std::string& name(NodeIndex node) const { return names_[node]; }
  const std::vector<std::string>& names() const { return names_; }
  auto size() const { return static_cast<NodeIndex>(names_.size()); }

 private:
  std::vector<std::string> names_;
  std::map<std::string, NodeIndex, std::less<>> numbers_;
};

}  // namespace node
