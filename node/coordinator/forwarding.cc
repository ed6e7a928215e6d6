// Which home coordinates a write that came to a node that may not, and what becomes of it when that home is lost.
#include "node/coordinator/coordinator.h"

#include <algorithm>

#include "node/base/hash.h"

namespace node {

// Identified writes in MODE lin: a retry must meet whoever remembers the tag of the first attempt, for two coordinators
// could give it two tags, and it would be two writes.
bool Coordinator::has_one_home(const Request& request) const {
  return request.quorum.mode == Mode::kLin && request.command.identified();
}

// Homes, or the one.
bool Coordinator::may_coordinate(const Request& request, NodeIndex node) const {
  if (replica_.options().non_expanding) return true;  // whoever is asked draws
  // A node that is about to become a home may lack what a write builds on.
  const std::vector<NodeIndex>& owners = placement_of(request).owners.front();
  if (std::find(owners.begin(), owners.end(), node) == owners.end()) return false;
  if (!has_one_home(request)) return true;
  return owners[hash64(request.command.session.to_string()) % owners.size()] == node;
}

// The first that is up and that a connection leads to, unless what it is sent waits there clearly longer than at
// another.
NodeIndex Coordinator::home_to_forward_to(const Request& request, Instant now) const {
  const Placement& placement = placement_of(request);
  NodeIndex best = Ring::kNobody;
  uint64_t least = UINT64_MAX;
  for (size_t i = 0; i < placement.homes; ++i) {
    const NodeIndex home = placement.walk[i];
    if (!may_coordinate(request, home) || !replica_.up(home, now) || !replica_.liveness.linked(home)) continue;
    const uint64_t delay = replica_.delay_of(home);
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

}  // namespace node
