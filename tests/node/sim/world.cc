#include "tests/node/sim/world.h"

#include "node/base/hash.h"
#include "tests/node/sim/random.h"

namespace node::sim {

namespace {

enum Purpose : uint64_t { kNetwork = 100, kLife, kSync, kCrash };
constexpr std::chrono::milliseconds kEpoch{1'700'000'000'000};  // wall clock at the beginning of the world

uint64_t hash_of(const Words& words) {
  uint64_t hash = words.size();
  for (const std::string& word : words) hash = hash64(word, hash);
  return hash;
}

}  // namespace

World::World(const Setup& setup)
    : setup_(setup), network_(draw(setup.seed, {kNetwork}), setup.network), machines_(index(setup.nodes)) {
  for (int node = 0; node < size(); ++node) node_of_name_[name(node)] = node;
  for (int node = 0; node < size(); ++node) start(node);
}

Options World::options_of(int node) const {
  Options options;
  options.name = name(node);
  for (int peer = 0; peer < size(); ++peer) {
    options.peers.push_back({name(peer), "10.0.0." + std::to_string(peer + 1) + ":7000"});
  }
  options.replicas = setup_.replicas;
  options.read_quorum = setup_.read_quorum;
  options.write_quorum = setup_.write_quorum;
  options.mode = setup_.mode;
  options.merge = setup_.merge;
  options.hints = setup_.hints;
  options.anti_entropy = setup_.anti_entropy;
  options.non_expanding = setup_.non_expanding;
  options.max_hint_bytes = setup_.max_hint_bytes;
  options.bug = setup_.bug;
  options.debug_commands = true;
  return options;
}

// ---- Clients

World::Ticket World::submit(int node, Words words, ClientId client) {
  Ticket ticket = questions_.size();
  questions_.push_back({node, machines_[index(node)].starts, std::nullopt});
  note({1, ticket, static_cast<uint64_t>(node), hash_of(words)});
  if (running(node)) {
    input(node, ClientRequest{client, ticket, std::move(words)});
  } else {
    questions_[ticket].answer = Answer{};  // connection refused
  }
  return ticket;
}

const Answer* World::answered(Ticket ticket) const {
  const std::optional<Answer>& answer = questions_.at(ticket).answer;
  return answer ? &*answer : nullptr;
}

Answer World::ask_now(int node, Words words) {
  const Answer* answer = answered(submit(node, std::move(words)));
  return answer == nullptr ? Answer{} : *answer;
}

// ---- Faults

void World::crash(int node) {
  Machine& machine = machines_[index(node)];
  if (machine.core == nullptr) return;
  note({2, static_cast<uint64_t>(node)});
  machine.core.reset();
  machine.paused = false;
  machine.sockets.clear();
  machine.disk.crash(draw(setup_.seed, {kCrash, static_cast<uint64_t>(node), machine.starts}) % 2 == 0);
  for (Question& question : questions_) {
    if (question.node == node && !question.answer) question.answer = Answer{};
  }
}

void World::start(int node) {
  Machine& machine = machines_[index(node)];
  if (machine.core != nullptr) return;
  ++machine.starts;
  machine.last_persist = 0;
  machine.exit_code.reset();
  machine.core = std::make_unique<Node>(options_of(node));
  // A planted bug of the adapter: a node that comes back takes its old actor id.
  uint64_t birth = setup_.bug == Bug::kReuseActor ? 1 : machine.starts;
  auto bits = [&](uint64_t half) { return draw(setup_.seed, {kLife, static_cast<uint64_t>(node), birth, half}); };
  note({3, static_cast<uint64_t>(node)});
  step(node, Start{{bits(0), bits(1)}, machine.disk.image()});
}

void World::resume(int node) {
  Machine& machine = machines_[index(node)];
  machine.paused = false;
  std::vector<Input> arrived;
  arrived.swap(machine.sockets);
  for (Input& waiting : arrived) input(node, std::move(waiting));
}

void World::release_disk(int node) {
  machines_[index(node)].disk.hold(false);
  sync(node);
}

void World::fail_disk(int node, std::string reason) {
  Machine& machine = machines_[index(node)];
  uint64_t from = machine.disk.first_pending();
  machine.disk.crash(false);
  input(node, PersistFailed{from == 0 ? machine.last_persist + 1 : from, std::move(reason)});
}

// ---- Time

bool World::await(const std::function<bool()>& condition, Duration limit) {
  Instant end = now_ + limit;
  while (!condition()) {
    if (events_.empty() || events_.begin()->first.first > end) {
      now_ = end;
      return condition();
    }
    run_next();
  }
  return true;
}

void World::run_for(Duration time) {
  await([] { return false; }, time);
}

void World::run_next() {
  auto first = events_.begin();
  now_ = first->first.first;
  Event event = std::move(first->second);
  events_.erase(first);
  Machine& machine = machines_[index(event.node)];
  if (machine.core == nullptr || machine.starts != event.starts) return;
  switch (event.kind) {
    case Event::Kind::kDeliver: {
      const Machine& sender = machines_[index(event.from)];
      bool lost =
          sender.core == nullptr || sender.starts != event.from_starts || network_.is_cut(event.from, event.node);
      if (!lost) input(event.node, PeerMessage{std::move(event.words)});
      break;
    }
    case Event::Kind::kAlarm:
      if (event.number == machine.alarm) input(event.node, Alarm{});
      break;
    case Event::Kind::kSynced:
      if (event.number != machine.syncs || machine.disk.first_pending() == 0) break;  // the disk has failed since
      input(event.node, Persisted{machine.disk.finish_sync()});
      sync(event.node);
      break;
  }
}

// ---- One step of one node

void World::input(int node, Input input) {
  Machine& machine = machines_[index(node)];
  if (machine.core == nullptr) return;
  if (machine.paused) {
    machine.sockets.push_back(std::move(input));
  } else {
    step(node, std::move(input));
  }
}

void World::step(int node, Input input) {
  Machine& machine = machines_[index(node)];
  note({4, static_cast<uint64_t>(node), input.index(), static_cast<uint64_t>(now_.count())});
  WallTime wall = kEpoch + std::chrono::duration_cast<WallTime>(now_) + machine.wall_skew;
  carry_out(node, machine.core->step(now_, wall, std::move(input)));
}

void World::carry_out(int node, Effects effects) {
  Machine& machine = machines_[index(node)];
  std::optional<Halt> halt;
  for (Effect& effect : effects) {
    if (auto* send = std::get_if<Send>(&effect)) {
      carry_out(node, std::move(*send));
    } else if (auto* reply = std::get_if<Reply>(&effect)) {
      note({5, reply->ticket, hash64(reply->resp)});
      Question& question = questions_.at(reply->ticket);
      if (question.answer || question.node != node) broke(node, "answered a request twice");
      question.answer = parse_answer(reply->resp);
      if (question.answer->none()) broke(node, "sent a reply that is no RESP: " + reply->resp);
    } else if (auto* persist = std::get_if<Persist>(&effect)) {
      note({6, persist->number, hash64(persist->key), persist->value ? hash64(*persist->value) : 0});
      if (persist->number != ++machine.last_persist) broke(node, "numbered its writes to disk with a gap");
      machine.disk.write(std::move(*persist));
    } else if (auto* alarm = std::get_if<SetAlarm>(&effect)) {
      schedule(std::max(alarm->at, now_), {Event::Kind::kAlarm, node, machine.starts, ++machine.alarm, 0, 0, {}});
    } else if (auto* end = std::get_if<Halt>(&effect)) {
      halt = *end;
    }
  }
  if (halt) {
    crash(node);
    machine.exit_code = halt->code;
  } else {
    sync(node);
  }
}

void World::carry_out(int node, Send send) {
  auto to = node_of_name_.find(send.to);
  if (to == node_of_name_.end()) return broke(node, "sent a message to nobody: " + send.to);
  note({7, hash_of(send.words)});
  Traffic& traffic = traffic_[send.words[0]];
  ++traffic.messages;
  for (const std::string& word : send.words) traffic.bytes += word.size();
  if (watcher_) watcher_(node, to->second, send.words);
  const Machine& receiver = machines_[index(to->second)];
  for (Instant arrival : network_.send(now_, node, to->second)) {
    if (receiver.core == nullptr) continue;
    schedule(arrival,
             {Event::Kind::kDeliver, to->second, receiver.starts, 0, node, machines_[index(node)].starts, send.words});
  }
}

void World::sync(int node) {
  Machine& machine = machines_[index(node)];
  if (machine.core == nullptr || !machine.disk.begin_sync()) return;
  ++machine.syncs;
  uint64_t drawn = draw(setup_.seed, {kSync, static_cast<uint64_t>(node), machine.syncs});
  auto width = static_cast<uint64_t>((setup_.longest_sync - setup_.shortest_sync).count()) + 1;
  schedule(now_ + setup_.shortest_sync + Duration(drawn % width),
           {Event::Kind::kSynced, node, machine.starts, machine.syncs, 0, 0, {}});
}

void World::broke(int node, const std::string& rule) { violations_.push_back(name(node) + " " + rule); }

void World::note(std::initializer_list<uint64_t> facts) { hash_ = draw(hash_, facts); }

}  // namespace node::sim
