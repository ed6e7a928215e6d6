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
  void read(Reader& r);              // the same, into the memory of what this was

  // The opaque token that clients carry from VGET to VPUT.
  std::string token() const;
  static bool from_token(std::string_view token, Context& context);

  friend bool operator==(const Context&, const Context&) = default;

  // Answers for dots in ascending order, in one pass through the runs for all of them.
  class Walk {
   public:
    explicit Walk(const Context& context) : run_(context.runs_.begin()), end_(context.runs_.end()) {}
    bool contains(const Dot& dot) {
      while (run_ != end_ && (run_->actor < dot.actor || (run_->actor == dot.actor && run_->last < dot.n))) ++run_;
      return run_ != end_ && run_->actor == dot.actor && run_->first <= dot.n;
    }

   private:
    std::vector<Run>::const_iterator run_, end_;
  };

 private:
  bool lengthen(const Context& other);

  std::vector<Run> runs_;
};

}  // namespace node
