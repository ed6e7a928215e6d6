// An experiment, never a way to run a store: quorums that do not expand. A read asks R homes and a write reaches W
// homes, drawn anew each time, and nobody tells the others afterwards. That is the model for which Bailis et al.
// ("Probabilistically Bounded Staleness", VLDB 2012, section 3.1) give the chance that a read misses the last k writes
// in closed form: (C(N-W, R) / C(N, R))^k. Repair, hints and anti-entropy must be off (validate() sees to it): they
// mend what it measures.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "node/base/hash.h"
#include "node/causality/record.h"
#include "node/wire/message.h"

namespace node {

class NonExpanding {
 public:
  // `count` of `homes`, decided by the request's id alone.
  static std::vector<NodeIndex> draw(std::vector<NodeIndex> homes, size_t count, const RequestId& id) {
    count = std::min(count, homes.size());
    const std::string seed = id.life.to_string() + std::to_string(id.n);
    for (size_t i = 0; i < count; ++i) {
      const uint64_t random = hash64(seed, i);
      std::swap(homes[i], homes[i + random % (homes.size() - i)]);
    }
    homes.resize(count);
    return homes;
  }

  // What this node's next write of a key supersedes: its own earlier ones, whether or not any home here has them.
  Record building_on(const std::string& key) const {
    Record record;
    auto past = past_.find(key);
    if (past != past_.end()) record.context = past->second;
    return record;
  }
  void wrote(const std::string& key, const Record& delta) { past_[key].add(delta.context); }

 private:
  std::map<std::string, Context> past_;
};

}  // namespace node
