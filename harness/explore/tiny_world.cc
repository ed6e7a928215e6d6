#include "harness/explore/tiny_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>

#include "harness/sim/random.h"
#include "node/base/hash.h"
#include "node/wire/message.h"

namespace harness {

namespace {

using node::hash64;
using sim::draw;

constexpr const char* kKey = "c";
constexpr node::Instant kNow{1'000'000'000};
constexpr node::WallTime kWall{1'700'000'000'000};
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
    : settings_(settings), members_(static_cast<size_t>(settings.nodes)), crashes_left_(settings.crashes) {
  for (int i = 0; i < settings.operations; ++i) {
    Operation operation;
    const bool repeats = settings.retries && i % 2 == 1;
    operation.repeats = repeats ? i - 1 : -1;
    operation.session = "s" + std::to_string(repeats ? i : i + 1);
    operation.at = i % settings.nodes;
    operations_.push_back(operation);
  }
  meeting_ = true;
  for (int node = 0; node < settings_.nodes; ++node) start(node);
  meet();
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
  const uint64_t life = draw(static_cast<uint64_t>(node), {m.lives});
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
        tell(message.to, node::PeerMessage{std::move(message.packet)}, message.hash);
      }
    }
  }
  under_way_ = std::move(kept);
  meeting_ = false;
}

std::vector<Choice> TinyWorld::choices() const {
  std::vector<Choice> choices;
  for (size_t i = 0; i < operations_.size(); ++i) {
    // Sessions begin in order: which of two alike comes first makes no difference. A retry follows its first attempt.
    if (operations_[i].sent) continue;
    choices.push_back({Choice::Kind::kOperation, static_cast<uint16_t>(i)});
    break;
  }
  std::set<std::pair<int, uint64_t>> alike;
  for (size_t i = 0; i < under_way_.size(); ++i) {
    if (!alike.insert({under_way_[i].to, under_way_[i].hash}).second) continue;
    choices.push_back({Choice::Kind::kDeliver, static_cast<uint16_t>(i)});
  }
  for (size_t node = 0; node < members_.size(); ++node) {
    if (members_[node].disk.batch() > 0) choices.push_back({Choice::Kind::kSync, static_cast<uint16_t>(node)});
    const bool worth_it = crashes_left_ > 0 && operations_[0].sent;
    if (worth_it) choices.push_back({Choice::Kind::kCrash, static_cast<uint16_t>(node)});
  }
  return choices;
}

std::string TinyWorld::describe(const Choice& choice) const {
  switch (choice.kind) {
    case Choice::Kind::kOperation: {
      const Operation& operation = operations_[choice.which];
      return fmt::format("{} increments at {}{}", operation.session, name(operation.at),
                         operation.repeats < 0 ? "" : ", again under the same identity");
    }
    case Choice::Kind::kDeliver: {
      const Message& message = under_way_[choice.which];
      return fmt::format("{} from {} reaches {}", node::kind_of(message.packet), name(message.from), name(message.to));
    }
    case Choice::Kind::kSync:
      return fmt::format("the disk of {} has synced", name(choice.which));
    case Choice::Kind::kCrash:
      return fmt::format("{} crashes, and starts again with its disk", name(choice.which));
  }
  return "";
}

void TinyWorld::take(const Choice& choice) {
  switch (choice.kind) {
    case Choice::Kind::kOperation: {
      Operation& operation = operations_[choice.which];
      operation.sent = true;
      const uint64_t ticket = next_ticket_++;
      tickets_[ticket] = choice.which;
      node::Words words = {"COUNTER.INCR", kKey, "1", "ID", operation.session, "1", "1", "0"};
      const uint64_t hash = hash_of(words);
      return tell(operation.at, node::ClientRequest{kClient, ticket, std::move(words)}, hash);
    }
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
    case Choice::Kind::kCrash: {
      --crashes_left_;
      const int node = choice.which;
      member(node).disk.crash(0);
      std::erase_if(under_way_, [node](const Message& m) { return m.from == node || m.to == node; });
      meeting_ = true;
      start(node);
      return meet();
    }
  }
}

void TinyWorld::tell(int node, node::Input input, uint64_t hash) {
  Member& m = member(node);
  m.told = draw(m.told, {static_cast<uint64_t>(input.index()), hash});
  carry_out(node, m.core->step(kNow, kWall, std::move(input)));
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
        operations_[ticket->second].acknowledged = reply->resp.front() != '-';
      }
    } else if (auto* persist = std::get_if<node::Persist>(&effect)) {
      m.disk.write(std::move(*persist));
    }
  }
  m.disk.begin_sync();
}

uint64_t TinyWorld::fingerprint() const {
  uint64_t hash = static_cast<uint64_t>(crashes_left_);
  for (const Member& m : members_) hash = draw(hash, {m.told, m.disk.first_pending()});
  uint64_t messages = 0;  // in whatever order
  for (const Message& m : under_way_) messages += draw(m.hash, {static_cast<uint64_t>(m.to)});
  hash = draw(hash, {messages});
  for (const Operation& operation : operations_) {
    hash = draw(hash, {operation.sent ? uint64_t{1} : 0, operation.acknowledged ? uint64_t{1} : 0});
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

// The counter's value that the node's record shows; `sessions`: whose increments are in it.
int64_t TinyWorld::total_shown(int node, std::set<std::string>* sessions) {
  const auto reply = ask(node, {"DEBUG", "RECORD", kKey});
  if (!reply || reply->front() != '$' || reply->compare(0, 3, "$-1") == 0) return 0;
  const size_t begin = reply->find("\r\n") + 2;
  const nlohmann::json record = nlohmann::json::parse(reply->substr(begin, reply->size() - begin - 2), nullptr, false);
  int64_t total = 0;
  if (!record.is_object()) return 0;
  for (const auto& version : record["versions"]) {
    total += version.value("plus", int64_t{0}) - version.value("minus", int64_t{0});
    if (sessions != nullptr) sessions->insert(version.value("id", std::string()));
  }
  return total;
}

std::string TinyWorld::violation() {
  std::map<std::string, int> holders;
  std::set<std::string> sent;
  for (const Operation& operation : operations_) {
    if (operation.sent) sent.insert(operation.session);
  }
  for (int node = 0; node < settings_.nodes; ++node) {
    std::set<std::string> sessions;
    const int64_t total = total_shown(node, &sessions);
    for (const std::string& session : sessions) ++holders[session];
    if (total > static_cast<int64_t>(sent.size())) {
      return fmt::format("{} shows {}, and {} increments were sent", name(node), total, sent.size());
    }
  }
  for (const Operation& operation : operations_) {
    if (!operation.acknowledged || holders[operation.session] >= 2) continue;
    return fmt::format(
        "the increment of {} is acknowledged, and {} of {} nodes have it on disk under its identity; W is 2",
        operation.session, holders[operation.session], settings_.nodes);
  }
  return "";
}

}  // namespace harness
