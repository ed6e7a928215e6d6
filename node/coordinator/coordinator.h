// Carries out clients' requests: finds the nodes that keep the key, hands the write or the question to them, waits
// for W or R, answers, and then looks after those that were late (hints, read repair). A read whose R answers differ
// has those R hold all of it before it answers, so that the next one finds no less.
//
// Any node coordinates reads. Writes are coordinated by a home, because a write names itself in the key's version
// history; a node that is none forwards to the first home that is up, and in sloppy mode stands in if none is.
//
// MODE lin is the same machine in other gears (Attiya, Bar-Noy, Dolev 1995): a write reads the tags of a majority
// before it takes its own; a read has what it found on a majority before it answers. Only homes take part, and no
// hints.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/coordinator/non_expanding.h"
#include "node/coordinator/request.h"
#include "node/coordinator/requests.h"
#include "node/replica/operations.h"

namespace node {

class Coordinator {
 public:
  explicit Coordinator(Replica& replica) : replica_(replica) {}

  void begin(Turn& turn, const Asker& asker, Command command, const Words& words, const Quorum& quorum,
             Duration timeout);

  void on_read_reply(Turn& turn, NodeIndex from, const RequestId& id, std::string record);
  void on_write_reply(Turn& turn, NodeIndex from, const RequestId& id, bool refused);
  void on_forward_reply(Turn& turn, const RequestId& id, std::string resp);
  void on_local_copy(Turn& turn, const LocalCopy& copy);
  void on_patience(Turn& turn, uint64_t request);  // hint_timeout after it asked, or handed the write out
  void on_deadline(Turn& turn, uint64_t request);
  // What was forwarded to this node may have been lost: it goes to another, or its outcome is unknown.
  void on_link_broken(Turn& turn, NodeIndex peer);
  void on_disk_failure(Turn& turn, const std::string& reason);
  // The routing table has changed: what is under way goes on under the new one.
  void begin_epoch(Turn& turn);
  // A record is dropped here, because others own it: what this life did to it must not be forgotten.
  void remember(const std::string& key, const Record& record);

  // Bug::kReuseActor: what a record on this node's own disk says of this actor's past.
  void recall(const std::string& key, const Record& record);

  size_t open_requests() const { return requests_.size(); }
  static void answer(Turn& turn, Replica& replica, const Asker& asker, std::string resp);

 private:
  using State = Request::State;

  // Milliseconds to its deadline, for those who work for it.
  static uint64_t left(const Turn& turn, const Request& request);
  void begin_read(Turn& turn, Request& request);
  void ask(Turn& turn, Request& request, std::vector<NodeIndex> nodes);
  void take_answer(Turn& turn, Request& request, NodeIndex node, std::string record);
  void finish_read(Turn& turn, Request& request);
  std::string truth_of(const Request& request) const;
  void repair_before_answer(Turn& turn, Request& request);
  void answer_repaired(Turn& turn, Request& request);
  std::vector<NodeIndex> behind(const Request& request, const std::string& truth) const;
  void repair(Turn& turn, Request& request);
  void end_read(Turn& turn, Request& request);
  void close_read(Turn& turn, Request& request);
  void write_back(Turn& turn, Request& request);

  void begin_write(Turn& turn, Request& request, const Words& words);
  bool has_one_home(const Request& request) const;
  bool may_coordinate(const Request& request, NodeIndex node) const;
  NodeIndex home_to_forward_to(const Request& request, Instant now) const;
  void forward(Turn& turn, Request& request, NodeIndex home, const Words& words);
  void forward_again(Turn& turn, uint64_t n);
  // `seen`: what R replicas hold, for a write that reads first.
  void apply(Turn& turn, Request& request, const Record* seen);
  Coordinating coordinating(Turn& turn, const std::string& key, const Record& local) const;
  bool is_anothers(const Request& request) const;
  void give_up(Turn& turn, Request& request);
  // Under another number, so that no answer from before counts.
  Request& renumber(uint64_t n);
  void read_again(Turn& turn, uint64_t n);
  void replicate_again(Turn& turn, Request& request);
  void be_patient(Turn& turn, Request& request);
  // A copy at this node, under `number` in the journal, or at another: for itself as a home, or as a hint for `home`.
  void note_own_copy(Request& request, NodeIndex home, uint64_t number);
  void hand_to(Turn& turn, Request& request, NodeIndex holder, NodeIndex home);
  void replicate(Turn& turn, Request& request);
  void write_to_drawn(Turn& turn, Request& request);
  void hint_for(Turn& turn, Request& request, NodeIndex home);
  // False: the store of hints is full.
  bool keep_own_hint(Turn& turn, Request& request, NodeIndex home);
  void maybe_acknowledge(Turn& turn, Request& request);

  size_t needed_writes(const Request& request) const;
  bool refuse_if_unavailable(Turn& turn, Request& request, size_t needed, const char* what);
  // May fallbacks stand in for homes? Only where they can keep hints: else they would be asked in vain.
  bool fallbacks_count(const Request& request) const;
  bool keeps_hints(const Request& request) const;
  // Next node behind the homes that is up and that the request does not use yet.
  NodeIndex free_fallback(const Request& request, Instant now) const;
  void fail(Turn& turn, Request& request, const Error& error);
  void succeed(Turn& turn, Request& request, const std::string& reply);
  // Tells whoever asked, and keeps count.
  void finish(Turn& turn, Request& request, std::string resp);
  std::string meta_of(const Request& request) const;
  Request* find(uint64_t n) { return requests_.find(n); }
  const Placement& placement_of(const Request& request) const { return replica_.layout().at(request.key.slot()); }
  bool is_home(const Request& request, NodeIndex node) const { return placement_of(request).is_home(node); }
  void done(Request& request) { requests_.take(request.id.n); }

  Replica& replica_;
  Requests requests_;

  // What this life did to keys that it is no home of. Their hints go away once delivered, but a dot, or a total, must
  // never be used twice.
  struct OwnPast {
    uint64_t last_n = 0;
    uint64_t own_count = 0;  // for Bug::kReuseActor, which trusts its own count instead of the key's history
    Tally tally;
  };
  std::map<std::string, OwnPast> own_past_;
  NonExpanding experiment_;
};

}  // namespace node
