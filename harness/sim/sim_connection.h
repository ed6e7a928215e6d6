// Connections between the clients of a simulated run and its nodes. Clients and nodes are never cut off from each
// other; each way takes some hundred microseconds, drawn for the client and the moment.
#pragma once

#include <memory>
#include <vector>

#include "harness/sim/sim_hosts.h"
#include "harness/systems/connection.h"

namespace harness::sim {

class SimConnector : public Connector {
 public:
  SimConnector(World& world, SimHosts& hosts, uint64_t seed) : world_(world), hosts_(hosts), seed_(seed) {}
  std::unique_ptr<Connection> connect(const Host& host, const std::vector<Request>& greeting, uint64_t client) override;

 private:
  World& world_;
  SimHosts& hosts_;
  uint64_t seed_;
  ClientId next_ = 1;  // of the nodes' clients: a number for each time that something connects
};

}  // namespace harness::sim
