// Linearizability of any history by depth-first search over the moments at which operations return.
//
// Operations take effect as late as they can: nothing is decided before an operation X returns that has not taken
// effect yet; then some of those under way take effect, one after another, X last. (Lowe, "Testing for
// linearizability", Concurrency and Computation 2017, calls it just in time.) A configuration is the state, and what
// has become of each operation under way. Four rules keep configurations few; each loses no linearization:
//
//  1. What only sees is done as soon as it fits: that costs nothing.
//  2. When a blind write takes effect, every other write and append under way could have taken effect just before it,
//     unseen; and one that would change nothing in the present state could have taken effect in it. Such are marked
//     spare: until they return they may be used or not. So a blind write need be tried only if it is X, or something
//     under way wants what it leaves behind; and a spare one that returns only if somebody may still want that.
//  3. Operations of unknown outcome are not told apart by anything but what they do: a counter of those used suffices.
//  4. A configuration is dropped if one that was tried at the same return could do all that it can: same state, same
//     operations left, except that it has seen more, spares more, or has used fewer of unknown outcome.
//
// It may still take time and memory exponential in the number of operations under way at once, hence the budget.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/linear/budget.h"
#include "checkers/linear/model.h"

namespace checkers::linear {

struct SearchAnswer {
  enum class Verdict { kOrder, kNoOrder, kUndecided } verdict = Verdict::kOrder;
  uint64_t configurations = 0;
  // Unless there is an order: the operation whose return no order got past, or had not yet; and all under way then.
  uint32_t stuck = 0;
  std::vector<uint32_t> under_way;
  std::vector<int32_t> states;  // in which the orders up to there had left the keys, at most a few
};

inline constexpr uint64_t kNoLimit = ~uint64_t{0};

// `most`: configurations to try.
SearchAnswer search(RegisterModel& model, Budget& budget, uint64_t most = kNoLimit);
SearchAnswer search(GeneralModel& model, Budget& budget, uint64_t most = kNoLimit);

}  // namespace checkers::linear
