#include "tests/node/sim/cluster.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <set>

#include "node/ring/routing_table.h"
#include "tests/node/sim/dump.h"

namespace node::sim {

namespace {

constexpr ClientId kPlainClient = 1;
constexpr ClientId kMetaClient = 2;

std::vector<std::string> sorted_names(int nodes) {
  std::vector<std::string> names;
  for (int node = 0; node < nodes; ++node) names.push_back(World::name(node));
  std::sort(names.begin(), names.end());
  return names;
}

Ring ring_of(const std::vector<std::string>& members, const RingKind& kind) {
  Options options;
  options.ring = kind;
  for (const std::string& name : members) options.peers.push_back({name, "-", Member::kOrdinary});
  std::vector<NodeIndex> places(members.size());
  std::iota(places.begin(), places.end(), NodeIndex{0});
  return Ring(RoutingTable::first(options).points, places);
}

int number_of(const std::string& name) { return std::stoi(name.substr(1)) - 1; }

std::string address_of(int node) { return "10.0.0." + std::to_string(node + 1) + ":7000"; }

std::vector<Options> options_of(const Setup& setup) {
  Options options;
  for (int peer = 0; peer < setup.nodes; ++peer) {
    options.peers.push_back({.name = World::name(peer), .address = address_of(peer)});
  }
  options.replicas = setup.replicas;
  options.read_quorum = setup.read_quorum;
  options.write_quorum = setup.write_quorum;
  options.mode = setup.mode;
  options.merge = setup.merge;
  options.hints = setup.hints;
  options.anti_entropy = setup.anti_entropy;
  options.non_expanding = setup.non_expanding;
  options.max_hint_bytes = setup.max_hint_bytes;
  options.max_hint_age = setup.max_hint_age;
  options.reap_after = setup.reap_after;
  options.rare_paths = setup.rare_paths;
  options.transfer_bytes_per_second = setup.transfer_bytes_per_second;
  options.bug = setup.bug;
  options.ring = setup.ring;
  options.debug_commands = true;
  std::vector<Options> all;
  for (int node = 0; node < setup.nodes + setup.spares; ++node) {
    options.name = World::name(node);
    options.address = address_of(node);
    if (node >= setup.nodes) options.peers.clear();
    all.push_back(options);
  }
  return all;
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

}  // namespace

RingKind usual_ring() {
  const char* kind = std::getenv("DYNAMO_RING");
  return kind == nullptr ? RingKind{} : RingKind::parse(kind).value();
}

Cluster::Cluster(const Setup& setup)
    : World({setup.seed, setup.network, setup.shortest_sync, setup.longest_sync}, options_of(setup)),
      setup_(setup),
      members_(sorted_names(setup.nodes)),
      ring_(ring_of(members_, setup.ring)) {
  for (int node = 0; node < size(); ++node) start(node);
  let_meet();
  become_whole();
}

Cluster::~Cluster() {
  for (const std::string& violation : violations()) ADD_FAILURE() << violation;
}

// ---- Clients

World::Ticket Cluster::submit(int node, Words words, ClientId client) {
  // World gives tickets in this order; the reply may come before it returns.
  const auto answer = std::make_shared<std::optional<Answer>>();
  const auto ticket = std::make_shared<std::optional<Ticket>>();
  const auto keep = [this, node, answer, ticket](const std::string* reply) {
    Answer parsed = reply == nullptr ? Answer{} : parse_answer(*reply);
    if (reply != nullptr && parsed.none()) ADD_FAILURE() << name(node) << " sent a reply that is no RESP: " << *reply;
    if (*ticket) {
      answers_[**ticket] = std::move(parsed);
    } else {
      *answer = std::move(parsed);
    }
  };
  *ticket = World::submit(node, std::move(words), client, keep);
  if (*answer) answers_[**ticket] = std::move(**answer);
  return **ticket;
}

const Answer* Cluster::answered(Ticket ticket) const {
  auto answer = answers_.find(ticket);
  return answer == answers_.end() ? nullptr : &answer->second;
}

Answer Cluster::ask_now(int node, Words words) {
  const Answer* answer = answered(submit(node, std::move(words)));
  return answer == nullptr ? Answer{} : *answer;
}

Answer Cluster::call_as(ClientId client, int node, Words words, const Words& options) {
  words.insert(words.end(), options.begin(), options.end());
  Ticket ticket = submit(node, std::move(words), client);
  await([&] { return answered(ticket) != nullptr; }, kPatience);
  const Answer* answer = answered(ticket);
  return answer == nullptr ? Answer{} : *answer;
}

Answer Cluster::call(int node, Words words, const Words& options) {
  return call_as(kPlainClient, node, std::move(words), options);
}

Cluster::Told Cluster::call_with_meta(int node, Words words, const Words& options) {
  call_as(kMetaClient, node, {"SESSION", "META", "ON"}, {});
  Answer pair = call_as(kMetaClient, node, std::move(words), options);
  if (pair.kind != Answer::Kind::kArray || pair.elements.size() != 2) return {pair, {}};
  Told told{pair.elements[0], {}};
  std::vector<std::string> flat = pair.elements[1].texts();
  for (size_t i = 0; i + 1 < flat.size(); i += 2) told.meta[flat[i]] = flat[i + 1];
  return told;
}

Answer Cluster::get(int node, const std::string& key, const Words& options) {
  return call(node, {"GET", key}, options);
}

Answer Cluster::set(int node, const std::string& key, const std::string& value, const Words& options) {
  return call(node, {"SET", key, value}, options);
}

Answer Cluster::del(int node, const std::string& key, const Words& options) {
  return call(node, {"DEL", key}, options);
}

Cluster::Versions Cluster::vget(int node, const std::string& key, const Words& options) {
  Answer answer = call(node, {"VGET", key}, options);
  EXPECT_FALSE(answer.elements.empty()) << "VGET " << key << ": " << answer;
  if (answer.elements.empty()) return {};
  Versions versions{answer.elements[0].text, answer.texts(1)};
  std::sort(versions.values.begin(), versions.values.end());
  return versions;
}

Answer Cluster::vput(int node, const std::string& key, const std::string& value, const std::string& context,
                     const Words& options) {
  Words words{"VPUT", key, value};
  if (!context.empty()) words.insert(words.end(), {"CTX", context});
  return call(node, std::move(words), options);
}

Answer Cluster::add(int node, const std::string& key, int64_t delta, const Words& options) {
  return call(node, {"COUNTER.INCR", key, std::to_string(delta)}, options);
}

Answer Cluster::add_as(int node, const std::string& key, int64_t delta, const Id& id, uint64_t plus, uint64_t minus) {
  return call(node, {"COUNTER.INCR", key, std::to_string(delta), "ID", id.session, std::to_string(id.seq),
                     std::to_string(plus), std::to_string(minus)});
}

Answer Cluster::count(int node, const std::string& key, const Words& options) {
  return call(node, {"COUNTER.GET", key}, options);
}

Answer Cluster::cart_add(int node, const std::string& key, const std::string& item, int64_t quantity, const Id& id) {
  return call(node, {"CART.ADD", key, item, std::to_string(quantity), "ID", id.session, std::to_string(id.seq)});
}

Answer Cluster::cart_remove(int node, const std::string& key, const std::string& item,
                            const std::vector<std::string>& tags) {
  Words words{"CART.REMOVE", key, item};
  if (!tags.empty()) words.insert(words.end(), {"CTX", join(tags)});
  return call(node, std::move(words));
}

std::map<std::string, int64_t> Cluster::cart(int node, const std::string& key, const Words& options) {
  Answer answer = call(node, {"CART.GET", key}, options);
  EXPECT_EQ(answer.kind, Answer::Kind::kArray) << "CART.GET " << key << ": " << answer;
  std::map<std::string, int64_t> items;
  for (const Answer& line : answer.elements) items[line.elements.at(0).text] = line.elements.at(1).number;
  return items;
}

std::vector<std::string> Cluster::cart_tags(int node, const std::string& key, const std::string& item) {
  std::vector<std::string> tags;
  for (const Answer& line : call(node, {"CART.GET", key}).elements) {
    if (line.elements.at(0).text != item) continue;
    const std::vector<Answer>& pairs = line.elements.at(2).elements;
    for (size_t i = 0; i < pairs.size(); i += 2) tags.push_back(pairs[i].text);
  }
  return tags;
}

// ---- Members

uint64_t Cluster::bytes_sent() const {
  uint64_t bytes = 0;
  for (const auto& [kind, sent] : traffic()) bytes += sent.bytes + 16 * sent.messages;
  return bytes;
}

void Cluster::join_through(int node, const Nodes& contacts, int replaces) {
  Options options = options_of(setup_)[static_cast<size_t>(node)];
  for (int contact : contacts) options.join.push_back(address_of(contact));
  if (replaces >= 0) options.replaces = name(replaces);
  configure(node, std::move(options));
  start(node);
}

// ---- Faults

void Cluster::partition(const Nodes& a, const Nodes& b) {
  for (int x : a) {
    for (int y : b) {
      cut(x, y);
      cut(y, x);
    }
  }
}

void Cluster::isolate(int node) {
  for (int peer = 0; peer < size(); ++peer) {
    if (peer != node) partition({node}, {peer});
  }
}

void Cluster::crash_all() {
  for (int node = 0; node < size(); ++node) crash(node);
}

void Cluster::restart(int node) {
  start(node);
  let_meet();
}

void Cluster::restart_all() {
  for (int node = 0; node < size(); ++node) start(node);
  let_meet();
}

// ---- Time

testing::AssertionResult Cluster::settle(Duration limit) {
  constexpr Duration kPoll = 250ms;
  for (Instant end = now() + limit;; run_for(kPoll)) {
    uint64_t busy = 0;
    std::set<std::string> epochs;
    for (int node = 0; node < size(); ++node) {
      if (!running(node) || paused(node)) continue;
      busy += stat(node, "hints") + stat(node, "open_requests");
      if (setup().spares == 0) continue;
      std::map<std::string, std::string> members = status(node);
      if (members["members"].find(name(node) + "=left") != std::string::npos) continue;  // nobody tells it any more
      busy += stat(node, "slots_to_drop") + !members["change"].empty();
      epochs.insert(members["epoch"]);
    }
    if (epochs.size() > 1) ++busy;
    if (busy == 0 && differences().empty()) return testing::AssertionSuccess();
    if (now() < end) continue;
    auto failure = testing::AssertionFailure() << "not settled after " << limit / 1ms << " ms, seed " << setup().seed
                                               << ": " << busy << " hints, open requests and changes; ";
    for (const std::string& difference : differences()) failure << "\n" << difference;
    for (int node = 0; node < size() && setup().spares > 0; ++node) {
      if (!running(node)) continue;
      failure << "\n" << name(node) << ": " << stat(node, "hints") << " hints";
      for (const auto& [field, value] : status(node)) failure << ", " << field << " " << value;
    }
    return failure;
  }
}

// ---- Looking

Nodes Cluster::walk(const std::string& key) {
  Nodes nodes;
  if (setup().spares > 0) {
    if (newest_at_ != now() || !running(newest_)) {
      newest_at_ = now();
      newest_ = 0;
      uint64_t epoch = 0;
      for (int node = 0; node < size(); ++node) {
        if (!running(node) || paused(node) || stat(node, "epoch") <= epoch) continue;
        newest_ = node;
        epoch = stat(node, "epoch");
      }
    }
    for (const std::string& home : ask_now(newest_, {"WHERE", key}).texts()) nodes.push_back(number_of(home));
    return nodes;
  }
  for (NodeIndex node : ring_.walk(slot_of(key))) nodes.push_back(number_of(members_[node]));
  return nodes;
}

Nodes Cluster::homes(const std::string& key) {
  Nodes nodes = walk(key);
  nodes.resize(std::min(nodes.size(), static_cast<size_t>(setup().replicas)));
  return nodes;
}

std::string Cluster::key_with_homes(const Nodes& wanted) {
  for (int i = 0; i < 100'000; ++i) {
    std::string key = "key" + std::to_string(i);
    Nodes found = homes(key);
    if (found.size() == wanted.size() && found.front() == wanted.front() &&
        std::is_permutation(found.begin(), found.end(), wanted.begin())) {
      return key;
    }
  }
  ADD_FAILURE() << "no key has the homes that the scenario asks for";
  return "none";
}

std::vector<Held> Cluster::dump(int node, bool hints) {
  std::vector<Held> held;
  std::string cursor = "0";
  do {
    Answer page = ask_now(node, {"DEBUG", "DUMP", cursor});
    EXPECT_FALSE(page.elements.empty()) << "DEBUG DUMP " << cursor << " at " << name(node) << ": " << page;
    if (page.elements.empty()) break;
    cursor = page.elements[0].text;
    for (const std::string& line : page.texts(1)) {
      if (line.rfind("{\"unsynced\"", 0) == 0 || line.rfind("{\"strays\"", 0) == 0) continue;
      Held one = parse_held(line);
      if (one.home.empty() != hints) held.push_back(std::move(one));
    }
  } while (cursor != "0");
  return held;
}

std::vector<Held> Cluster::records(int node) { return dump(node, false); }
std::vector<Held> Cluster::hints(int node) { return dump(node, true); }

size_t Cluster::hint_count() {
  size_t count = 0;
  for (int node = 0; node < size(); ++node) count += running(node) ? hints(node).size() : 0;
  return count;
}

Held Cluster::held(int node, const std::string& key) {
  Answer answer = ask_now(node, {"DEBUG", "RECORD", key});
  return answer.null() ? Held{} : parse_held(answer.text);
}

bool Cluster::homes_equal(const std::string& key) {
  Nodes nodes = homes(key);
  Held first = held(nodes.front(), key);
  return !first.versions.empty() &&
         std::all_of(nodes.begin(), nodes.end(), [&](int node) { return held(node, key) == first; });
}

std::vector<std::string> Cluster::differences() {
  std::vector<std::map<std::string, Held>> held(static_cast<size_t>(size()));
  std::set<std::string> keys;
  for (int node = 0; node < size(); ++node) {
    if (!running(node) || paused(node)) continue;
    for (Held& record : records(node)) {
      keys.insert(record.key);
      held[static_cast<size_t>(node)][record.key] = std::move(record);
    }
  }
  std::vector<std::string> found;
  for (const std::string& key : keys) {
    std::set<std::string> states;
    std::string line = key + ":";
    for (int node : homes(key)) {
      if (!running(node) || paused(node)) continue;
      const Held& record = held[static_cast<size_t>(node)][key];
      states.insert(record.versions + record.context);
      line += " " + name(node) + " " + (record.versions.empty() ? "nothing" : record.versions) + ";";
    }
    if (states.size() > 1) found.push_back(line);
  }
  return found;
}

void Cluster::become_whole() {
  for (Duration waited{0}; waited < 5s && !whole(); waited += 50ms) run_for(50ms);
}

bool Cluster::whole(int node) { return stat(node, "recovering") == 0; }

bool Cluster::whole() {
  for (int node = 0; node < size(); ++node) {
    if (running(node) && !whole(node)) return false;
  }
  return true;
}

std::map<std::string, std::string> Cluster::status(int node) {
  std::map<std::string, std::string> fields;
  const std::vector<std::string> flat = ask_now(node, {"ADMIN", "STATUS"}).texts();
  for (size_t i = 0; i + 1 < flat.size(); i += 2) fields[flat[i]] = flat[i + 1];
  return fields;
}

uint64_t Cluster::stat(int node, const std::string& field) {
  std::vector<std::string> flat = ask_now(node, {"DEBUG", "STATS"}).texts();
  for (size_t i = 0; i + 1 < flat.size(); i += 2) {
    if (flat[i] == field) return std::stoull(flat[i + 1]);
  }
  ADD_FAILURE() << "DEBUG STATS of " << name(node) << " has no field " << field;
  return 0;
}

std::string Cluster::opinion(int node, int peer) {
  for (const Answer& line : ask_now(node, {"RING"}).elements) {
    if (line.elements.at(0).text == name(peer)) return line.elements.at(2).text;
  }
  return "";
}

bool Cluster::up(int node, int peer) {
  const std::string state = opinion(node, peer);
  return state == "up" || state == "recovering";
}

}  // namespace node::sim
