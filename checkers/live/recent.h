// What live checkers of registers remember: of a key its last writes, and of all keys those that were used last.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace checkers {

// Write has a member `value`, a string, by which it is found.
template <typename Write>
class RecentWrites {
 public:
  static constexpr size_t kMost = 256;

  void add(Write write) {
    writes_.push_back(std::move(write));
    if (writes_.size() <= kMost) return;
    writes_.pop_front();
    forgot_ = true;
  }
  // The last one of the value, or null.
  Write* find(const std::string& value) {
    const auto found =
        std::find_if(writes_.rbegin(), writes_.rend(), [&](const Write& write) { return write.value == value; });
    return found == writes_.rend() ? nullptr : &*found;
  }
  bool forgot() const { return forgot_; }  // some write, so that a value that is not there may be a written one
  size_t size() const { return writes_.size(); }
  auto begin() const { return writes_.begin(); }
  auto end() const { return writes_.end(); }

 private:
  std::deque<Write> writes_;
  bool forgot_ = false;
};

template <typename Key>
class RecentKeys {
 public:
  // The key of this name, made if it is not there, and whether it was. When there are too many, forget(name) is called
  // for each that goes: those that nobody used for longest.
  template <typename Forget>
  std::pair<Key&, bool> use(const std::string& name, Forget forget) {
    if (keys_.size() > 2 * kLeast) drop_oldest(forget);
    const auto [entry, made] = keys_.try_emplace(name);
    entry->second.last = ++now_;
    return {entry->second.key, made};
  }
  size_t size() const { return keys_.size(); }
  template <typename Visit>
  void each(Visit visit) {
    for (auto& [name, key] : keys_) visit(key.key);
  }
  template <typename Visit>
  void each(Visit visit) const {
    for (const auto& [name, key] : keys_) visit(key.key);
  }

 private:
  static constexpr size_t kLeast = 1024;  // so many stay at least
  struct Used {
    Key key;
    int64_t last = 0;
  };

  template <typename Forget>
  void drop_oldest(Forget forget) {
    std::vector<int64_t> last;
    for (const auto& [name, key] : keys_) last.push_back(key.last);
    std::nth_element(last.begin(), last.begin() + kLeast, last.end());
    const int64_t since = last[kLeast];
    std::erase_if(keys_, [&](const auto& entry) {
      if (entry.second.last >= since) return false;
      forget(entry.first);
      return true;
    });
  }

  std::unordered_map<std::string, Used> keys_;
  int64_t now_ = 0;
};

}  // namespace checkers
