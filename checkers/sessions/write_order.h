// Is there one order of all writes that suits every reader (CCv)? Asked where there is no other causal flaw.
//
// A read of w says that all other writes of the key that its session knew came before w. The order in which writes were
// reached obeys causal order, and nearly all such reads; a read that it does not obey *inverts* it. A cycle goes up in
// that order by any step, and down by inversions only: so all its writes lie between the ends of inversions that
// overlap, and everything else is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "checkers/sessions/causal_order.h"
#include "checkers/sessions/causal_past.h"

namespace checkers {

// A write that a reader knew, of rank `to`, must come before the one that it read, of the lower rank `from`.
struct Inversion {
  uint32_t from = 0;
  uint32_t to = 0;
};

class WriteOrder {
 public:
  // `past` has been followed to the end. `inversions`: all that there are.
  WriteOrder(const SessionHistory& history, const CausalPast& past, std::vector<Inversion> inversions);

  // False: `judging` stopped it.
  bool collect(const Judging& judging);
  // A short one, if there is any: kCyclicCF.
  std::optional<CausalFlaw> find_cycle() const;

 private:
  // One must come before the other: because `read` says so or, if that is kNoStep, by causal order.
  struct Edge {
    uint32_t before = 0;  // writes
    uint32_t after = 0;
    uint32_t read = 0;  // step
  };

  void add_causal_edges();
  std::vector<uint32_t> on_cycles(const std::vector<uint32_t>& first, const std::vector<uint32_t>& out) const;
  uint32_t part(uint32_t write) const { return part_[past_.rank(write)]; }
  bool together(uint32_t a, uint32_t b) const { return part(a) != 0 && part(a) == part(b); }

  const SessionHistory& history_;
  const CausalPast& past_;
  std::vector<uint32_t> part_;  // by rank: inversions that overlap share one; 0: no cycle goes through there
  std::vector<Edge> edges_;     // those of reads first
  size_t read_edges_ = 0;
};

}  // namespace checkers
