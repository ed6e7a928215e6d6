#include "node/coordinator/coordinator.h"

#include <algorithm>

#include "node/base/hash.h"
#include "node/wire/resp.h"

namespace node {

namespace {

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

}  // namespace

// ---- Beginning and ending

uint64_t Coordinator::left(const Turn& turn, const Request& request) {
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(request.deadline - turn.now).count();
  return static_cast<uint64_t>(std::max<int64_t>(time, 1));
}

void Coordinator::begin(Turn& turn, const Asker& asker, Command command, const Words& words, const Quorum& quorum,
                        Duration timeout) {
  auto owned = std::make_unique<Request>();
  Request& request = *owned;
  request.id = replica_.new_request();
  request.asker = asker;
  request.command = std::move(command);
  request.key = StoredKey::of(request.command.key);
  request.quorum = quorum;
  request.started = asker.arrived > Instant{0} ? asker.arrived : turn.now;
  request.deadline = request.started + timeout;
  requests_.add(std::move(owned));
  replica_.timers.add(request.deadline, {Timer::Kind::kRequestDeadline, request.id.n});
  if (request.command.is_read()) {
    ++replica_.counters.reads;
    begin_read(turn, request);
  } else {
    ++replica_.counters.writes;
    begin_write(turn, request, words);
  }
}

void Coordinator::answer(Turn& turn, Replica& replica, const Asker& asker, std::string resp) {
  if (asker.peer == Ring::kNobody) {
    turn.effects.push_back(Reply{asker.client, asker.ticket, std::move(resp)});
  } else {
    replica.send(turn, asker.peer, asker.peer_request, ForwardReply{std::move(resp)});
  }
}

void Coordinator::fail(Turn& turn, Request& request, const Error& error) {
  if (error.kind == Error::Kind::kTimeout) ++replica_.counters.timeouts;
  if (error.kind == Error::Kind::kUnavailable) ++replica_.counters.unavailable;
  std::string resp;
  resp::error(resp, to_line(error));
  finish(turn, request, std::move(resp));
}

void Coordinator::succeed(Turn& turn, Request& request, const std::string& reply) {
  finish(turn, request, request.asker.meta ? meta_of(request) : reply);
}

void Coordinator::finish(Turn& turn, Request& request, std::string resp) {
  // Whatever the second coordinator says, the first one may have done it.
  if (request.may_have_happened && resp.starts_with('-') && !resp.starts_with("-TIMEOUT")) {
    const std::string last = resp.substr(1, resp.find('\r') - 1);
    resp.clear();
    resp::error(resp,
                to_line({Error::Kind::kTimeout, "the write may have happened through a home that was lost; " + last}));
  }
  if (request.asker.peer == Ring::kNobody) {  // else the node that forwarded counts it
    CommandStats& stats = replica_.counters.commands[request.command.name];
    if (resp.starts_with('-')) ++stats.failed;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(turn.now - request.started);
    stats.microseconds.add(static_cast<uint64_t>(took.count()));
    replica_.background.served(took);
  }
  answer(turn, replica_, request.asker, std::move(resp));
  request.state = State::kAnswered;
}

std::string Coordinator::meta_of(const Request& request) const {
  std::vector<std::string> acks;
  std::vector<std::string> hints;
  for (const Request::Answer& a : request.answers) {
    if (request.command.is_read() && request.copies.empty()) acks.push_back(replica_.name(a.node));
  }
  for (const Request::Copy& copy : request.copies) {
    if (!copy.acknowledged) continue;
    if (copy.holder == copy.home) {
      acks.push_back(replica_.name(copy.holder));
    } else {
      hints.push_back(replica_.name(copy.holder) + ">" + replica_.name(copy.home));
    }
  }
  std::string resp;
  resp::array(resp, 2);
  resp += request.reply;
  resp::words(resp, {"coordinator", replica_.name(replica_.self()), "mode", std::string(name_of(request.quorum.mode)),
                     "r", std::to_string(request.quorum.r), "w", std::to_string(request.quorum.w), "acks", join(acks),
                     "hints", join(hints)});
  return resp;
}

bool Coordinator::refuse_if_unavailable(Turn& turn, Request& request, size_t needed, const char* what) {
  const Placement& placement = placement_of(request);
  bool homes_only = !fallbacks_count(request);
  const bool reads = request.state == State::kReading && *what == 'R';
  size_t candidates = 0;
  size_t reachable = 0;
  bool enough = !placement.walk.empty();
  for (const std::vector<NodeIndex>& owners : placement.owners) {
    const std::vector<NodeIndex>& nodes = homes_only ? owners : placement.walk;
    candidates = nodes.size();
    reachable = static_cast<size_t>(std::count_if(nodes.begin(), nodes.end(), [&](NodeIndex node) {
      const bool mute = node == replica_.self() && reads && !replica_.shows(request.quorum.mode == Mode::kSloppy);
      return replica_.up(node, turn.now) && !mute;
    }));
    enough = reachable >= std::min(needed, owners.size());
    if (!enough) break;
  }
  if (enough) return false;
  fail(turn, request,
       {Error::Kind::kUnavailable, std::to_string(reachable) + " of the key's " + std::to_string(candidates) +
                                       (homes_only ? " homes" : " candidates") + " can be reached, " + what + " is " +
                                       std::to_string(needed)});
  done(request);
  return true;
}

bool Coordinator::fallbacks_count(const Request& request) const {
  return request.quorum.mode == Mode::kSloppy && replica_.options().hints;
}

bool Coordinator::keeps_hints(const Request& request) const {
  return request.quorum.mode != Mode::kLin && replica_.options().hints;
}

void Coordinator::be_patient(Turn& turn, Request& request) {
  // Not with reads: those of a sloppy quorum that ask others at once would show what these do not have.
  const bool none = request.state != State::kReading && replica_.rare.happen("no-patience", request.id.n);
  request.patience = none ? turn.now : turn.now + replica_.options().hint_timeout;
  replica_.timers.add(request.patience, {Timer::Kind::kRequestPatience, request.id.n});
}

NodeIndex Coordinator::free_fallback(const Request& request, Instant now) const {
  const Placement& placement = placement_of(request);
  for (size_t i = placement.homes; i < placement.walk.size(); ++i) {
    NodeIndex node = placement.walk[i];
    bool used = request.state == State::kReading ? request.asked_node(node) : request.holds_copy(node);
    if (!used && replica_.up(node, now)) return node;
  }
  return Ring::kNobody;
}

// ---- Reading

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
  if (!is_read) return;  // the write that it was for may have ended with it
  if (request.state == State::kAnswered && request.answers.size() == request.asked.size()) {
    repair(turn, request);
    done(request);
  }
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
  } else {
    succeed(turn, request, request.reply);
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

// Brings homes that showed older state up to date (Dynamo §5). They get the merged state with its context, not a fresh
// write: a new dot for old data would make siblings.
void Coordinator::repair(Turn& turn, Request& request) {
  if (request.answers.size() < 2 || request.agreed || replica_.options().non_expanding) return;
  Record truth = request.merged;
  if (replica_.options().bug == Bug::kRepairWithFirstReply) {
    Record first;
    Record::decode(request.answers.front().record, first);
    truth.siblings = first.siblings;
  }
  const std::string bytes = truth.encode();
  for (const Request::Answer& a : request.answers) {
    if (a.record == bytes || !is_home(request, a.node)) continue;
    ++replica_.counters.repairs;
    if (a.node == replica_.self()) {
      replica_.merge(turn, request.key, bytes);
    } else {
      replica_.send(turn, a.node, request.id, Repair{request.command.key, bytes});
    }
  }
}

// ---- Writing

size_t Coordinator::needed_writes(const Request& request) const {
  return replica_.options().bug == Bug::kAcknowledgeEarly ? 1 : request.quorum.w;
}

void Coordinator::begin_write(Turn& turn, Request& request, const Words& words) {
  const Placement& placement = placement_of(request);
  const bool ours = request.asker.peer == Ring::kNobody;
  const bool lin = request.quorum.mode == Mode::kLin;
  // What sessions have claimed went with the disk; a retry would become another write.
  if (lin && request.command.identified() && !replica_.whole) {
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
            lin && request.command.identified()
                ? "the home that coordinates this session's writes of the key cannot be reached"
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

// Homes. Of identified writes in MODE lin only one: a retry must meet whoever remembers the tag of the first attempt,
// for two coordinators could give it two tags, and it would be two writes.
bool Coordinator::may_coordinate(const Request& request, NodeIndex node) const {
  if (replica_.options().non_expanding) return true;  // whoever is asked draws
  // A node that is about to become a home may lack what a write builds on.
  const std::vector<NodeIndex>& owners = placement_of(request).owners.front();
  if (std::find(owners.begin(), owners.end(), node) == owners.end()) return false;
  if (request.quorum.mode != Mode::kLin || !request.command.identified()) return true;
  return owners[hash64(request.command.session.to_string()) % owners.size()] == node;
}

// The first that is up and that a connection leads to, unless what it is sent waits there clearly longer than at
// another.
NodeIndex Coordinator::home_to_forward_to(const Request& request, Instant now) const {
  constexpr uint64_t kClearlyUs = 10'000;
  const Placement& placement = placement_of(request);
  NodeIndex best = Ring::kNobody;
  uint64_t least = UINT64_MAX;
  for (size_t i = 0; i < placement.homes; ++i) {
    const NodeIndex home = placement.walk[i];
    if (!may_coordinate(request, home) || !replica_.up(home, now) || !replica_.liveness.linked(home)) continue;
    const Profile* profile = replica_.profiles.of(replica_.name(home));
    const uint64_t delay = profile == nullptr ? 0 : profile->load.delay_us / kClearlyUs;
    if (delay >= least) continue;
    least = delay;
    best = home;
  }
  return best;
}

void Coordinator::forward(Turn& turn, Request& request, NodeIndex home, const Words& words) {
  request.state = State::kForwarded;
  request.coordinator = home;
  ++replica_.counters.forwards;
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(request.deadline - turn.now);
  Forward message{request.asker.meta, words};
  // What this connection or this node would have used, spelt out: the last of two options counts.
  for (const std::string& word :
       {std::string("R"), std::to_string(request.quorum.r), std::string("W"), std::to_string(request.quorum.w),
        std::string("MODE"), std::string(name_of(request.quorum.mode)), std::string("TIMEOUT"),
        std::to_string(std::max<int64_t>(left.count(), 1))}) {
    message.words.push_back(word);
  }
  replica_.send(turn, home, request.id, std::move(message));
  if (!request.command.repeatable()) return;
  if (request.words.empty()) request.words = words;
  if (replica_.rare.happen("forward-again", request.id.n)) forward_again(turn, request.id.n);
}

// It may have been carried out, or may be yet. Once more is harmless where the operation has an identity; else only the
// client can say what it wants, and hears at once that the outcome is unknown.
void Coordinator::on_link_broken(Turn& turn, NodeIndex peer) {
  for (uint64_t n : requests_.numbers()) {
    Request* request = find(n);
    if (request == nullptr || request->state != State::kForwarded || request->coordinator != peer) continue;
    if (request->command.repeatable()) {
      forward_again(turn, n);
    } else {
      fail(turn, *request,
           {Error::Kind::kTimeout, "the connection to the home that coordinates broke; the write may still happen"});
      done(*request);
    }
  }
}

void Coordinator::forward_again(Turn& turn, uint64_t n) {
  Request& request = renumber(n);
  request.may_have_happened = true;
  const Words words = request.words;
  begin_write(turn, request, words);
}

void Coordinator::on_forward_reply(Turn& turn, const RequestId& id, std::string resp) {
  if (id.life != replica_.request_life()) return;
  Request* request = find(id.n);
  if (request == nullptr || request->state != State::kForwarded) return;
  finish(turn, *request, std::move(resp));
  done(*request);
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
  const Placement& placement = placement_of(request);
  if (request.state == State::kReplicating && request.enough_acknowledgements(placement, needed_writes(request))) {
    succeed(turn, request, request.reply);
  }
  bool all = std::all_of(placement.walk.begin(), placement.walk.begin() + static_cast<std::ptrdiff_t>(placement.homes),
                         [&](NodeIndex home) { return request.has_acknowledged(home); });
  if (all && request.state == State::kAnswered) done(request);
}

// ---- The routing table changes

void Coordinator::begin_epoch(Turn& turn) {
  if (replica_.options().non_expanding) return;  // whom it drew is all that it has
  for (uint64_t n : requests_.numbers()) {
    Request* request = find(n);
    if (request == nullptr) continue;
    if (request->state == State::kReading) {
      read_again(turn, n);
    } else if (!request->copies.empty() && request->state != State::kPersisting) {
      replicate_again(turn, *request);
    }
  }
}

Request& Coordinator::renumber(uint64_t n) {
  std::unique_ptr<Request> owned = requests_.take(n);
  Request& request = *owned;
  request.id = replica_.new_request();
  requests_.add(std::move(owned));
  replica_.timers.add(request.deadline, {Timer::Kind::kRequestDeadline, request.id.n});
  return request;
}

// From the start, and with new answers only: a node that was about to become an
// owner may have answered before it had everything, and would now count alone.
void Coordinator::read_again(Turn& turn, uint64_t n) {
  Request& request = renumber(n);
  request.asked.clear();
  request.answers.clear();
  request.merged = {};
  request.agreed = true;
  begin_read(turn, request);
}

// Copies stay where they are and count for what their holders are now. Those who have not acknowledged may have refused
// the older table, and new homes have not been told at all.
void Coordinator::replicate_again(Turn& turn, Request& request) {
  for (const Request::Copy& copy : request.copies) {
    if (copy.acknowledged || copy.holder == replica_.self()) continue;
    const std::string home = copy.holder == copy.home ? "" : replica_.name(copy.home);
    replica_.send(turn, copy.holder, request.id,
                  WriteRequest{request.command.key, home, request.delta, left(turn, request)});
  }
  replicate(turn, request);
  maybe_acknowledge(turn, request);
}

// ---- Time passes

void Coordinator::on_patience(Turn& turn, uint64_t n) {
  Request* request = find(n);
  if (request == nullptr || turn.now < request->patience) return;
  if (request->command.is_read() && request->state == State::kAnswered) {
    repair(turn, *request);  // those that answered; the others are anti-entropy's
    done(*request);
    return;
  }
  if (request->state == State::kReading && fallbacks_count(*request)) {
    while (find(n) != nullptr && request->asked.size() < placement_of(*request).walk.size() &&
           request->state == State::kReading) {
      NodeIndex fallback = free_fallback(*request, turn.now);
      if (fallback == Ring::kNobody) return;
      request->asked.push_back(fallback);
      ask(turn, *request, {fallback});
    }
    return;
  }
  if (request->state != State::kReplicating && request->state != State::kAnswered) return;
  for (NodeIndex home : request->unacknowledged_homes()) hint_for(turn, *request, home);
}

void Coordinator::on_deadline(Turn& turn, uint64_t n) {
  Request* request = find(n);
  if (request == nullptr) return;
  switch (request->state) {
    case State::kReading:
      fail(turn, *request,
           {Error::Kind::kTimeout, std::to_string(request->answers.size()) +
                                       " of R=" + std::to_string(request->quorum.r) + " answered in time"});
      break;
    case State::kForwarded:
      fail(turn, *request,
           {Error::Kind::kTimeout, "the home that coordinates did not answer; the write may still happen"});
      break;
    case State::kPersisting:
    case State::kReplicating:
      fail(turn, *request,
           {Error::Kind::kTimeout,
            std::to_string(request->acknowledgements()) + " of W=" + std::to_string(request->quorum.w) +
                " acknowledged in time; " +
                (request->command.is_read() ? "what was read is not on a majority" : "the write may still happen")});
      break;
    case State::kAnswered:
      if (request->command.is_read()) repair(turn, *request);
      break;
  }
  // Neither the home nor a fallback has said that it holds the write: it stays here, until the home can be told.
  if (keeps_hints(*request)) {
    uint64_t number = 0;
    for (NodeIndex home : request->unacknowledged_homes()) {
      if (home != replica_.self()) replica_.keep_hint(turn, home, request->key, request->delta, number);
    }
  }
  done(*request);
}

void Coordinator::on_disk_failure(Turn& turn, const std::string& reason) {
  for (uint64_t n : requests_.numbers()) {
    Request& request = *find(n);
    if (request.state == State::kAnswered) continue;
    fail(turn, request, {Error::Kind::kTimeout, "the disk failed (" + reason + "); the write may still happen"});
  }
  requests_.clear();
}

}  // namespace node
