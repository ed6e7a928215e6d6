// Evens out what members keep by handing points over, one at a time, each time the one that helps most.
//
// A member keeps a range if it is among the first N distinct members that one meets from it on; so one point that
// changes hands changes what several members keep. Sought is the least sum, over the members, of load² / weight: it is
// least when every load is in proportion to the weight.
#pragma once

#include <cstdint>
#include <vector>

#include "node/ring/ring.h"

namespace node {

class Spread {
 public:
  // `weights` by place in the list of members; 0: should keep nothing. `loads` by point, of its range; at most 2^18 in
  // all. None: every range weighs the same.
  Spread(Points points, std::vector<int> weights, size_t replicas, std::vector<uint32_t> loads = {});

  // Hands movable points to some of the takers until no single one helps any more, or `most` are moved. A point whose
  // owner weighs nothing is always handed over. Returns how many were.
  size_t even_out(const std::vector<bool>& movable, const std::vector<NodeIndex>& takers, size_t most = kSlots);

  const Points& points() const { return points_; }
  int64_t load(NodeIndex member) const { return kept_[member]; }

 private:
  // The sum of all that members keep; among equals, that of the ranges that they are the first home of.
  struct Cost {
    int64_t kept = 0;
    int64_t first = 0;
    friend bool operator<(const Cost& a, const Cost& b) {
      return a.kept != b.kept ? a.kept < b.kept : a.first < b.first;
    }
  };
  Cost cost_after(size_t point, NodeIndex taker);
  void hand_over(size_t point, NodeIndex taker);
  void count(size_t start, int64_t sign);
  void add(int64_t& load, int64_t more, NodeIndex member, int64_t& cost) const;
  std::vector<NodeIndex> by_need(std::vector<NodeIndex> takers) const;

  Points points_;
  std::vector<int> weights_;
  size_t replicas_;
  std::vector<uint32_t> loads_;
  std::vector<int64_t> kept_;   // by member: load of the ranges that it keeps
  std::vector<int64_t> first_;  // of those that it is the first home of
  Cost cost_;
  std::vector<int64_t> kept_before_;  // these five kept for their memory
  std::vector<int64_t> first_before_;
  std::vector<NodeIndex> met_;
  std::vector<NodeIndex> between_;
  std::vector<size_t> starts_;
};

}  // namespace node
