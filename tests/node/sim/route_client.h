// A client that routes by itself, as DynamoCS.md has it: it asks any node for the ROUTE of a key, walks that list,
// passes over nodes that cannot be reached and those with an older table than its own, and keeps what it learnt for
// some seconds. A client library that goes by PROTOCOL.md alone would look like this.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/node/sim/cluster.h"

namespace node::sim {

class RouteClient {
 public:
  // Nodes that it may ask for routes, in this order.
  RouteClient(Cluster& cluster, Nodes contacts) : cluster_(cluster), contacts_(std::move(contacts)) {}

  // One attempt at a node, in the order in which they were made.
  struct Attempt {
    int node;
    std::string outcome;  // unreachable, or the first word of an error, or answered
    friend bool operator==(const Attempt&, const Attempt&) = default;
  };
  // `words`: a command on one key. Nothing: nobody on the list took it, kRetries times.
  Answer ask(const Words& words);
  const std::vector<Attempt>& attempts() const { return attempts_; }  // of the last ask()
  uint64_t epoch() const { return epoch_; }                           // the newest that a route told
  int routes_asked() const { return routes_asked_; }

  static constexpr Duration kKept{std::chrono::seconds(10)};
  static constexpr int kRetries = 3;

 private:
  struct Route {
    Nodes nodes;
    Instant until;
  };
  const Route* route_of(const std::string& key);  // null: nobody told one
  bool walk(const Route& route, const Words& words, Answer& answer);

  Cluster& cluster_;
  Nodes contacts_;
  std::map<std::string, Route> routes_;  // by key
  uint64_t epoch_ = 0;
  int routes_asked_ = 0;
  std::vector<Attempt> attempts_;
};

}  // namespace node::sim
