#include "tests/node/sim/linearizable.h"

#include <algorithm>
#include <set>
#include <utility>

namespace node::sim {

namespace {

// Depth first through the orders in which the operations may have happened, remembering where it has been.
class Search {
 public:
  explicit Search(const std::vector<RegisterOperation>& history) : history_(history), done_(history.size(), false) {}

  bool from(const std::string& value) {
    uint64_t bound = UINT64_MAX;  // what begins after the end of an operation that is still to come, comes after it
    for (size_t i = 0; i < history_.size(); ++i) {
      if (!done_[i]) bound = std::min(bound, history_[i].ended);
    }
    if (bound == UINT64_MAX) return true;  // what is left may never have happened
    if (!visited_.emplace(done_, value).second) return false;
    for (size_t i = 0; i < history_.size(); ++i) {
      const RegisterOperation& next = history_[i];
      if (done_[i] || next.began > bound || (!next.write && next.value != value)) continue;
      done_[i] = true;
      if (from(next.write ? next.value : value)) return true;
      done_[i] = false;
    }
    return false;
  }

 private:
  const std::vector<RegisterOperation>& history_;
  std::vector<bool> done_;
  std::set<std::pair<std::vector<bool>, std::string>> visited_;
};

}  // namespace

bool linearizable(const std::vector<RegisterOperation>& history) { return Search(history).from(""); }

}  // namespace node::sim
