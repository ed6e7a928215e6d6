// The parts of the quorum-reads checker, one for each type of data. They share a rule: an answered read is stale if it
// misses what was acknowledged before it began. A stale read is a violation only against a write whose quorum it must
// meet.
#pragma once

#include <map>
#include <vector>

#include "checkers/explain.h"
#include "checkers/trial.h"

namespace checkers {

// What one read missed.
struct Missed {
  int64_t versions = 0;                  // acknowledged writes
  const Operation* oldest = nullptr;     // of these, the first to be acknowledged
  const Operation* must_show = nullptr;  // the first of those whose quorum the read must have met

  void add(const Operation& write, bool judged);
};

struct QuorumTally {
  int64_t reads = 0;                                   // answered before the end
  int64_t judged = 0;                                  // reads that had to meet the quorum of an acknowledged write
  int64_t stale = 0;                                   // judged or not
  int64_t excused = 0;                                 // writes beyond the budget of lost disks that a read missed
  int64_t looked_at = 0;                               // pairs of a register's read and a write that it missed
  std::vector<int64_t> versions_behind, nanos_behind;  // of the stale reads
  Findings findings;

  // `behind`: how long what it missed had been acknowledged when the read began.
  void note_answered(const Operation& read);
  void note_stale(const Operation& read, int64_t versions, Nanos behind);
  void note_stale(const Operation& read, const Missed& missed);
};

// Does a read have any evidence to offer: was a write, whose quorum it must meet, acknowledged before it began? Writes
// of one key.
class OverlappingWrites {
 public:
  void add(const Operation& write);  // an acknowledged one
  bool before(const Operation& read, int replicas) const;

 private:
  std::map<int, int64_t> first_return_by_w_;
};

// `R+W = 2+2 exceeds N = 3`: why they must meet.
std::string why_they_meet(const Operation& read, const Operation& write, int replicas);

void judge_register_reads(const Trial& trial, QuorumTally& tally);
void judge_counter_reads(const Trial& trial, QuorumTally& tally);
void judge_cart_reads(const Trial& trial, QuorumTally& tally);

}  // namespace checkers
