// The rule by which two states of a key become one (record.h), for siblings that are decoded and for those that are
// not.
#pragma once

#include "node/causality/context.h"

namespace node {

// Goes through the siblings of both by dot, each to its end. `keep_a` and `keep_b` take those that stay; `keep_one`
// gets both of one dot, and says whether what it keeps differs from a's. False if the join has the same siblings as a.
template <typename IteratorA, typename EndA, typename IteratorB, typename EndB, typename KeepA, typename KeepB,
          typename KeepOne>
bool join_siblings(IteratorA&& a, const EndA& a_end, const Context& context_a, IteratorB&& b, const EndB& b_end,
                   const Context& context_b, KeepA keep_a, KeepB keep_b, KeepOne keep_one) {
  Context::Walk seen_by_a(context_a);
  Context::Walk seen_by_b(context_b);
  bool changed = false;
  while (a != a_end || b != b_end) {
    if (b == b_end || (a != a_end && a->dot < b->dot)) {
      const bool superseded = seen_by_b.contains(a->dot);
      if (!superseded) keep_a(*a);
      changed |= superseded;
      ++a;
    } else if (a == a_end || b->dot < a->dot) {
      const bool fresh = !seen_by_a.contains(b->dot);
      if (fresh) keep_b(*b);
      changed |= fresh;
      ++b;
    } else {
      changed |= keep_one(*a, *b);
      ++a;
      ++b;
    }
  }
  return changed;
}

}  // namespace node
