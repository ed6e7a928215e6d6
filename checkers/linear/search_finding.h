// Words for what a search found: operations without any order, and the few of them that already have none.
#pragma once

#include <span>

#include "checkers/linear/finding.h"
#include "checkers/linear/search.h"

namespace checkers::linear {

// `positions` of `history`, in order of `called`, have no order; `answer` tells where they got stuck. `is_register`: by
// RegisterModel. Leaves out what can be left out, as long as the rest has no order by itself: that takes some more
// searches, within `budget` and a limit of their own.
Finding explain_search(const History& history, std::span<const uint32_t> positions, bool is_register,
                       const SearchAnswer& answer, Budget& budget);

}  // namespace checkers::linear
