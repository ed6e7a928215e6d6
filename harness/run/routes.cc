#include "harness/run/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace harness {

namespace {

bool has(const std::vector<size_t>& nodes, size_t node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

// Routes are the business of all clients, and of no operation.
constexpr uint64_t kNoClient = 0;

}  // namespace

Routes::Routes(Loop& loop, Connector& connector, const Routing& routing, const std::vector<Host>& hosts,
               std::chrono::milliseconds request_timeout)
    : loop_(loop),
      connector_(connector),
      routing_(routing),
      hosts_(hosts),
      timeout_(request_timeout),
      connections_(hosts.size()),
      passed_over_until_(hosts.size()) {}

Routes::~Routes() {
  for (auto& connection : connections_) {
    if (connection) connection->cancel();
  }
}

std::optional<Routes::Choice> Routes::choose(const std::string& key, const std::vector<size_t>& asked) {
  const auto now = loop_.now();
  Entry& entry = entries_[key];
  if (entry.nodes.empty() || now - entry.told >= kFresh) want(key, entry);
  if (entry.nodes.empty() || now - entry.told >= kKept) return std::nullopt;
  std::optional<Choice> last_resort;
  for (const size_t node : entry.nodes) {
    if (has(asked, node)) continue;
    if (now >= passed_over_until_[node]) return Choice{node, entry.epoch};
    if (!last_resort) last_resort = Choice{node, entry.epoch};
  }
  return last_resort;
}

void Routes::learn(const std::string& key, size_t node, const Connection::Outcome& outcome) {
  if (outcome.answered && !routing_.refused(outcome.reply)) return;
  Entry& entry = entries_[key];
  const std::string to = outcome.answered ? routing_.moved_to(outcome.reply) : "";
  if (to.empty()) passed_over_until_[node] = loop_.now() + kPassedOver;
  for (size_t home = 0; home < hosts_.size(); ++home) {
    if (to != fmt::format("{}:{}", hosts_[home].ip, hosts_[home].port)) continue;
    std::erase(entry.nodes, home);
    entry.nodes.insert(entry.nodes.begin(), home);
  }
  want(key, entry);
}

void Routes::want(const std::string& key, Entry& entry) {
  if (std::exchange(entry.wanted, true)) return;
  wanted_.push_back(key);
  if (wanted_.size() == 1) ask();
}

void Routes::ask() {
  std::unique_ptr<Connection>& connection = connections_[contact_];
  if (!connection) connection = connector_.connect(hosts_[contact_], {}, kNoClient);
  connection->send(routing_.route_request(wanted_.front()), timeout_, [this](const Connection::Outcome& outcome) {
    const std::string& key = wanted_.front();
    if (take(key, outcome)) {
      refusals_ = 0;
    } else {
      contact_ = (contact_ + 1) % hosts_.size();
      if (++refusals_ < hosts_.size()) return ask();
      refusals_ = 0;  // the next operation on this key asks again
    }
    entries_[key].wanted = false;
    wanted_.pop_front();
    if (!wanted_.empty()) ask();
  });
}

bool Routes::take(const std::string& key, const Connection::Outcome& outcome) {
  if (!outcome.answered) return false;
  const std::optional<Routing::Route> route = routing_.read_route(outcome.reply);
  if (!route || route->epoch < newest_) return false;  // an older table than one that was seen is no use
  newest_ = route->epoch;
  Entry& entry = entries_[key];
  entry.nodes.clear();
  for (const std::string& name : route->nodes) {
    const auto host = std::find_if(hosts_.begin(), hosts_.end(), [&name](const Host& h) { return h.name == name; });
    if (host != hosts_.end()) entry.nodes.push_back(static_cast<size_t>(host - hosts_.begin()));
  }
  entry.epoch = route->epoch;
  entry.told = loop_.now();
  return true;
}

}  // namespace harness
