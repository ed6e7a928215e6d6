#include "harness/sim/world.h"

#include <algorithm>
#include <array>

#include "harness/sim/random.h"
#include "node/base/contains.h"
#include "node/base/hash.h"
#include "node/wire/message.h"

namespace harness::sim {

using node::Effect;
using node::hash64;
using node::Input;

namespace {

enum WorldPurpose : uint64_t { kNetwork = 100, kLife, kSync, kCrash, kLinkBreaks, kLinkReturns };

// Of what happens at one moment: after all calls.
constexpr uint16_t kNodesRank = 0xffff;

uint64_t hash_of(const Words& words) {
  uint64_t hash = words.size();
  for (const std::string& word : words) hash = hash64(word, hash);
  return hash;
}

// A node tries to connect to another once in so long (node/runtime/peer_link.h).
constexpr Duration kRetryLink = std::chrono::milliseconds(200);

constexpr std::array kKinds = {"start",   "stored", "request",   "client-gone",    "refused",
                               "message", "link",   "persisted", "persist-failed", "alarm"};
static_assert(kKinds.size() == std::variant_size_v<node::Input>);

}  // namespace

World::World(const WorldSetup& setup, std::vector<node::Options> nodes)
    : setup_(setup), network_(draw(setup.seed, {kNetwork}), setup.network), machines_(nodes.size()) {
  network_.resize(size());
  for (int node = 0; node < size(); ++node) {
    configure(node, std::move(nodes[static_cast<size_t>(node)]));
  }
}

void World::configure(int node, node::Options options) {
  node_of_name_[options.name] = node;
  if (!options.address.empty()) node_of_name_[options.address] = node;
  for (const node::Peer& peer : options.peers) {
    if (peer.name == options.name) node_of_name_[peer.address] = node;
  }
  machine(node).options = std::move(options);
}

// ---- Clients

World::Ticket World::submit(int node, Words words, ClientId client, OnReply reply, uint64_t cause) {
  const Ticket ticket = answered_.size();
  answered_.push_back(false);
  note("submit", {ticket, static_cast<uint64_t>(node), hash_of(words)});
  if (!running(node)) {
    reply(nullptr);  // connection refused
    return ticket;
  }
  questions_[ticket] = Question{node, client, std::move(reply)};
  input(node, node::ClientRequest{client, ticket, std::move(words)}, cause);
  return ticket;
}

void World::hang_up(int node, ClientId client) {
  for (auto question = questions_.begin(); question != questions_.end();) {
    const bool theirs = question->second.node == node && question->second.client == client;
    question = theirs ? questions_.erase(question) : std::next(question);
  }
  if (!running(node)) return;
  // Not at once: perhaps the node's effects are being carried out just now.
  Event& event = schedule(now_, kNodesRank, Event::Kind::kGone, node);
  event.starts = machine(node).starts;
  event.number = client;
}

void World::answer(int node, const node::Reply& reply) {
  note("reply", {reply.ticket, hash64(reply.resp)});
  if (reply.ticket >= answered_.size()) return broke(node, "answered a request that nobody made");
  if (answered_[reply.ticket]) return broke(node, "answered a request twice");
  answered_[reply.ticket] = true;
  auto question = questions_.find(reply.ticket);
  if (question == questions_.end()) return;  // the client has hung up
  const OnReply tell = std::move(question->second.reply);
  questions_.erase(question);
  tell(&reply.resp);
}

// ---- Faults

void World::crash(int node) {
  Machine& m = machine(node);
  if (m.core == nullptr) return;
  note("crash", {static_cast<uint64_t>(node)});
  m.core.reset();
  m.paused = false;
  m.sockets.clear();
  const uint64_t drawn = draw(setup_.seed, {kCrash, static_cast<uint64_t>(node), m.starts});
  const size_t part = m.disk.batch() == 0 ? 0 : static_cast<size_t>(drawn >> 8) % m.disk.batch();
  m.disk.crash(m.torn ? part : drawn % 2 == 0 ? Disk::kAll : 0);
  std::vector<OnReply> broken;
  for (auto question = questions_.begin(); question != questions_.end();) {
    if (question->second.node == node) {
      broken.push_back(std::move(question->second.reply));
      question = questions_.erase(question);
    } else {
      ++question;
    }
  }
  for (int other = 0; other < size(); ++other) {
    const bool linked = running(other) && node::contains(machine(other).links, name(node));
    if (linked) link_changes(other, node, false);
  }
  for (const OnReply& tell : broken) tell(nullptr);
}

void World::start(int node) {
  Machine& m = machine(node);
  if (m.core != nullptr || (m.options.peers.empty() && m.options.join.empty())) return;
  ++m.starts;
  m.links.clear();
  m.broken_links.clear();
  m.last_persist = 0;
  m.exit_code.reset();
  m.core = std::make_unique<node::Node>(m.options);
  // A planted bug of the adapter: a node that comes back takes its old actor id.
  const uint64_t birth = m.options.bug == node::Bug::kReuseActor ? 1 : m.starts;
  const auto bits = [&](uint64_t half) { return draw(setup_.seed, {kLife, static_cast<uint64_t>(node), birth, half}); };
  note("start", {static_cast<uint64_t>(node)});
  const uint64_t high = bits(0);
  const uint64_t low = bits(1);
  step(node, node::Start{{high, low}, m.disk.image()}, 0);
  for (int other = 0; other < size(); ++other) {
    if (machine(other).broken_links.count(node) > 0) link_changes(other, node, true);
  }
}

void World::resume(int node) {
  Machine& m = machine(node);
  m.paused = false;
  std::vector<std::pair<Input, uint64_t>> arrived;
  arrived.swap(m.sockets);
  for (auto& [waiting, cause] : arrived) input(node, std::move(waiting), cause);
}

void World::release_disk(int node) {
  machine(node).disk.hold(false);
  sync(node);
}

void World::slow_down_disk(int node, int factor) {
  Machine& m = machine(node);
  const bool faster = factor < m.disk.slowness();
  m.disk.slow_down(factor);
  // What it is at it goes on with at its new pace.
  if (faster && m.core != nullptr && m.disk.batch() > 0) await_sync(node);
}

void World::fail_disk(int node, std::string reason) {
  Machine& m = machine(node);
  const uint64_t from = m.disk.first_pending();
  m.disk.crash(0);
  input(node, node::PersistFailed{from == 0 ? m.last_persist + 1 : from, std::move(reason)});
}

// ---- Time

World::Event& World::schedule(Instant at, uint16_t rank, Event::Kind kind, int node) {
  size_t place = events_.size();
  if (free_events_.empty()) {
    events_.emplace_back();
  } else {
    place = free_events_.back();
    free_events_.pop_back();
  }
  queue_.push_back({std::max(at, now_), uint64_t{rank} << 48 | scheduled_++, place});
  std::push_heap(queue_.begin(), queue_.end());
  Event& event = events_[place];
  event.kind = kind;
  event.node = node;
  return event;
}

World::TimerId World::make_timer(uint16_t rank, Call call) {
  TimerId timer = timers_.size();
  if (free_timers_.empty()) {
    timers_.emplace_back();
  } else {
    timer = free_timers_.back();
    free_timers_.pop_back();
  }
  timers_[timer].rank = rank;
  timers_[timer].call = std::move(call);
  return timer;
}

void World::arm(TimerId timer, Instant at) {
  Timer& armed = timers_[timer];
  Event& event = schedule(at, armed.rank, Event::Kind::kCall, 0);
  event.number = ++armed.armed;
  event.starts = timer;
}

void World::drop_timer(TimerId timer) {
  disarm(timer);
  timers_[timer].call = nullptr;
  free_timers_.push_back(timer);
}

bool World::await(const std::function<bool()>& condition, Duration limit) {
  const Instant end = now_ + limit;
  while (!condition()) {
    if (!advance(end)) return condition();
  }
  return true;
}

bool World::advance(Instant until) {
  if (queue_.empty() || queue_.front().at > until) {
    now_ = until;
    return false;
  }
  run_next();
  return true;
}

void World::run_for(Duration time) {
  await([] { return false; }, time);
}

void World::run_next() {
  std::pop_heap(queue_.begin(), queue_.end());
  const Due due = queue_.back();
  queue_.pop_back();
  now_ = due.at;
  Event event = std::move(events_[due.event]);
  free_events_.push_back(due.event);
  happen(event);
}

void World::happen(Event& event) {
  if (event.kind == Event::Kind::kCall) {
    const Timer& timer = timers_[event.starts];
    if (timer.armed != event.number) return;
    const Call call = timer.call;  // it may drop its timer
    return call();
  }
  Machine& m = machine(event.node);
  if (m.core == nullptr || m.starts != event.starts) return;
  switch (event.kind) {
    case Event::Kind::kDeliver: {
      const Machine& sender = machine(event.from);
      if (sender.core == nullptr || sender.starts != event.from_starts) return;
      if (network_.is_cut(event.from, event.node)) {
        ++cut_messages_;
        return;
      }
      return input(event.node, node::PeerMessage{std::move(event.packet)}, event.cause);
    }
    case Event::Kind::kLinkBroken:
      if (network_.is_cut(event.from, event.node)) return;  // nobody hears of it
      m.broken_links.insert(event.from);
      if (running(event.from)) link_changes(event.node, event.from, true);  // it is back already
      return input(event.node, node::LinkChanged{name(event.from), false});
    case Event::Kind::kLinkUp:
      if (!running(event.from) || m.broken_links.count(event.from) == 0) return;
      if (network_.is_cut(event.from, event.node) || network_.is_cut(event.node, event.from)) {
        return link_changes(event.node, event.from, true);
      }
      m.broken_links.erase(event.from);
      return input(event.node, node::LinkChanged{name(event.from), true});
    case Event::Kind::kAlarm:
      if (event.number == m.alarm) input(event.node, node::Alarm{});
      return;
    case Event::Kind::kSynced:
      if (event.number != m.syncs || m.disk.batch() == 0) return;  // the disk has failed since
      if (!m.disk.broken().empty()) return fail_disk(event.node, m.disk.broken());
      input(event.node, node::Persisted{m.disk.finish_sync()}, event.cause);
      return sync(event.node);
    case Event::Kind::kGone:
      return input(event.node, node::ClientGone{event.number});
    case Event::Kind::kCall:
      return;
  }
}

// ---- One step of one node

void World::input(int node, Input input, uint64_t cause) {
  Machine& m = machine(node);
  if (m.core == nullptr) return;
  if (m.paused) {
    m.sockets.emplace_back(std::move(input), cause);
  } else {
    step(node, std::move(input), cause);
  }
}

void World::step(int node, Input input, uint64_t cause) {
  Machine& m = machine(node);
  ++events_done_;
  note(kKinds[input.index()], {static_cast<uint64_t>(node), static_cast<uint64_t>(now_.count())});
  node::Effects effects = m.core->step(m.clock.monotonic(now_), m.clock.wall(now_), std::move(input));
  const uint64_t before = std::exchange(cause_, cause);
  carry_out(node, std::move(effects));
  cause_ = before;
}

void World::carry_out(int node, node::Effects effects) {
  Machine& m = machine(node);
  const uint64_t starts = m.starts;
  std::optional<node::Halt> halt;
  for (Effect& effect : effects) {
    if (auto* message = std::get_if<node::Send>(&effect)) {
      send(node, std::move(*message));
    } else if (auto* reply = std::get_if<node::Reply>(&effect)) {
      answer(node, *reply);
      if (m.core == nullptr || m.starts != starts) return;  // who heard the reply has ended the node
    } else if (auto* persist = std::get_if<node::Persist>(&effect)) {
      note("persist", {persist->number, hash64(persist->key), persist->value ? hash64(*persist->value) : 0});
      if (persist->number != ++m.last_persist) broke(node, "numbered its writes to disk with a gap");
      m.disk.write(std::move(*persist));
    } else if (auto* links = std::get_if<node::Links>(&effect)) {
      set_links(node, *links);
    } else if (auto* alarm = std::get_if<node::SetAlarm>(&effect)) {
      Event& event = schedule(m.clock.when(alarm->at), kNodesRank, Event::Kind::kAlarm, node);
      event.starts = starts;
      event.number = ++m.alarm;
    } else if (auto* end = std::get_if<node::Halt>(&effect)) {
      halt = std::move(*end);
    }
  }
  if (halt) {
    crash(node);
    m.exit_code = halt->code;
    if (on_halt_) on_halt_(node, *halt);
  } else {
    sync(node);
  }
}

uint64_t World::identity_of(int from, int to, std::string_view kind, uint64_t cause) {
  const uint64_t way = static_cast<uint64_t>(from) << 32 | static_cast<uint64_t>(to);
  const uint64_t moment = cause == 0 ? static_cast<uint64_t>(now_.count()) : 0;
  const uint64_t identity = draw(cause, {way, moment, hash64(kind)});
  if (cause == 0) return draw(identity, {occurrence_now(identity)});
  return draw(identity, {++occurrences_.at(identity, 0)});
}

// The how-manieth of these at this moment.
uint32_t World::occurrence_now(uint64_t identity) {
  if (moment_ != now_) occurrences_now_.clear();
  moment_ = now_;
  for (auto& [known, count] : occurrences_now_) {
    if (known == identity) return ++count;
  }
  occurrences_now_.emplace_back(identity, 1);
  return 1;
}

void World::set_links(int node, const node::Links& links) {
  machine(node).links.clear();
  for (const auto& link : links.to) machine(node).links.push_back(link.first);
}

void World::link_changes(int node, int peer, bool up) {
  const uint64_t purpose = up ? kLinkReturns : kLinkBreaks;
  const uint64_t drawn = draw(setup_.seed, {purpose, static_cast<uint64_t>(node), static_cast<uint64_t>(peer),
                                            static_cast<uint64_t>(now_.count())});
  const NetworkSetup& net = network_.setup();
  const Duration shortest = up ? Duration{1} : net.shortest;
  const Duration longest = up ? kRetryLink : net.longest;
  const Duration takes = shortest + Duration(drawn % static_cast<uint64_t>((longest - shortest).count() + 1));
  Event& event = schedule(now_ + takes, kNodesRank, up ? Event::Kind::kLinkUp : Event::Kind::kLinkBroken, node);
  event.starts = machine(node).starts;
  event.from = peer;
}

void World::send(int node, node::Send send) {
  auto found = node_of_name_.find(send.to);
  if (found == node_of_name_.end()) return broke(node, "sent a message to nobody: " + send.to);
  const int to = found->second;
  if (to != node && !node::contains(machine(node).links, send.to)) return;
  const std::string_view kind = node::kind_of(send.packet);
  // The id of the request at its coordinator, which is new when the operation first gets there.
  const std::string_view id = node::cause_of(send.packet);
  const bool background = id.find_first_not_of('\0') == std::string_view::npos;
  const uint64_t cause = background ? 0 : causes_.at(hash64(id), cause_);
  note("send", {static_cast<uint64_t>(node), static_cast<uint64_t>(to), hash64(send.packet)});
  auto traffic = traffic_.find(kind);
  if (traffic == traffic_.end()) traffic = traffic_.try_emplace(std::string(kind)).first;
  ++traffic->second.messages;
  traffic->second.bytes += send.packet.size();
  if (watcher_) watcher_(node, to, send.packet);
  if (network_.is_cut(node, to)) ++cut_messages_;
  const Network::Arrivals arrivals = network_.send(now_, identity_of(node, to, kind, cause), node, to);
  if (!running(to)) return;
  for (int copy = 0; copy < arrivals.count; ++copy) {
    Event& event = schedule(arrivals.at[copy], kNodesRank, Event::Kind::kDeliver, to);
    event.starts = machine(to).starts;
    event.from = node;
    event.from_starts = machine(node).starts;
    event.cause = cause;
    if (copy + 1 == arrivals.count) {
      event.packet = std::move(send.packet);
    } else {
      event.packet = send.packet;
    }
  }
}

void World::sync(int node) {
  Machine& m = machine(node);
  if (m.core != nullptr && m.disk.begin_sync()) await_sync(node);
}

void World::await_sync(int node) {
  Machine& m = machine(node);
  ++m.syncs;
  const uint64_t drawn = draw(setup_.seed, {kSync, static_cast<uint64_t>(node), static_cast<uint64_t>(now_.count())});
  const auto width = static_cast<uint64_t>((setup_.longest_sync - setup_.shortest_sync).count()) + 1;
  const Duration more(network_.setup().drawn.has(drawn) ? drawn % width : 0);
  const Duration takes = (setup_.shortest_sync + more) * m.disk.slowness();
  Event& event = schedule(now_ + takes, kNodesRank, Event::Kind::kSynced, node);
  event.starts = m.starts;
  event.number = m.syncs;
  event.cause = cause_;
}

void World::broke(int node, const std::string& rule) { violations_.push_back(name(node) + " " + rule); }

void World::note(const char* what, std::initializer_list<uint64_t> facts) {
  hash_ = draw(hash_, facts);
  if (!tracer_) return;
  std::string line = std::to_string(now_.count()) + " " + what;
  for (const uint64_t fact : facts) line += " " + std::to_string(fact);
  tracer_(line);
}

}  // namespace harness::sim
