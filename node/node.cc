#include "node/node.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "node/antientropy/exchange.h"
#include "node/antientropy/reaper.h"
#include "node/antientropy/recovery.h"
#include "node/base/contains.h"
#include "node/base/hash.h"
#include "node/coordinator/front.h"
#include "node/handoff/handoff.h"
#include "node/rare_paths.h"
#include "node/reconfiguration/membership.h"

namespace node {

struct Node::Core {
  Core(const Options& options, const Actor& life, Instant now)
      : replica(options, life, now),
        handoff(replica),
        exchange(replica),
        recovery(replica, exchange),
        reaper(replica),
        coordinator(replica),
        transfer(replica),
        strays(replica),
        membership(replica, transfer, strays),
        front(replica, coordinator, handoff, membership) {
    replica.before_drop = [this](const std::string& key, const Record& record) { coordinator.remember(key, record); };
  }

  void load(Turn& turn, std::vector<StoredItem>& image, bool more);
  bool load(StoredItem& item);
  void begin(Turn& turn);
  void begin_epoch(Turn& turn);
  void on_message(Turn& turn, const PeerMessage& input);
  bool fits(Turn& turn, NodeIndex from, const Message& message);
  void on_body(Turn& turn, NodeIndex from, const RequestId& id, Body& body);
  bool on_sync(Turn& turn, NodeIndex from, const RequestId& id, Body& body);
  bool on_change(Turn& turn, NodeIndex from, Body& body);
  void on_link(Turn& turn, const LinkChanged& link);
  void on_heartbeat(Turn& turn, NodeIndex from, const Heartbeat& heartbeat);
  void on_gossip(Turn& turn, NodeIndex from, const Gossip& gossip);
  void on_read(Turn& turn, NodeIndex from, const RequestId& id, const ReadRequest& read);
  void on_write(Turn& turn, NodeIndex from, const RequestId& id, const WriteRequest& write);
  void on_disk_failure(Turn& turn, const PersistFailed& failure);
  void on_due(Turn& turn, Instant due, const Timer& timer);
  void gossip(Turn& turn);
  void ask_for_table(Turn& turn);
  void vouch(const Heartbeat& heartbeat, NodeIndex from, Instant now);
  void send_heartbeats(Turn& turn, std::span<const NodeIndex> to);
  void send_heartbeat(Turn& turn, NodeIndex to);
  std::vector<NodeIndex> whose_turn(Instant now);
  void settle(Turn& turn);
  void set_alarm(Turn& turn);

  Replica replica;
  Handoff handoff;
  Exchange exchange;
  Recovery recovery;
  Reaper reaper;
  Coordinator coordinator;
  Transfer transfer;
  Strays strays;
  Membership membership;
  Front front;
  struct Question {
    NodeIndex from = Ring::kNobody;
    RequestId id;
    ReadRequest read;
  };
  std::map<uint64_t, Question> to_answer_late;  // by number of the timer
  uint64_t late_answers = 0;
  std::string second_door;
  bool loading = true;
  Instant alarm{-1};
  Instant may_ask_for_table_at{0};
  size_t heartbeats = 0;  // so many were sent as their turn came
  bool halted = false;
};

namespace {

constexpr Duration kJitter = std::chrono::milliseconds(200);

// Nobody waits for it any more: its turn came after the deadline of the request that it belongs to.
bool expired(const Turn& turn, Instant arrived, const Body& body) {
  uint64_t left_ms = 0;
  if (const auto* write = std::get_if<WriteRequest>(&body)) left_ms = write->left_ms;
  if (const auto* read = std::get_if<ReadRequest>(&body)) left_ms = read->left_ms;
  return left_ms > 0 && arrived > Instant{0} && turn.now - arrived > std::chrono::milliseconds(left_ms);
}

// When to do again what all nodes do every `interval`: at the same moment of the wall clock, as far as clocks agree. An
// idle node then wakes once for all that its peers have to say, and not once for each of them. (No promise depends on
// clocks: one that jumps makes a wait half as long or half as long again.)
Instant together(const Turn& turn, Duration interval) {
  const Instant next = turn.now + interval - Duration(turn.wall) % interval;
  return next - turn.now < interval / 2 ? next + interval : next;
}

// Work that a client's request made for this node.
bool is_request(const Body& body) {
  return std::holds_alternative<WriteRequest>(body) || std::holds_alternative<ReadRequest>(body) ||
         std::holds_alternative<Forward>(body);
}

}  // namespace

void Node::Core::load(Turn& turn, std::vector<StoredItem>& image, bool more) {
  for (StoredItem& item : image) {
    if (load(item)) continue;
    turn.effects.push_back(Halt{75, "a stored record cannot be read (key " + to_hex(item.key) + ")"});
    halted = true;
    return;
  }
  loading = more;
  if (!more) begin(turn);
}

void Node::Core::begin(Turn& turn) {
  const Options& options = replica.options();
  replica.liveness.begin(turn.now);
  replica.profiles.begin(turn.wall, second_door);
  membership.electorate.begin(turn);
  if (!replica.whole) replica.former_life_over = turn.now + options.request_timeout;
  begin_epoch(turn);
  replica.timers.add(turn.now, {Timer::Kind::kHeartbeat});
  replica.timers.add(turn.now + options.gossip_interval, {Timer::Kind::kGossip});
  replica.timers.add(turn.now + options.handoff_interval, {Timer::Kind::kHandoff});
  replica.timers.add(turn.now + Reaper::kInterval, {Timer::Kind::kReap});
  if (options.anti_entropy && options.bug != Bug::kNoAntiEntropy) {
    replica.timers.add(turn.now + options.anti_entropy_interval, {Timer::Kind::kAntiEntropy});
  }
}

bool Node::Core::load(StoredItem& item) {
  if (item.table == Table::kState) {
    if (item.key == Agreement::kStateKey) return membership.agreement.load(item.value);
    if (item.key == Electorate::kDiskKey) return membership.electorate.load_disk(item.value);
    if (item.key == Electorate::kFounderKey) return membership.electorate.load_founder(item.value);
    if (item.key == Recovery::kWhole) replica.whole = true;
    if (item.key != Replica::kTableKey) return true;
    Reader r(item.value);
    RoutingTable table = RoutingTable::decode(r);
    if (!r.done()) return false;
    replica.install(std::move(table));  // whatever the command line says
    return true;
  }
  const bool hint = item.table == Table::kHints;
  if (hint && replica.options().bug == Bug::kForgetHints) return true;
  RecordTable& table = hint ? replica.hints : replica.records;
  if (item.key.size() < (hint ? 10u : 2u)) return false;
  const bool recalled = replica.options().bug == Bug::kReuseActor && !hint;
  const std::string name = recalled ? key_of_storage_key(item.key) : "";
  StoredKey key(std::move(item.key));
  if (!table.load(key, item.value)) {
    item.key = std::move(key.bytes);
    return false;
  }
  if (recalled) coordinator.recall(name, replica.records.visible(StoredKey::of(name)));
  return true;
}

void Node::Core::begin_epoch(Turn& turn) {
  exchange.begin_epoch();
  recovery.begin_epoch(turn);
  transfer.begin_epoch(turn);
  strays.begin_epoch();
  coordinator.begin_epoch(turn);
  membership.begin_epoch(turn);
}

void Node::Core::on_message(Turn& turn, const PeerMessage& input) {
  Message message;
  if (!decode(input.packet, message)) return;
  // These two may come from somebody who is not known here.
  if (auto* news = std::get_if<NewTable>(&message.body)) return membership.on_table(turn, news->table);
  if (auto* wish = std::get_if<Join>(&message.body)) return membership.on_join(turn, *wish);
  if (expired(turn, input.arrived, message.body)) {
    ++replica.counters.expired;
    return;
  }
  NodeIndex from = replica.nodes().index(message.from);
  if (from == Ring::kNobody || !fits(turn, from, message)) return;
  if (is_request(message.body)) replica.meter.count_peer();
  on_body(turn, from, message.id, message.body);
}

// Is the message to be heard, though its sender's routing table is another than ours? Whoever is behind is told.
bool Node::Core::fits(Turn& turn, NodeIndex from, const Message& message) {
  const uint64_t ours = replica.table().epoch;
  if (const auto* heartbeat = std::get_if<Heartbeat>(&message.body)) {
    membership.on_heartbeat(turn, from, *heartbeat, message.epoch == ours);
    if (message.epoch == ours) vouch(*heartbeat, from, turn.now);
  }
  if (message.epoch == ours) return true;
  const bool older = message.epoch < ours;
  const Body& body = message.body;
  const bool request = std::holds_alternative<WriteRequest>(body) || std::holds_alternative<ReadRequest>(body);
  const bool answer = std::holds_alternative<WriteReply>(body) || std::holds_alternative<ReadReply>(body);
  const bool harmless = std::holds_alternative<Repair>(body) || std::holds_alternative<Forward>(body) ||
                        std::holds_alternative<ForwardReply>(body) || std::holds_alternative<Heartbeat>(body) ||
                        std::holds_alternative<Gossip>(body);
  if (older) {
    const bool planted = replica.options().bug == Bug::kStaleTable;
    if (!planted) membership.tell_table(turn, from);
    // Whoever counts on an older table would miss the owners of a newer one (reconfiguration/transfer.h).
    return harmless || answer || (request && planted);
  }
  if (!std::holds_alternative<Heartbeat>(body) && membership.may_speak_to(from, turn.now)) send_heartbeat(turn, from);
  // What it acknowledges now it took before it had the newer table, but perhaps wrote after new owners had asked it for
  // all that it holds. Once we have that table too, it is asked again.
  return harmless || request || (answer && replica.options().bug == Bug::kStaleTable);
}

void Node::Core::on_body(Turn& turn, NodeIndex from, const RequestId& id, Body& body) {
  if (auto* heartbeat = std::get_if<Heartbeat>(&body)) {
    on_heartbeat(turn, from, *heartbeat);
  } else if (auto* write = std::get_if<WriteRequest>(&body)) {
    on_write(turn, from, id, *write);
  } else if (auto* written = std::get_if<WriteReply>(&body)) {
    const bool background = id.life == replica.request_life() && !written->refused &&
                            (handoff.delivered(turn, id) || strays.acknowledged(turn, id));
    if (!background) coordinator.on_write_reply(turn, from, id, written->refused);
  } else if (auto* read = std::get_if<ReadRequest>(&body)) {
    on_read(turn, from, id, *read);
  } else if (auto* holds = std::get_if<ReadReply>(&body)) {
    coordinator.on_read_reply(turn, from, id, std::move(holds->record));
  } else if (auto* repair = std::get_if<Repair>(&body)) {
    const StoredKey key = StoredKey::of(repair->key);
    if (replica.is_home(key.slot(), replica.self())) replica.merge(turn, key, repair->record);
  } else if (auto* forward = std::get_if<Forward>(&body)) {
    front.on_forward(turn, from, id, *forward);
  } else if (auto* answer = std::get_if<ForwardReply>(&body)) {
    coordinator.on_forward_reply(turn, id, std::move(answer->resp));
  } else if (!on_sync(turn, from, id, body)) {
    on_change(turn, from, body);
  }
}

bool Node::Core::on_sync(Turn& turn, NodeIndex from, const RequestId& id, Body& body) {
  if (auto* groups = std::get_if<SyncGroups>(&body)) {
    exchange.on_groups(turn, from, *groups);
  } else if (auto* slots = std::get_if<SyncSlots>(&body)) {
    exchange.on_slots(turn, from, *slots);
  } else if (auto* branches = std::get_if<SyncBranches>(&body)) {
    exchange.on_branches(turn, from, *branches);
  } else if (auto* leaves = std::get_if<SyncLeaves>(&body)) {
    exchange.on_leaves(turn, from, *leaves);
  } else if (auto* want = std::get_if<SyncWant>(&body)) {
    exchange.on_want(turn, from, *want);
  } else if (auto* gossip = std::get_if<Gossip>(&body)) {
    on_gossip(turn, from, *gossip);
  } else if (auto* pull = std::get_if<SyncPull>(&body)) {
    recovery.on_pull(turn, from, *pull);
  } else if (auto* page = std::get_if<SyncPage>(&body)) {
    recovery.on_page(turn, from, *page);
  } else if (auto* ask = std::get_if<ReapAsk>(&body)) {
    reaper.on_ask(turn, from, id, *ask);
  } else if (auto* agree = std::get_if<ReapAgree>(&body)) {
    reaper.on_agree(turn, from, id, *agree);
  } else if (auto* reap = std::get_if<Reap>(&body)) {
    reaper.on_reap(turn, *reap);
  } else {
    return false;
  }
  return true;
}

bool Node::Core::on_change(Turn& turn, NodeIndex from, Body& body) {
  if (auto* prepare = std::get_if<Prepare>(&body)) {
    membership.agreement.on_prepare(turn, from, *prepare);
  } else if (auto* promise = std::get_if<Promise>(&body)) {
    membership.agreement.on_promise(turn, from, *promise);
  } else if (auto* accept = std::get_if<Accept>(&body)) {
    membership.agreement.on_accept(turn, from, *accept);
  } else if (auto* accepted = std::get_if<Accepted>(&body)) {
    membership.agreement.on_accepted(turn, from, *accepted);
  } else if (auto* fetch = std::get_if<Fetch>(&body)) {
    transfer.on_fetch(turn, from, *fetch);
  } else if (auto* fetched = std::get_if<Fetched>(&body)) {
    transfer.on_fetched(turn, from, *fetched);
  } else if (auto* held = std::get_if<StraysHeld>(&body)) {
    strays.on_held(turn, from, *held);
  } else if (auto* known = std::get_if<StraysKnown>(&body)) {
    strays.on_known(turn, from, *known);
  } else {
    return false;
  }
  return true;
}

void Node::Core::on_link(Turn& turn, const LinkChanged& link) {
  const NodeIndex peer = replica.nodes().index(link.peer);
  if (peer == Ring::kNobody || !replica.liveness.link(peer, link.up)) return;
  if (link.up) {
    send_heartbeat(turn, peer);  // it has missed some
  } else {
    coordinator.on_link_broken(turn, peer);
  }
}

// Places are those of one table. While tables differ, which is not for long, nobody is vouched for.
void Node::Core::vouch(const Heartbeat& heartbeat, NodeIndex from, Instant now) {
  const std::vector<Member>& members = replica.table().members;
  for (size_t place = 0; place < std::min(members.size(), 8 * heartbeat.hears.size()); ++place) {
    if (!((heartbeat.hears[place / 8] >> place % 8) & 1)) continue;
    const NodeIndex peer = replica.nodes().index(members[place].name);
    if (peer != replica.self() && peer != from) replica.liveness.vouched(peer, now);
  }
}

void Node::Core::on_heartbeat(Turn& turn, NodeIndex from, const Heartbeat& heartbeat) {
  bool strange = !replica.liveness.hears(from, turn.now);
  bool came_back = replica.liveness.heard(from, heartbeat.hears_you, turn.now);
  // It cannot know that we hear it again until we say so; the next regular heartbeat may be long in coming.
  if (strange || heartbeat.asks) send_heartbeat(turn, from);
  if (!came_back) return;
  // Nor does it know what we know of others, above all where clients find them.
  replica.send(turn, from, {}, replica.profiles.tell());
  // Reconcile at once rather than at the next timer; but not all pairs of nodes at the same moment.
  const uint64_t drawn = hash64(replica.life().to_string(), from + static_cast<uint64_t>(turn.now.count()));
  replica.timers.add(turn.now + Duration(drawn % static_cast<uint64_t>(kJitter.count())),
                     {Timer::Kind::kReconcile, from});
}

void Node::Core::send_heartbeat(Turn& turn, NodeIndex to) {
  if (contains(replica.others(), to)) send_heartbeats(turn, {&to, 1});
}

// The next ones, and those that should have spoken. Nodes begin with different ones, so that all have as much to hear.
std::vector<NodeIndex> Node::Core::whose_turn(Instant now) {
  const std::vector<NodeIndex>& others = replica.others();
  const size_t fanout = std::min(replica.options().heartbeat_fanout, others.size());
  if (fanout == others.size()) return others;
  std::vector<NodeIndex> to;
  for (size_t i = 0; i < fanout; ++i) to.push_back(others[(replica.self() + heartbeats++) % others.size()]);
  for (const NodeIndex node : others) {
    if (replica.liveness.late(node, now) && !contains(to, node)) to.push_back(node);
  }
  return to;
}

void Node::Core::send_heartbeats(Turn& turn, std::span<const NodeIndex> to) {
  if (!replica.member()) return;
  Heartbeat heartbeat;
  const std::vector<Member>& members = replica.table().members;
  heartbeat.hears.resize((members.size() + 7) / 8);
  for (size_t place = 0; place < members.size(); ++place) {
    if (!replica.liveness.hears(replica.nodes().index(members[place].name), turn.now)) continue;
    heartbeat.hears[place / 8] = static_cast<char>(heartbeat.hears[place / 8] | 1 << place % 8);
  }
  heartbeat.done = membership.done(turn.now);
  for (const NodeIndex node : to) {
    heartbeat.asks = replica.liveness.late(node, turn.now);
    heartbeat.hears_you = replica.liveness.hears(node, turn.now);
    membership.electorate.put_into(heartbeat, node);
    replica.send(turn, node, {}, heartbeat);
  }
}

void Node::Core::gossip(Turn& turn) {
  if (!replica.member()) return;
  Load load = replica.meter.load();
  load.keys = replica.records.size();
  load.bytes = replica.records.bytes();
  replica.profiles.publish(load, replica.table().epoch);
  std::vector<std::string> up, down;
  for (const Member& member : replica.table().members) {
    if (member.name == replica.options().name || member.state == Member::State::kLeft) continue;
    (replica.up(replica.nodes().index(member.name), turn.now) ? up : down).push_back(member.name);
  }
  const std::string partner = replica.profiles.draw_partner(up, down);
  if (!partner.empty()) {
    replica.send(turn, replica.nodes().index(partner), {}, replica.profiles.tell());
  }
}

// Whoever hears from a node with an older table tells it the newer one. Not for each of a thousand requests at once.
void Node::Core::ask_for_table(Turn& turn) {
  if (turn.now < may_ask_for_table_at) return;
  may_ask_for_table_at = turn.now + replica.options().heartbeat_interval;
  send_heartbeats(turn, replica.others());
}

void Node::Core::on_gossip(Turn& turn, NodeIndex from, const Gossip& gossip) {
  const std::optional<Gossip> answer = replica.profiles.hear(gossip);
  if (answer) replica.send(turn, from, {}, *answer);
}

void Node::Core::on_read(Turn& turn, NodeIndex from, const RequestId& id, const ReadRequest& read) {
  if (!replica.shows(read.hints)) return;
  // Of a strict quorum: where others stand in for who is late, they would show what they do not have.
  if (!read.hints && replica.rare.happen("late-answer", id.n)) {
    to_answer_late[++late_answers] = {from, id, read};
    replica.timers.add(turn.now + RarePaths::kWhile * (5 + id.n % 32), {Timer::Kind::kLateAnswer, late_answers});
    return;
  }
  replica.send(turn, from, id, ReadReply{replica.shown(StoredKey::of(read.key), read.hints)});
}

void Node::Core::on_write(Turn& turn, NodeIndex from, const RequestId& id, const WriteRequest& write) {
  if (write.key.empty() || write.key.size() > Options::kMaxKeyBytes) return;
  const StoredKey key = StoredKey::of(write.key);
  uint64_t number = 0;
  if (write.home.empty()) {
    const std::optional<uint64_t> kept = replica.merge(turn, key, write.delta);
    if (!kept) return;
    number = *kept;
  } else {
    NodeIndex home = replica.nodes().index(write.home);
    if (home == Ring::kNobody || !replica.keep_hint(turn, home, key, write.delta, number)) {
      replica.send(turn, from, id, WriteReply{true});
      return;
    }
  }
  replica.journal.when(number, Acknowledge{from, id});
}

void Node::Core::on_disk_failure(Turn& turn, const PersistFailed& failure) {
  coordinator.on_disk_failure(turn, failure.reason);
  turn.effects.push_back(Halt{75, "storage failed: " + failure.reason});
  halted = true;
}

void Node::Core::on_due(Turn& turn, Instant due, const Timer& timer) {
  const Options& options = replica.options();
  switch (timer.kind) {
    case Timer::Kind::kHeartbeat:
      replica.liveness.tick(turn.now, turn.now - due);
      replica.meter.measure(turn.now, turn.now - due);
      send_heartbeats(turn, whose_turn(turn.now));
      membership.tick(turn);
      replica.timers.add(together(turn, options.heartbeat_interval), timer);
      break;
    case Timer::Kind::kGossip:
      gossip(turn);
      replica.timers.add(turn.now + options.gossip_interval, timer);
      break;
    case Timer::Kind::kAntiEntropy:
      exchange.begin(turn);
      replica.timers.add(turn.now + options.anti_entropy_interval, timer);
      break;
    case Timer::Kind::kReconcile:
      handoff.deliver(turn);
      if (options.anti_entropy && options.bug != Bug::kNoAntiEntropy) {
        exchange.begin_with(turn, static_cast<NodeIndex>(timer.request));
      }
      break;
    case Timer::Kind::kHandoff:
      replica.background.tick(turn.now);
      handoff.deliver(turn);
      strays.tick(turn);
      replica.timers.add(together(turn, options.handoff_interval), timer);
      break;
    case Timer::Kind::kRecovery:
      recovery.tick(turn);
      break;
    case Timer::Kind::kReap:
      reaper.tick(turn);
      replica.timers.add(turn.now + Reaper::kInterval, timer);
      break;
    case Timer::Kind::kRequestPatience:
      coordinator.on_patience(turn, timer.request);
      break;
    case Timer::Kind::kRequestDeadline:
      coordinator.on_deadline(turn, timer.request);
      break;
    case Timer::Kind::kLateAnswer: {
      const Question asked = std::move(to_answer_late[timer.request]);
      to_answer_late.erase(timer.request);
      replica.send(turn, asked.from, asked.id,
                   ReadReply{replica.shown(StoredKey::of(asked.read.key), asked.read.hints)});
      break;
    }
    case Timer::Kind::kShowLate:
      replica.journal.persisted(timer.request);
      break;
    case Timer::Kind::kLatePersist:
      replica.journal.write_late(turn);
      break;
    case Timer::Kind::kTransfer:
      transfer.on_due(turn);
      break;
  }
}

// Says what the disk allows to be said. Saying it can write more, hence the loop; it ends, because each request has
// its own copy but once.
void Node::Core::settle(Turn& turn) {
  recovery.settle(turn);
  for (const auto* due = &replica.settle(turn.now); !due->empty(); due = &replica.settle(turn.now)) {
    for (const Continuation& then : *due) {
      if (const auto* acknowledge = std::get_if<Acknowledge>(&then)) {
        replica.send(turn, acknowledge->to, acknowledge->id, WriteReply{});
      } else if (const auto* copy = std::get_if<LocalCopy>(&then)) {
        coordinator.on_local_copy(turn, *copy);
      } else if (const auto* install = std::get_if<Install>(&then)) {
        if (install->table->epoch <= replica.table().epoch) continue;
        replica.install(*install->table);
        begin_epoch(turn);
      } else if (const auto* tell = std::get_if<Tell>(&then)) {
        replica.send(turn, tell->to, {}, *tell->body);
      } else if (const auto* page = std::get_if<PageKept>(&then)) {
        transfer.on_kept(turn, *page);
      }
    }
  }
}

void Node::Core::set_alarm(Turn& turn) {
  if (replica.timers.empty() || replica.timers.next() == alarm) return;
  alarm = replica.timers.next();
  turn.effects.push_back(SetAlarm{alarm});
}

Node::Node(Options options) : options_(with_rare_paths(std::move(options))) {}
Node::~Node() = default;

Effects Node::step(Instant now, WallTime wall, Input&& input) {
  constexpr size_t kFewEffects = 4;
  Turn turn{now, wall, {}};
  turn.effects.reserve(kFewEffects);
  if (auto* start = std::get_if<Start>(&input)) {
    core_ = std::make_unique<Core>(options_, Actor::life(start->life[0], start->life[1]), now);
    core_->replica.whole = false;  // unless the disk says so
    core_->second_door = start->doors[1];
    core_->front.set_doors(start->doors);
    core_->load(turn, start->image, start->more);
  } else if (auto* stored = std::get_if<Stored>(&input); stored != nullptr && core_ != nullptr && core_->loading) {
    core_->load(turn, stored->image, stored->more);
  }
  if (core_ == nullptr || core_->halted || core_->loading) return std::move(turn.effects);
  if (std::holds_alternative<Alarm>(input)) core_->alarm = Instant{-1};
  // First what is due: after a pause, the node must notice that it was paused before it judges anybody by the silence.
  Timers& timers = core_->replica.timers;
  while (!timers.empty() && timers.next() <= now) {
    const Instant due = timers.next();
    core_->on_due(turn, due, timers.pop());
  }
  if (auto* request = std::get_if<ClientRequest>(&input)) {
    core_->front.on_request(turn, *request);
    if (core_->front.heard_of_newer_table()) core_->ask_for_table(turn);
  } else if (auto* gone = std::get_if<ClientGone>(&input)) {
    core_->front.on_gone(gone->client);
  } else if (auto* refused = std::get_if<Refused>(&input)) {
    core_->replica.counters.busy += refused->requests;
    core_->replica.background.refused(refused->requests);
  } else if (auto* message = std::get_if<PeerMessage>(&input)) {
    core_->on_message(turn, *message);
  } else if (auto* link = std::get_if<LinkChanged>(&input)) {
    core_->on_link(turn, *link);
  } else if (auto* persisted = std::get_if<Persisted>(&input)) {
    if (core_->replica.rare.happen("show-late", persisted->through)) {
      core_->replica.timers.add(now + RarePaths::kWhile, {Timer::Kind::kShowLate, persisted->through});
    } else {
      core_->replica.journal.persisted(persisted->through);
    }
  } else if (auto* failed = std::get_if<PersistFailed>(&input)) {
    core_->on_disk_failure(turn, *failed);
  }
  core_->settle(turn);
  core_->set_alarm(turn);
  return std::move(turn.effects);
}

}  // namespace node
