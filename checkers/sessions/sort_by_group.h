// Counting sort, shared by the checkers of sessions: steps by session, writes by key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace checkers {

// The members 0 … members - 1 of each group, in order, one group behind the other in `out`; those of group g begin at
// first[g] and end at first[g + 1].
template <typename GroupOf>
void sort_by_group(size_t groups, size_t members, GroupOf group_of, std::vector<uint32_t>& first,
                   std::vector<uint32_t>& out) {
  first.assign(groups + 1, 0);
  for (size_t i = 0; i < members; ++i) ++first[group_of(i) + 1];
  for (size_t g = 0; g < groups; ++g) first[g + 1] += first[g];
  out.resize(members);
  std::vector<uint32_t> next(first.begin(), first.end() - 1);
  for (size_t i = 0; i < members; ++i) out[next[group_of(i)]++] = static_cast<uint32_t>(i);
}

}  // namespace checkers
