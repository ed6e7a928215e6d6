// How a node that becomes an owner of slots gets their data (Dynamo §4.9): it asks their owners, one after another,
// slot by slot, for what they hold and it lacks, and merges the answers. A slot whose digest is the same costs eight
// bytes; so a transfer that was interrupted, by whichever end, goes on where it was.
//
// When may the new owner count alone? While the slot changes hands, writes and reads need quorums of the owners before
// and of those after. Two things remain: writes of coordinators that do not know of the change yet, and reads of theirs
// once it is over. Owners answer here only in the epoch of the change, and from then on refuse older ones. So when
// max(N-W, N-R, N/2)+1 owners (rounded down) have been asked to the end,
//   - every write that was acknowledged under an older table is on one of them: W of the owners held it, and fewer
//     than W were not asked; it was on that one's disk before that one took up the table of the change (a coordinator
//     does not count an acknowledgement under a newer table than its own), so it was in the answer;
//   - no further write or read gets through under an older table: fewer than W, or R, owners are left to take part.
// Owners that are asked but not needed by that rule are those that can be reached: a request with a smaller R or W than
// the cluster's is served by them too.
//
// An owner that fills a lost disk again does not answer before it is whole. A new owner whose disk was empty at its
// start waits until nothing that a former life of its own acknowledged can count any more (replica/replica.h).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/replica/replica.h"

namespace node {

class Transfer {
 public:
  explicit Transfer(Replica& replica) : replica_(replica) {}

  void begin_epoch(Turn& turn);
  void on_due(Turn& turn);  // timer kTransfer, while anything is left
  void on_fetch(Turn& turn, NodeIndex from, const Fetch& message);
  void on_fetched(Turn& turn, NodeIndex from, const Fetched& message);
  void on_kept(Turn& turn, const PageKept& page);

  // This node has what its new slots need.
  bool done(Instant now) const;
  size_t slots_left() const { return needy_; }
  // Who becomes an owner of something by the change that is under way.
  const std::set<NodeIndex>& gaining() const { return gaining_; }

 private:
  struct Source {
    NodeIndex node = Directory::kNobody;
    std::vector<Slot> slots;  // that it owns and this node becomes an owner of
    size_t complete = 0;      // so many of them
    std::string next;         // of the one after: where to go on; empty: at its beginning
    bool finished() const { return complete == slots.size(); }
  };
  struct Question {
    size_t source = 0;
    uint64_t number = 0;
    Instant at{0};
  };
  void pump(Turn& turn);
  void ask(Turn& turn, size_t source);

  Replica& replica_;
  std::set<NodeIndex> gaining_;
  std::vector<Source> sources_;
  std::vector<uint16_t> needed_;  // by slot: so many owners more must be asked to the end
  size_t needy_ = 0;              // slots where that is not 0
  std::optional<Question> asked_;
  size_t last_ = 0;  // source
  uint64_t last_number_ = 0;
  Instant not_before_{0};  // the next question: pages are paced
  bool due_set_ = false;
};

}  // namespace node
