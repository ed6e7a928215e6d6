// Everything that a simulated run plays in.
#pragma once

#include <functional>
#include <vector>

#include "checkers/history.h"
#include "harness/run/scene.h"
#include "harness/sim/prompt_worker.h"
#include "harness/sim/sim_connection.h"
#include "harness/sim/sim_hosts.h"
#include "harness/sim/sim_loop.h"
#include "harness/sim/world.h"

namespace harness::sim {

class Simulation {
 public:
  Simulation(const WorldSetup& setup, int nodes);

  // Called on the loop for every node that ended.
  void on_exit(std::function<void(const ProcessEnd&)> call) { on_exit_ = std::move(call); }
  Scene scene() { return {loop_, connector_, hosts_, worker_}; }
  World& world() { return world_; }

  // What nodes did that their contract forbids (node/wire/effects.h), as last words of theirs.
  std::vector<checkers::NodeExit> broken_contracts() const;

 private:
  World world_;
  SimLoop loop_;
  std::function<void(const ProcessEnd&)> on_exit_;
  SimHosts hosts_;
  SimConnector connector_;
  PromptWorker worker_;
};

}  // namespace harness::sim
