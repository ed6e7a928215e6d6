// A causal context: the set of updates that someone has seen. A version vector with room for gaps, because the n-th
// update of an actor can arrive before the one before it (a client's session moves from node to node).
//
// Kept as sorted, disjoint, non-touching runs (actor, first … last): a plain version vector is one run from 1 for
// each actor, a gap begins another, and filling the gap joins them. Equal sets have equal runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/causality/dot.h"

namespace node {

class Context {
 public:
  struct Run {
    Actor actor;
    uint64_t first = 0;
    uint64_t last = 0;
    friend bool operator==(const Run&, const Run&) = default;
    friend auto operator<=>(const Run&, const Run&) = default;
  };

  bool contains(const Dot& dot) const;
  bool contains(const Context& other) const;
  // Highest n of this actor in the set; 0 if none.
  uint64_t last(const Actor& actor) const;
  void add(const Dot& dot);
  bool add(const Context& other);  // set union; false if it changed nothing
  bool empty() const { return runs_.empty(); }
  const std::vector<Run>& runs() const { return runs_; }

  void encode(Writer& w) const;
  static Context decode(Reader& r);  // refuses runs that are not in canonical form
  static Run decode_run(Reader& r);
  // May `b` be the next run after `a`?
  static bool in_order(const Run& a, const Run& b) {
    return a < b && (a.actor != b.actor || b.first - 1 > a.last);  // else they would be one
  }

  // The opaque token that clients carry from VGET to VPUT.
  std::string token() const;
  static bool from_token(std::string_view token, Context& context);

  friend bool operator==(const Context&, const Context&) = default;

 private:
  bool lengthen(const Context& other);

  std::vector<Run> runs_;
};

}  // namespace node
