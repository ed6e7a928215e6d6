// Linearizability in linear time, for a register whose every value is written at most once (Gibbons and Korach,
// "Testing shared memories", SIAM J. Comput. 1997), with compare-and-set and with operations of unknown outcome.
//
// All operations on one value, its write and its reads, form a cluster. A compare-and-set from u to v ties the cluster
// of v to that of u, for nothing can have come between them; the clusters so tied form a block. A linearization is an
// order of blocks, each in one piece. Of a block only two moments count: the first return f in it and the last call s.
// Some operation of block X was over before some operation of block Y began if and only if f(X) < s(Y); then X must
// come first. Two blocks contradict each other if each must come first. If no two do, all can be ordered: in a longer
// circle of musts some two already contradict each other. Contradicting blocks cannot both have s <= f, so that it is
// enough to hold every block against those with f < s, its zone, sorted.
//
// A write of unknown outcome has f = never: it comes last, or not at all. A compare-and-set of unknown outcome counts
// if its value was seen.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "checkers/linear/finding.h"
#include "checkers/linear/linearizability.h"

namespace checkers::linear {

struct ZoneAnswer {
  bool applies = false;            // else nothing is known: a value is written twice, or there is more than a register
  std::optional<Finding> finding;  // positions in `operations`
};

inline constexpr std::string_view kAppended = "append";

// Judges those of one key: `positions`, in order of `called`. O(n); O(n log n) if zones are much out of order.
// `made_by`: what people call a kCas here: if kAppended, only reads show what it replaced.
ZoneAnswer judge_by_zones(const std::vector<Operation>& operations, std::span<const uint32_t> positions, Value initial,
                          std::string_view made_by = "compare-and-set");

}  // namespace checkers::linear
