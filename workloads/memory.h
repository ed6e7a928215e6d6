// What each process remembers of each key that it used: sequence numbers, running totals, what it saw. Kept only as
// long as it can matter: a retired key and a retired process are forgotten.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace workloads {

template <typename State>
class Memory {
 public:
  State& of(int64_t process, const std::string& key) { return states_[process][key]; }

  // Null if there is nothing, or it has been forgotten since.
  State* find(int64_t process, const std::string& key) {
    auto keys = states_.find(process);
    if (keys == states_.end()) return nullptr;
    auto state = keys->second.find(key);
    return state == keys->second.end() ? nullptr : &state->second;
  }

  void forget_process(int64_t process) { states_.erase(process); }
  void forget_key(const std::string& key) {
    for (auto& [process, keys] : states_) keys.erase(key);
  }

 private:
  std::map<int64_t, std::map<std::string, State>> states_;
};

}  // namespace workloads
