#include "node/coordinator/coordinator.h"

#include <algorithm>

#include "node/base/joined.h"
#include "node/wire/resp.h"

namespace node {

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
  const bool answered = request.plain_read() || (request.command.is_read() && request.copies.empty());
  for (const Request::Answer& a : request.answers) {
    if (answered) acks.push_back(replica_.name(a.node));
  }
  for (const Request::Copy& copy : request.copies) {
    if (answered || !copy.acknowledged) continue;
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
                     "r", std::to_string(request.quorum.r), "w", std::to_string(request.quorum.w), "acks", joined(acks),
                     "hints", joined(hints)});
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

// ---- The routing table changes

void Coordinator::begin_epoch(Turn& turn) {
  if (replica_.options().non_expanding) return;  // whom it drew is all that it has
  for (uint64_t n : requests_.numbers()) {
    Request* request = find(n);
    if (request == nullptr) continue;
    if (is_anothers(*request)) {
      give_up(turn, *request);
    } else if (request->state == State::kReading || request->state == State::kRepairing) {
      read_again(turn, n);
    } else if (!request->copies.empty() && request->state != State::kPersisting && !request->plain_read()) {
      replicate_again(turn, *request);
    }
  }
}

// Its one home is another by now: that one takes the retries, and may give it a tag too.
bool Coordinator::is_anothers(const Request& request) const {
  const bool open = request.state != State::kForwarded && request.state != State::kAnswered;
  return open && has_one_home(request) && !may_coordinate(request, replica_.self());
}

void Coordinator::give_up(Turn& turn, Request& request) {
  const bool begun = request.state != State::kReading;
  fail(turn, request,
       {begun ? Error::Kind::kTimeout : Error::Kind::kUnavailable,
        std::string("the members have changed, and another home coordinates this session's writes of the key") +
            (begun ? "; the write may still happen" : "")});
  done(request);
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
  request.copies.clear();
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
  const bool found = request->state == State::kRepairing || request->state == State::kAnswered;
  if (request->command.is_read() && found) {
    close_read(turn, *request);
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
    case State::kRepairing:
    case State::kAnswered:
      if (request->command.is_read()) return close_read(turn, *request);
      break;
  }
  // Neither the home nor a fallback has said that it holds the write: it stays here, until the home can be told.
  if (keeps_hints(*request) && !request->command.is_read()) {
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
