#include "harness/explore/tiny_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <nlohmann/json.hpp>

#include "harness/sim/random.h"
#include "node/antientropy/recovery.h"
#include "node/base/hash.h"
#include "node/wire/message.h"

namespace harness {

namespace {

using node::hash64;
using sim::draw;

constexpr const char* kKey = "c";
constexpr node::Instant kNow{1'000'000'000};
constexpr node::WallTime kWall{1'700'000'000'000};
constexpr node::WallTime kHour{3'600'000};
constexpr node::ClientId kClient = 1;
constexpr uint64_t kQuestion = uint64_t{1} << 32;  // tickets from here on are ours

std::string name(int node) { return "n" + std::to_string(node + 1); }

uint64_t hash_of(const node::Words& words) {
  uint64_t hash = words.size();
  for (const std::string& word : words) hash = hash64(word, hash);
  return hash;
}

// What clients' writes and reads bring about; heartbeats, gossip and the like are not explored.
bool explored(std::string_view kind) {
  for (const char* each : {"WRITE", "WRITTEN", "READ", "HOLDS", "REPAIR", "FORWARD", "ANSWER"}) {
    if (kind == each) return true;
  }
  return false;
}

}  // namespace

TinyWorld::TinyWorld(const ExploreSettings& settings)
    : settings_(settings),
      members_(static_cast<size_t>(settings.nodes)),
      fault_left_(settings.fault != TinyFault::kNone) {
  size_t updates = 0;
  for (const TinyStep& step : settings.script) {
    Operation operation;
    operation.step = step;
    updates += step.kind == TinyStep::Kind::kWrite;
    if (step.kind != TinyStep::Kind::kRead) operation.name = "u" + std::to_string(updates);
    operations_.push_back(std::move(operation));
  }
  meeting_ = true;
  for (int node = 0; node < settings_.nodes; ++node) {
    // Its disk is not new: a new cluster's answers no strict read before some time has passed.
    Member& m = member(node);
    m.disk.write(node::Persist{1, node::Table::kState, node::Recovery::kWhole, std::string()});
    m.disk.begin_sync();
    m.disk.finish_sync();
    start(node);
  }
  meet();
  settle();
  met_ = true;
}

// What nodes write down at their start is no part of the story.
void TinyWorld::settle() {
  for (bool written = true; written;) {
    written = false;
    for (int node = 0; node < settings_.nodes; ++node) {
      if (member(node).disk.batch() == 0) continue;
      written = true;
      meeting_ = true;
      tell(node, node::Persisted{member(node).disk.finish_sync()}, 0);
      meet();
    }
  }
}

node::Options TinyWorld::options_of(int node) const {
  node::Options options;
  options.name = name(node);
  for (int peer = 0; peer < settings_.nodes; ++peer) {
    options.peers.push_back({.name = name(peer), .address = "10.0.0." + std::to_string(peer + 1) + ":7000"});
  }
  options.replicas = settings_.nodes;
  options.read_quorum = 2;
  options.write_quorum = 2;
  options.mode = node::Mode::kStrict;
  options.anti_entropy = false;
  options.hints = false;
  options.debug_commands = true;
  options.bug = settings_.bug;
  options.ring = {node::RingKind::Cut::kEqual, 8};  // quickly made
  return options;
}

void TinyWorld::start(int node) {
  Member& m = member(node);
  ++m.lives;
  m.core = std::make_unique<node::Node>(options_of(node));
  const uint64_t birth = settings_.bug == node::Bug::kReuseActor ? 1 : m.lives;
  const uint64_t life = draw(static_cast<uint64_t>(node), {birth});
  tell(node, node::Start{{life, life + 1}, m.disk.image()}, draw(m.lives, {1}));
}

// Delivers what nodes say to each other until nobody says anything any more: they have heard that all are there.
void TinyWorld::meet() {
  meeting_ = true;
  std::vector<Message> kept;
  while (!under_way_.empty()) {
    std::vector<Message> said;
    said.swap(under_way_);
    for (Message& message : said) {
      if (explored(node::kind_of(message.packet))) {
        kept.push_back(std::move(message));
      } else {
        if (!met_) greetings_.push_back(message);
        tell(message.to, node::PeerMessage{std::move(message.packet)}, message.hash);
      }
    }
  }
  under_way_ = std::move(kept);
  meeting_ = false;
}

std::vector<Choice> TinyWorld::choices() const {
  std::vector<Choice> choices;
  // Operations begin in the order of the script.
  const auto next = std::find_if(operations_.begin(), operations_.end(), [](const Operation& o) { return !o.sent(); });
  if (next != operations_.end()) {
    choices.push_back({Choice::Kind::kOperation, static_cast<uint16_t>(next - operations_.begin())});
  }
  std::set<std::pair<int, uint64_t>> alike;
  for (size_t i = 0; i < under_way_.size(); ++i) {
    if (!alike.insert({under_way_[i].to, under_way_[i].hash}).second) continue;
    choices.push_back({Choice::Kind::kDeliver, static_cast<uint16_t>(i)});
  }
  for (size_t node = 0; node < members_.size(); ++node) {
    if (members_[node].disk.batch() > 0) choices.push_back({Choice::Kind::kSync, static_cast<uint16_t>(node)});
    const bool worth_it = fault_left_ && operations_[0].sent();
    if (worth_it) choices.push_back({Choice::Kind::kFault, static_cast<uint16_t>(node)});
  }
  return choices;
}

std::string TinyWorld::describe(const Choice& choice) const {
  switch (choice.kind) {
    case Choice::Kind::kOperation: {
      const Operation& operation = operations_[choice.which];
      const std::string at = name(operation.step.node);
      if (operation.reads()) return fmt::format("a client reads through {}", at);
      return fmt::format("a client writes {} through {}{}", operation.name, at,
                         operation.step.kind == TinyStep::Kind::kRetry ? ", again under the same identity" : "");
    }
    case Choice::Kind::kDeliver: {
      const Message& message = under_way_[choice.which];
      return fmt::format("{} from {} reaches {}", node::kind_of(message.packet), name(message.from), name(message.to));
    }
    case Choice::Kind::kSync:
      return fmt::format("the disk of {} has synced", name(choice.which));
    case Choice::Kind::kFault: {
      const std::string at = name(choice.which);
      if (settings_.fault == TinyFault::kClock) return fmt::format("the clock of {} jumps back by an hour", at);
      return fmt::format("{} crashes, and starts again {} its disk", at,
                         settings_.fault == TinyFault::kCrash ? "with" : "without");
    }
  }
  return "";
}

node::Words TinyWorld::words_of(const Operation& operation) const {
  const std::string& update = operation.name;
  if (settings_.workload == "counter") {
    if (operation.reads()) return {"COUNTER.GET", kKey};
    return {"COUNTER.INCR", kKey, "1", "ID", update, "1", "1", "0"};
  }
  if (settings_.workload == "register") {
    return operation.reads() ? node::Words{"GET", kKey} : node::Words{"SET", kKey, update};
  }
  if (settings_.workload == "set") {
    return operation.reads() ? node::Words{"SMEMBERS", kKey} : node::Words{"SADD", kKey, update};
  }
  return operation.reads() ? node::Words{"CART.GET", kKey}
                           : node::Words{"CART.ADD", kKey, update, "1", "ID", update, "1"};
}

void TinyWorld::take(const Choice& choice) {
  ++steps_;
  just_read_.clear();
  switch (choice.kind) {
    case Choice::Kind::kOperation:
      return send(choice.which);
    case Choice::Kind::kDeliver: {
      const Message message = under_way_[choice.which];
      under_way_.erase(under_way_.begin() + choice.which);
      return tell(message.to, node::PeerMessage{message.packet}, message.hash);
    }
    case Choice::Kind::kSync: {
      Member& m = member(choice.which);
      const uint64_t through = m.disk.finish_sync();
      return tell(choice.which, node::Persisted{through}, draw(through, {2}));
    }
    case Choice::Kind::kFault:
      return strike(choice.which);
  }
}

void TinyWorld::send(size_t which) {
  Operation& operation = operations_[which];
  operation.sent_at = steps_;
  for (const Operation& other : operations_) {
    if (other.acknowledged() && !other.reads()) operation.before.insert(other.name);
  }
  const uint64_t ticket = next_ticket_++;
  tickets_[ticket] = which;
  node::Words words = words_of(operation);
  const uint64_t hash = hash_of(words);
  tell(operation.step.node, node::ClientRequest{kClient, ticket, std::move(words)}, hash);
}

void TinyWorld::strike(int node) {
  fault_left_ = false;
  if (settings_.fault == TinyFault::kClock) {
    member(node).clock_behind = true;
    return;
  }
  member(node).disk.crash(0);
  if (settings_.fault == TinyFault::kLoseDisk) {
    member(node).disk.erase();
    disk_lost_at_ = steps_;
  }
  std::erase_if(under_way_, [node](const Message& m) { return m.from == node || m.to == node; });
  meeting_ = true;
  start(node);
  // The others say all the time that they are there, and do not wait to be asked: it hears what it heard at first.
  for (const Message& greeting : greetings_) {
    if (greeting.to == node) tell(node, node::PeerMessage{greeting.packet}, greeting.hash);
  }
  meet();
}

void TinyWorld::tell(int node, node::Input input, uint64_t hash) {
  Member& m = member(node);
  m.told = draw(m.told, {static_cast<uint64_t>(input.index()), hash});
  carry_out(node, m.core->step(kNow, m.clock_behind ? kWall - kHour : kWall, std::move(input)));
}

void TinyWorld::carry_out(int node, node::Effects effects) {
  Member& m = member(node);
  for (node::Effect& effect : effects) {
    if (auto* send = std::get_if<node::Send>(&effect)) {
      const int to = std::stoi(send->to.substr(1)) - 1;
      if (!explored(node::kind_of(send->packet)) && !meeting_) continue;
      const uint64_t hash = node::hash64(send->packet);
      under_way_.push_back({node, to, std::move(send->packet), hash});
    } else if (auto* reply = std::get_if<node::Reply>(&effect)) {
      if (reply->ticket >= kQuestion) {
        answer_ = reply->resp;
      } else if (auto ticket = tickets_.find(reply->ticket); ticket != tickets_.end()) {
        answered(operations_[ticket->second], reply->resp);
      }
    } else if (auto* persist = std::get_if<node::Persist>(&effect)) {
      m.disk.write(std::move(*persist));
    }
  }
  m.disk.begin_sync();
}

void TinyWorld::answered(Operation& operation, const std::string& reply) {
  operation.answered_at = steps_;
  operation.reply = reply;
  operation.refused = reply.front() == '-';
  if (operation.reads() && !operation.refused) just_read_.push_back(static_cast<size_t>(&operation - &operations_[0]));
}

uint64_t TinyWorld::fingerprint() const {
  uint64_t hash = fault_left_;
  for (const Member& m : members_) hash = draw(hash, {m.told, m.disk.first_pending(), uint64_t{m.clock_behind}});
  uint64_t messages = 0;  // in whatever order
  for (const Message& m : under_way_) messages += draw(m.hash, {static_cast<uint64_t>(m.to)});
  hash = draw(hash, {messages});
  for (const Operation& operation : operations_) {
    // What was over before what began is part of the state: the rules ask for it.
    uint64_t earlier = 0;
    for (const Operation& other : operations_) {
      earlier = earlier << 1 | uint64_t{other.answered() && operation.sent() && other.answered_at < operation.sent_at};
    }
    hash = draw(hash, {operation.sent() ? uint64_t{1} : 0, node::hash64(operation.reply), earlier,
                       uint64_t{operation.acknowledged() && operation.answered_at < disk_lost_at_}});
  }
  return hash;
}

std::optional<std::string> TinyWorld::ask(int node, const node::Words& words) {
  answer_.reset();
  const uint64_t before = member(node).told;
  tell(node, node::ClientRequest{kClient, kQuestion + next_ticket_, words}, 0);
  member(node).told = before;  // a question changes nothing
  return answer_;
}

std::string TinyWorld::record(int node) {
  const auto reply = ask(node, {"DEBUG", "RECORD", kKey});
  if (!reply || reply->front() != '$' || reply->compare(0, 3, "$-1") == 0) return "";
  const size_t begin = reply->find("\r\n") + 2;
  return reply->substr(begin, reply->size() - begin - 2);
}

int64_t TinyWorld::total_in(const std::string& record) {
  const nlohmann::json json = nlohmann::json::parse(record, nullptr, false);
  int64_t total = 0;
  if (!json.is_object()) return 0;
  for (const auto& version : json["versions"]) {
    total += version.value("plus", int64_t{0}) - version.value("minus", int64_t{0});
  }
  return total;
}

// In a record or a reply. Names of updates are no beginnings of each other: there are at most four.
bool TinyWorld::shows(const std::string& text, const std::string& update) {
  return text.find("\"" + update + "\"") != std::string::npos || text.find("\n" + update + "\r") != std::string::npos;
}

// A register has one value: which are those that another one may have taken the place of?
bool TinyWorld::may_be_superseded(const Operation& write) const {
  if (settings_.workload != "register") return false;
  return std::any_of(operations_.begin(), operations_.end(), [&](const Operation& other) {
    const bool before = other.answered() && other.answered_at < write.sent_at;
    return !other.reads() && other.name != write.name && other.sent() && !before;
  });
}

// No reply shows what no disk has, and a strict read misses nothing that was acknowledged before it began.
std::string TinyWorld::wrong_read(const Operation& read, const std::vector<std::string>& records) const {
  const std::string where = fmt::format("the read through {}", name(read.step.node));
  const auto on_disk = [&](const std::string& update) {
    return std::any_of(records.begin(), records.end(), [&](const std::string& r) { return shows(r, update); });
  };
  if (settings_.workload == "counter") {
    const int64_t total = std::atoll(read.reply.c_str() + 1);
    int64_t most = 0;
    std::set<std::string> counted;
    for (const Operation& write : operations_) {
      if (!write.reads() && counted.insert(write.name).second) most += on_disk(write.name);
    }
    if (total > most) return fmt::format("{} shows {}, and the disks have {} increments", where, total, most);
    if (total < static_cast<int64_t>(read.before.size())) {
      return fmt::format("{} shows {}, and {} increments were acknowledged before it", where, total,
                         read.before.size());
    }
    return "";
  }
  for (const Operation& write : operations_) {
    if (write.reads() || !write.sent()) continue;
    const bool shown = shows(read.reply, write.name);
    if (shown && !on_disk(write.name) && !may_be_superseded(write)) {
      return fmt::format("{} shows {}, which no disk has yet", where, write.name);
    }
    const bool must = read.before.count(write.name) > 0 && !may_be_superseded(write);
    if (must && !shown) return fmt::format("{} misses {}, which was acknowledged before it", where, write.name);
  }
  return "";
}

std::string TinyWorld::violation() {
  std::vector<std::string> records;
  for (int node = 0; node < settings_.nodes; ++node) records.push_back(record(node));
  for (const size_t read : just_read_) {
    if (std::string wrong = wrong_read(operations_[read], records); !wrong.empty()) return wrong;
  }
  std::set<std::string> sent;
  for (const Operation& operation : operations_) {
    if (operation.sent() && !operation.reads()) sent.insert(operation.name);
  }
  for (int node = 0; node < settings_.nodes; ++node) {
    const int64_t total = total_in(records[static_cast<size_t>(node)]);
    if (total > static_cast<int64_t>(sent.size())) {
      return fmt::format("{} shows {}, and {} increments were sent", name(node), total, sent.size());
    }
  }
  for (const Operation& write : operations_) {
    if (write.reads() || !write.acknowledged() || may_be_superseded(write)) continue;
    const auto holders = std::count_if(records.begin(), records.end(),
                                       [&](const std::string& record) { return shows(record, write.name); });
    const int lost = disk_lost_at_ > write.answered_at ? 1 : 0;
    if (holders >= 2 - lost) continue;
    return fmt::format("{} is acknowledged, and {} of {} nodes have it on disk{}; W is 2{}", write.name, holders,
                       settings_.nodes, settings_.workload == "counter" ? " under its identity" : "",
                       lost > 0 ? ", one disk was lost since" : "");
  }
  return "";
}

}  // namespace harness
