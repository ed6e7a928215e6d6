// The node as a client sees it: takes requests apart, keeps what a connection asked for once (SESSION), answers what
// concerns no key by itself, and hands the rest to the coordinator.
#pragma once

#include <map>
#include <optional>

#include "node/coordinator/coordinator.h"
#include "node/coordinator/info.h"
#include "node/coordinator/once_only.h"
#include "node/handoff/handoff.h"

namespace node {

class Front {
 public:
  Front(Replica& replica, Coordinator& coordinator, const Handoff& handoff)
      : replica_(replica), coordinator_(coordinator), handoff_(handoff) {}

  void on_request(Turn& turn, const ClientRequest& request);
  void on_gone(ClientId client) { sessions_.erase(client); }
  // A write that another node could not coordinate. Carried out once, however often the network delivers it.
  void on_forward(Turn& turn, NodeIndex from, const RequestId& id, const Forward& message);

 private:
  struct Session {
    bool meta = false;
    std::optional<int> r;
    std::optional<int> w;
    std::optional<Mode> mode;
  };
  void data(Turn& turn, const Asker& asker, const Session& session, const Words& words);
  std::string session_command(ClientId client, const Words& words);
  std::string look(Turn& turn, const std::string& name, const Words& words);  // WHERE, RING, INFO, CONFIG
  std::string debug(Turn& turn, const Words& words);
  std::string diverge(Turn& turn, const std::string& key);
  Stats stats() const;

  Replica& replica_;
  Coordinator& coordinator_;
  const Handoff& handoff_;
  std::map<ClientId, Session> sessions_;
  OnceOnly forwards_;
};

}  // namespace node
