// Looks at the nodes of the roster one by one, beside the clients: does each answer, and what does each hold. All nodes
// at once, one connection each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "checkers/history.h"
#include "harness/run/loop.h"
#include "harness/run/roster.h"
#include "harness/systems/connection.h"
#include "harness/systems/dump_json.h"
#include "harness/systems/system.h"

namespace harness {

class Replicas {
 public:
  Replicas(Loop& loop, Connector& connector, const System& system, const std::vector<Host>& hosts, const Roster& roster,
           bool segregated_carts = false);
  ~Replicas();
  Replicas(const Replicas&) = delete;
  Replicas& operator=(const Replicas&) = delete;

  // Pumps the loop until every node answers PING (kAnswering) or says that it can do its share of the work (kReady,
  // System::is_ready, calm since then, with the newest members that any of them knows), `stop` says so, or the
  // deadline. Returns those that never did.
  enum class Need { kAnswering, kReady };
  std::vector<std::string> wait_for(Need need, SteadyClock::time_point calm_since, SteadyClock::time_point deadline,
                                    const std::function<bool()>& stop);

  // Pumps the loop until every node is dumped, or `stop` says so (then: empty). A node that could not be dumped within
  // kPageTimeout a page has Dump::error.
  std::vector<checkers::Dump> dump(const std::string& stage, const std::function<bool()>& stop);

  static constexpr std::chrono::milliseconds kPageTimeout{5'000};

 private:
  struct Look;  // at one node
  void ping(Look& look);
  void ping_again(Look& look);
  void ask_for_epoch(Look& look);
  void next_page(Look& look, const std::string& cursor);

  Loop& loop_;
  bool all_done() const;

  const System& system_;
  const Roster& roster_;
  const bool segregated_carts_;  // a dump shows whole ones
  Need need_ = Need::kAnswering;
  SteadyClock::time_point calm_since_{};
  SteadyClock::time_point began_{};  // of the wait for it
  std::vector<std::unique_ptr<Look>> looks_;
  DumpReader reader_;
};

}  // namespace harness
