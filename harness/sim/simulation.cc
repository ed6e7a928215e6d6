#include "harness/sim/simulation.h"

namespace harness::sim {

namespace {

// Every node gets its real options from the command line by which it is started.
std::vector<node::Options> named_only(int nodes) {
  std::vector<node::Options> all(static_cast<size_t>(nodes));
  for (int node = 0; node < nodes; ++node) all[static_cast<size_t>(node)].name = World::name(node);
  return all;
}

}  // namespace

Simulation::Simulation(const WorldSetup& setup, int nodes)
    : world_(setup, named_only(nodes)),
      loop_(world_),
      hosts_(world_,
             [this](const ProcessEnd& end) {
               loop_.post([this, end] {
                 if (on_exit_) on_exit_(end);
               });
             }),
      connector_(world_, hosts_, setup.seed),
      worker_(hosts_, loop_) {}

std::vector<checkers::NodeExit> Simulation::broken_contracts() const {
  std::vector<checkers::NodeExit> exits;
  for (const std::string& violation : world_.violations()) {
    checkers::NodeExit exit;
    exit.node = violation.substr(0, violation.find(' '));
    exit.expected = true;
    exit.report = "Contract of effects.h: " + violation;
    exits.push_back(exit);
  }
  return exits;
}

}  // namespace harness::sim
