// Writes: a delta, and its copies at the homes, or as hints at fallbacks.
#include "node/coordinator/coordinator.h"

#include <algorithm>

namespace node {

size_t Coordinator::needed_writes(const Request& request) const {
  return replica_.options().bug == Bug::kAcknowledgeEarly ? 1 : request.quorum.w;
}

void Coordinator::begin_write(Turn& turn, Request& request, const Words& words) {
  const Placement& placement = placement_of(request);
  const bool ours = request.asker.peer == Ring::kNobody;
  const bool lin = request.quorum.mode == Mode::kLin;
  // What sessions have claimed went with the disk; a retry would become another write.
  if (has_one_home(request) && !replica_.whole) {
    fail(turn, request, {Error::Kind::kUnavailable, "this node is filling its lost disk again"});
    done(request);
    return;
  }
  if (!may_coordinate(request, replica_.self()) && (ours || lin)) {
    const NodeIndex home = ours ? home_to_forward_to(request, turn.now) : Ring::kNobody;
    if (home != Ring::kNobody) {
      forward(turn, request, home, words);
      return;
    }
    if (!fallbacks_count(request)) {
      fail(turn, request,
           {Error::Kind::kUnavailable,
            has_one_home(request) ? "the home that coordinates this session's writes of the key cannot be reached"
                                  : "none of the key's " + std::to_string(placement.homes) + " homes can be reached"});
      done(request);
      return;
    }
  }
  if (refuse_if_unavailable(turn, request, needed_writes(request), "W")) return;
  if (request.command.reads_first()) {
    begin_read(turn, request);
  } else {
    apply(turn, request, nullptr);
  }
}

Coordinating Coordinator::coordinating(Turn& turn, const std::string& key, const Record& local) const {
  Coordinating by{
      replica_.life(),       local.context.last(replica_.life()) + 1, {}, turn.wall.count(), replica_.options().merge,
      replica_.options().bug};
  if (const Tally* tally = local.find(replica_.life())) by.tally = *tally;
  by.next_n = std::max(by.next_n, replica_.reaped_dots() + 1);
  auto past = own_past_.find(key);
  if (past != own_past_.end()) {
    by.next_n = std::max(by.next_n, past->second.last_n + 1);
    by.tally = std::max(by.tally, past->second.tally);
  }
  if (replica_.options().bug == Bug::kReuseActor) {
    by.next_n = past == own_past_.end() ? 1 : past->second.own_count + 1;
  }
  return by;
}

void Coordinator::recall(const std::string& key, const Record& record) {
  own_past_[key].own_count = record.context.last(replica_.life());
}

void Coordinator::remember(const std::string& key, const Record& delta) {
  OwnPast& past = own_past_[key];
  ++past.own_count;
  past.last_n = std::max(past.last_n, delta.context.last(replica_.life()));
  if (const Tally* tally = delta.find(replica_.life())) past.tally = *tally;
}

void Coordinator::apply(Turn& turn, Request& request, const Record* seen) {
  const std::string& key = request.command.key;
  const bool drawn = replica_.options().non_expanding;
  const Record local = drawn ? experiment_.building_on(key) : replica_.building_on(request.key);
  Result<Applied> applied =
      apply_write(request.command, local, seen == nullptr ? local : *seen, coordinating(turn, key, local));
  if (!applied) {
    fail(turn, request, applied.error());
    done(request);
    return;
  }
  if (applied->many_siblings) ++replica_.counters.many_siblings;
  request.copies.reserve(placement_of(request).homes);
  const Record& delta = applied->delta;
  request.delta = delta.encode();
  request.reply = std::move(applied->reply);
  if (delta.empty()) {  // nothing to remove
    succeed(turn, request, request.reply);
    done(request);
    return;
  }
  if (drawn) {
    experiment_.wrote(key, delta);
    write_to_drawn(turn, request);
    return;
  }
  request.state = State::kPersisting;
  if (is_home(request, replica_.self())) {
    note_own_copy(request, replica_.self(), *replica_.merge(turn, request.key, request.delta));
  } else {
    if (!keep_own_hint(turn, request, placement_of(request).walk.front())) {
      fail(turn, request,
           {Error::Kind::kUnavailable, "no home can be reached and the store of hints is full (" +
                                           std::to_string(replica_.options().max_hint_bytes) + " bytes)"});
      done(request);
      return;
    }
    remember(key, delta);  // not before: what was refused must not come back inside a later total
  }
}

bool Coordinator::keep_own_hint(Turn& turn, Request& request, NodeIndex home) {
  uint64_t number = 0;
  if (!replica_.keep_hint(turn, home, request.key, request.delta, number)) return false;
  note_own_copy(request, home, number);
  return true;
}

void Coordinator::note_own_copy(Request& request, NodeIndex home, uint64_t number) {
  request.copies.push_back({replica_.self(), home});
  replica_.journal.when(number, LocalCopy{request.id.n, home});
}

void Coordinator::hand_to(Turn& turn, Request& request, NodeIndex holder, NodeIndex home) {
  request.copies.push_back({holder, home});
  replica_.send(
      turn, holder, request.id,
      WriteRequest{request.command.key, holder == home ? "" : replica_.name(home), request.delta, left(turn, request)});
}

void Coordinator::on_local_copy(Turn& turn, const LocalCopy& copy) {
  Request* request = find(copy.request);
  if (request == nullptr) return;
  for (Request::Copy& own : request->copies) {
    if (own.holder == replica_.self() && own.home == copy.home) own.acknowledged = true;
  }
  if (request->state == State::kPersisting) {
    request->state = State::kReplicating;
    replicate(turn, *request);
  }
  maybe_acknowledge(turn, *request);
}

void Coordinator::replicate(Turn& turn, Request& request) {
  be_patient(turn, request);
  const Placement& placement = placement_of(request);
  std::vector<NodeIndex> reached;
  for (size_t i = 0; i < placement.homes; ++i) {
    NodeIndex home = placement.walk[i];
    if (request.has_copy_for(home)) continue;
    // Where only homes count, one that seems down is written to as well: it may hear us.
    if (replica_.up(home, turn.now) || !fallbacks_count(request)) {
      request.copies.push_back({home, home});
      reached.push_back(home);
    } else {
      hint_for(turn, request, home);
    }
  }
  replica_.send(turn, reached, request.id, WriteRequest{request.command.key, "", request.delta, left(turn, request)});
}

void Coordinator::write_to_drawn(Turn& turn, Request& request) {
  request.state = State::kReplicating;
  for (NodeIndex home : NonExpanding::draw(placement_of(request).owners.front(), request.quorum.w, request.id)) {
    if (home == replica_.self()) {
      note_own_copy(request, home, *replica_.merge(turn, request.key, request.delta));
    } else {
      hand_to(turn, request, home, home);
    }
  }
}

// Has a fallback keep the write for a home that does not answer (Dynamo §4.6); with no fallback left, this node does.
void Coordinator::hint_for(Turn& turn, Request& request, NodeIndex home) {
  if (!keeps_hints(request)) return;
  NodeIndex fallback = free_fallback(request, turn.now);
  if (fallback == Ring::kNobody || fallback == replica_.self()) {
    keep_own_hint(turn, request, home);
    return;
  }
  hand_to(turn, request, fallback, home);
}

void Coordinator::on_write_reply(Turn& turn, NodeIndex from, const RequestId& id, bool refused) {
  if (id.life != replica_.request_life()) return;
  Request* request = find(id.n);
  if (request == nullptr || refused) return;
  for (Request::Copy& copy : request->copies) {
    if (copy.holder == from) copy.acknowledged = true;
  }
  maybe_acknowledge(turn, *request);
}

void Coordinator::maybe_acknowledge(Turn& turn, Request& request) {
  if (request.plain_read()) {
    if (request.state == State::kRepairing && request.all_acknowledged()) answer_repaired(turn, request);
    end_read(turn, request);
    return;
  }
  const Placement& placement = placement_of(request);
  if (request.state == State::kReplicating && request.enough_acknowledgements(placement, needed_writes(request))) {
    succeed(turn, request, request.reply);
  }
  bool all = std::all_of(placement.walk.begin(), placement.walk.begin() + static_cast<std::ptrdiff_t>(placement.homes),
                         [&](NodeIndex home) { return request.has_acknowledged(home); });
  if (all && request.state == State::kAnswered) done(request);
}

}  // namespace node
