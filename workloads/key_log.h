// The keys that a run has used.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace workloads {

class KeyLog {
 public:
  void note(const std::string& key) {
    if (seen_.insert(key).second) keys_.push_back(key);
  }
  const std::vector<std::string>& keys() const { return keys_; }  // in order of the first note

 private:
  std::set<std::string> seen_;
  std::vector<std::string> keys_;
};

}  // namespace workloads
