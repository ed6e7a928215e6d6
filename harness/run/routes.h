// Client-driven coordination (section 6.4 of the Dynamo paper): the clients of a run know the homes of the keys and
// send each operation to the first of them, which saves the hop through a node that is none.
//
// One cache for all clients of a run, as the threads of one program would have it. No operation waits for a route: that
// is asked for beside it, when a key is first used and again from time to time; until it is known, operations go where
// they would go without. So operations are sent when they are due, however the routes come, and the schedule of a
// simulated run repeats it with everything that the cache did.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/loop.h"
#include "harness/systems/connection.h"
#include "harness/systems/routing.h"

namespace harness {

class Routes {
 public:
  Routes(Loop& loop, Connector& connector, const Routing& routing, const std::vector<Host>& hosts,
         std::chrono::milliseconds request_timeout);
  ~Routes();
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

  struct Choice {
    size_t node = 0;
    uint64_t epoch = 0;  // of the table that says so
  };
  // The first node of the key's route that is not among `asked` and that there is no reason to pass over; if there is
  // one to pass over each of the others, the first that is not among `asked`. Nothing: no route is known, or it has no
  // further node.
  std::optional<Choice> choose(const std::string& key, const std::vector<size_t>& asked);
  // What became of a request for this key at this node. Whatever does not go as the route said is a reason to ask for a
  // newer one.
  void learn(const std::string& key, size_t node, const Connection::Outcome& outcome);

  // A client that does not hear of a change acts by what was so at most so long ago.
  static constexpr std::chrono::seconds kKept{10};
  // Older than this, it is asked for again while it is used.
  static constexpr std::chrono::seconds kFresh{5};
  // A node that could not be reached, did not answer, or was of no use, is no first choice so long.
  static constexpr std::chrono::seconds kPassedOver{2};

 private:
  struct Entry {
    std::vector<size_t> nodes;  // empty: unknown
    uint64_t epoch = 0;
    SteadyClock::time_point told;
    bool wanted = false;  // waits to be asked for
  };

  void want(const std::string& key, Entry& entry);
  void ask();
  bool take(const std::string& key, const Connection::Outcome& outcome);

  Loop& loop_;
  Connector& connector_;
  const Routing& routing_;
  const std::vector<Host>& hosts_;
  const std::chrono::milliseconds timeout_;
  std::map<std::string, Entry> entries_;  // by key
  std::deque<std::string> wanted_;        // the first one is being asked for
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<SteadyClock::time_point> passed_over_until_;  // by node
  size_t contact_ = 0;                                      // is asked for routes as long as it answers
  size_t refusals_ = 0;                                     // of contacts, for the key that is being asked for
  uint64_t newest_ = 0;                                     // epoch that a route told
};

}  // namespace harness
