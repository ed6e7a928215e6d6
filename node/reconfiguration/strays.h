// Data that this node holds but is no home of: slots that it handed over, and hints for nodes that are no longer homes
// of the key. It goes to the homes, and is dropped only after every one of them has all of it: their digests of the
// slot are the same, or they have acknowledged each record that they did not have.
//
//   A: STRAYS        slots with digests  →  each home B
//   A  ←  B: STRAYS.KNOWN  those that are the same; of the others hash and digest of each key
//   A: WRITE         what B does not have, or not so  →  B: WRITTEN, once it is on disk
//
// A node that has left the cluster forgets what it holds: others own it now.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/replica/replica.h"

namespace node {

class Strays {
 public:
  explicit Strays(Replica& replica) : replica_(replica) {}

  void begin_epoch();
  void tick(Turn& turn);  // every handoff_interval
  void on_held(Turn& turn, NodeIndex from, const StraysHeld& message);
  void on_known(Turn& turn, NodeIndex from, const StraysKnown& message);
  // True if the acknowledgement was for a record sent here.
  bool acknowledged(Turn& turn, const RequestId& id);

  size_t slots() const;  // that have strays in them

 private:
  struct Home {
    bool asked = true;       // whether it holds the same, and has not answered
    bool held_back = false;  // not all that it lacks could be sent (replica/background.h)
    size_t under_way = 0;    // records that it has not acknowledged
  };
  struct Moving {
    uint64_t round = 0;   // what is late from an earlier one does not count
    uint64_t digest = 0;  // of what is to go
    std::map<NodeIndex, Home> homes;
    Instant since{0};
  };
  struct OnItsWay {
    Slot slot = 0;
    NodeIndex home = 0;
    uint64_t round = 0;
  };
  void take_hints_over(Turn& turn);
  void forget_some(Turn& turn);
  void push(Turn& turn, NodeIndex to, Slot slot, std::vector<std::pair<uint64_t, uint64_t>> known);
  void look_at(Turn& turn, Slot slot);
  void drop(Turn& turn, Slot slot);
  const Tree& tree() const { return replica_.records.tree(); }
  // Who has to have it: all homes, those before a change and those after it, except the dead.
  std::vector<NodeIndex> homes(Slot slot) const;

  Replica& replica_;
  std::map<Slot, Moving> moving_;
  std::map<uint64_t, OnItsWay> by_request_;  // records
  uint64_t last_round_ = 0;
  bool hints_looked_at_ = false;  // in this epoch
  // There was no stray in this epoch when so many slots had been filled: none has come in since if it is the same now.
  std::optional<uint64_t> none_at_;
};

}  // namespace node
