// One client request on its way: a state machine, as in Dynamo §5. It knows whom it asked, who answered, and what the
// client is to be told; coordinator.h moves it from state to state.
#pragma once

#include <string>
#include <vector>

#include "node/replica/replica.h"
#include "node/wire/command.h"

namespace node {

// Whom to answer: a client of ours, or the node that forwarded the request.
struct Asker {
  ClientId client = 0;
  Instant arrived{0};  // 0: now
  uint64_t ticket = 0;
  NodeIndex peer = Ring::kNobody;
  RequestId peer_request;
  bool meta = false;
};

// How many must take part, and who counts.
struct Quorum {
  size_t r = 2;
  size_t w = 2;
  Mode mode = Mode::kSloppy;
};

struct Request {
  enum class State {
    kReading,      // waits for R answers
    kRepairing,    // a read: waits until those who answered hold what they told together
    kPersisting,   // a write: waits for the disk to have our own copy
    kReplicating,  // waits for W acknowledgements
    kForwarded,    // another node coordinates
    kAnswered,     // the client has its answer; stragglers are still repaired or hinted
  };
  struct Answer {
    NodeIndex node;
    std::string record;  // encoded
  };
  struct Copy {
    NodeIndex holder;
    NodeIndex home;  // the same, or the home that holder keeps a hint for
    bool acknowledged = false;
  };

  RequestId id;
  Asker asker;
  Command command;
  StoredKey key;
  Quorum quorum;
  Instant started{0};
  Instant deadline{0};
  Instant patience{0};  // until then, those who are silent are only waited for
  State state = State::kReading;
  NodeIndex coordinator = Ring::kNobody;  // forwarded: to this node …
  Words words;                            // … in these words, if they may be repeated
  bool may_have_happened = false;         // an earlier coordinator was lost

  std::vector<NodeIndex> asked;  // reading
  std::vector<Answer> answers;
  Record merged;       // of the answers
  bool agreed = true;  // they were all equal
  std::string delta;   // writing, or repairing: encoded
  std::string reply;   // what the client is told once W have it
  std::vector<Copy> copies;

  bool asked_node(NodeIndex node) const;
  bool answered_by(NodeIndex node) const;
  bool has_copy_for(NodeIndex home) const;
  bool has_acknowledged(NodeIndex home) const;  // it, or a fallback in its stead
  std::vector<NodeIndex> unacknowledged_homes() const;
  bool holds_copy(NodeIndex node) const;
  bool all_acknowledged() const;  // all copies there are
  // The answer of a read waits for a majority (MODE lin), or for who answered, and not for W.
  bool plain_read() const { return command.is_read() && quorum.mode != Mode::kLin; }
  // Distinct nodes that count towards W.
  size_t acknowledgements() const;
  // R, or `needed`, of each set of owners; fallbacks count for each.
  bool enough_answers(const Placement& placement) const;
  bool enough_acknowledgements(const Placement& placement, size_t needed) const;
  // False: it is no record, and does not count.
  bool take(NodeIndex node, std::string record);

 private:
  template <typename Counts>
  size_t holders(Counts for_home) const;
};

}  // namespace node
