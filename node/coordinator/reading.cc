// Reads, and the read that comes before a write: asked, counted, merged, written back, repaired.
#include "node/coordinator/coordinator.h"

#include <algorithm>

namespace node {

void Coordinator::begin_read(Turn& turn, Request& request) {
  request.state = State::kReading;
  if (refuse_if_unavailable(turn, request, request.quorum.r, "R")) return;
  be_patient(turn, request);
  const Placement& placement = placement_of(request);
  std::vector<NodeIndex> targets;
  if (replica_.options().non_expanding) {
    targets = NonExpanding::draw(placement.owners.front(), request.quorum.r, request.id);
  } else {
    for (size_t i = 0; i < placement.homes; ++i) {
      bool skip = fallbacks_count(request) && !replica_.up(placement.walk[i], turn.now);
      if (!skip) targets.push_back(placement.walk[i]);
    }
  }
  request.asked = targets;
  request.answers.reserve(targets.size());
  while (fallbacks_count(request) && request.asked.size() < placement.homes) {
    NodeIndex fallback = free_fallback(request, turn.now);
    if (fallback == Ring::kNobody) break;
    request.asked.push_back(fallback);
    targets.push_back(fallback);
  }
  ask(turn, request, std::move(targets));
}

void Coordinator::ask(Turn& turn, Request& request, std::vector<NodeIndex> nodes) {
  const bool sloppy = request.quorum.mode == Mode::kSloppy;
  const bool ourselves = std::erase(nodes, replica_.self()) > 0;
  replica_.send(turn, nodes, request.id, ReadRequest{request.command.key, sloppy, left(turn, request)});
  // Last, for it may end the request.
  if (!ourselves || !replica_.shows(sloppy)) return;
  take_answer(turn, request, replica_.self(), replica_.shown(request.key, sloppy));
}

void Coordinator::on_read_reply(Turn& turn, NodeIndex from, const RequestId& id, std::string record) {
  if (id.life != replica_.request_life()) return;  // of a former life
  Request* request = find(id.n);
  if (request == nullptr || !request->asked_node(from) || request->answered_by(from)) return;
  take_answer(turn, *request, from, std::move(record));
}

void Coordinator::take_answer(Turn& turn, Request& request, NodeIndex node, std::string record) {
  if (!request.take(node, std::move(record))) return;
  bool is_read = request.command.is_read();
  if (request.state == State::kReading && request.enough_answers(placement_of(request))) finish_read(turn, request);
  if (is_read) end_read(turn, request);  // the write that it was for may have ended with it
}

// Once it is answered and all have told what they hold.
void Coordinator::end_read(Turn& turn, Request& request) {
  if (request.state == State::kAnswered && request.answers.size() == request.asked.size()) close_read(turn, request);
}

// Nobody is waited for any more.
void Coordinator::close_read(Turn& turn, Request& request) {
  if (request.state == State::kRepairing) answer_repaired(turn, request);
  repair(turn, request);
  done(request);
}

void Coordinator::finish_read(Turn& turn, Request& request) {
  if (!request.command.is_read()) {
    apply(turn, request, &request.merged);
    return;
  }
  Result<std::string> reply = answer_read(request.command, request.merged, replica_.options().merge);
  if (!reply) {
    fail(turn, request, reply.error());
    return;
  }
  request.reply = std::move(*reply);
  if (request.quorum.mode == Mode::kLin) {
    write_back(turn, request);
  } else if (request.agreed || replica_.options().non_expanding) {
    succeed(turn, request, request.reply);
  } else {
    repair_before_answer(turn, request);
  }
}

// What a read found may be on fewer than a majority, and a later read would miss it: no answer before a majority has
// it.
void Coordinator::write_back(Turn& turn, Request& request) {
  Record found;
  found.linear = request.merged.linear;
  request.delta = found.encode();
  for (const Request::Answer& a : request.answers) {
    Record held;
    const bool decoded = a.record.empty() || Record::decode(a.record, held);
    if (decoded && held.linear == found.linear) request.copies.push_back({a.node, a.node, true});
  }
  if (request.enough_acknowledgements(placement_of(request), needed_writes(request))) {
    succeed(turn, request, request.reply);
    return;
  }
  request.state = State::kReplicating;
  if (is_home(request, replica_.self()) && !request.has_copy_for(replica_.self())) {
    note_own_copy(request, replica_.self(), *replica_.merge(turn, request.key, request.delta));
  }
  replicate(turn, request);
}

// What homes that showed older state get (Dynamo §5): the merged state with its context, not a fresh write. A new dot
// for old data would make siblings.
std::string Coordinator::truth_of(const Request& request) const {
  Record truth = request.merged;
  if (replica_.options().bug == Bug::kRepairWithFirstReply) {
    Record first;
    Record::decode(request.answers.front().record, first);
    truth.siblings = first.siblings;
  }
  return truth.encode();
}

std::vector<NodeIndex> Coordinator::behind(const Request& request, const std::string& truth) const {
  std::vector<NodeIndex> homes;
  for (const Request::Answer& a : request.answers) {
    if (a.record != truth && is_home(request, a.node)) homes.push_back(a.node);
  }
  return homes;
}

// A write that few homes have, because it is under way or has failed, must not be seen by this read and missed by the
// next: whoever answered holds it first. Who is slower than a hint would be is not waited for, and may miss it.
void Coordinator::repair_before_answer(Turn& turn, Request& request) {
  request.state = State::kRepairing;
  request.delta = truth_of(request);
  for (const NodeIndex home : behind(request, request.delta)) {
    ++replica_.counters.repairs;
    if (home == replica_.self()) {
      note_own_copy(request, home, *replica_.merge(turn, request.key, request.delta));
    } else {
      hand_to(turn, request, home, home);
    }
  }
  be_patient(turn, request);
  if (request.all_acknowledged()) answer_repaired(turn, request);  // nobody was behind but stand-ins
}

void Coordinator::answer_repaired(Turn& turn, Request& request) {
  for (Request::Answer& a : request.answers) {
    if (request.has_acknowledged(a.node)) a.record = request.delta;
  }
  succeed(turn, request, request.reply);
}

// Brings the other homes up to date that answered; those that did not are anti-entropy's.
void Coordinator::repair(Turn& turn, Request& request) {
  if (request.answers.size() < 2 || request.agreed || replica_.options().non_expanding) return;
  const std::string truth = truth_of(request);
  for (const NodeIndex home : behind(request, truth)) {
    ++replica_.counters.repairs;
    if (home == replica_.self()) {
      replica_.merge(turn, request.key, truth);
    } else {
      replica_.send(turn, home, request.id, Repair{request.command.key, truth});
    }
  }
}

}  // namespace node
